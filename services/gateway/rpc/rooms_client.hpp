#pragma once

#include <memory>
#include <vector>

#include "common/rpc/peer.hpp"
#include "confab/message_store/v1/rooms.grpc.pb.h"
#include "gateway/domain/room_ports.hpp"
#include "gateway/rpc/store_stubs.hpp"

namespace confab::gateway {

/// The message-stores' service of rooms by gRPC. Any store would do: a user's calls go to one,
/// reads to the next when it is away. Event loop only.
class RoomsClient final : public RoomStore {
 public:
  using Stub = rpc::StubOf<message_store::v1::Rooms>;

  /// `stores` is not empty; the same stores as StoreClient's, in their order.
  explicit RoomsClient(StoreStubs<Stub> stores) : stores_(std::move(stores)) {}

  [[nodiscard]] Task<Result<Room>> update_room(std::string gid, User actor,
                                               RoomPatch patch) override;
  [[nodiscard]] Task<Result<Room>> join_room(User user, std::string gid, std::string code) override;
  [[nodiscard]] Task<Result<Member>> set_role(std::string gid, User actor, User member,
                                              std::string role) override;
  [[nodiscard]] Task<Result<>> set_ban(std::string gid, User actor, User user,
                                       bool banned) override;
  [[nodiscard]] Task<Result<Invite>> create_invite(std::string gid, User actor,
                                                   std::uint32_t life_s,
                                                   std::uint32_t uses) override;
  [[nodiscard]] Task<Result<>> revoke_invite(std::string gid, std::int64_t actor_id,
                                             std::string code) override;
  [[nodiscard]] Task<Result<MyRooms>> list_mine(std::int64_t user_id, MyRoomsQuery query) override;
  [[nodiscard]] Task<Result<ListPage<PublicRoom>>> list_public(std::int64_t user_id,
                                                               PublicQuery query) override;
  [[nodiscard]] Task<Result<ListPage<Member>>> list_members(std::string gid, std::int64_t reader_id,
                                                            UserRange range) override;
  [[nodiscard]] Task<Result<ListPage<Ban>>> list_bans(std::string gid, std::int64_t reader_id,
                                                      UserRange range) override;
  [[nodiscard]] Task<Result<Standing>> standing(std::string gid, std::int64_t user_id) override;
  [[nodiscard]] Task<Result<std::vector<Result<std::uint64_t>>>> mark_read(
      std::vector<ReadMark> marks) override;
  [[nodiscard]] Task<Result<Readers>> list_readers(std::uint64_t room_id, std::int64_t reader_id,
                                                   std::uint64_t seq, UserRange range) override;
  [[nodiscard]] Task<Result<std::optional<Ack>>> find_message(std::uint64_t room_id,
                                                              std::int64_t sender_id,
                                                              std::string client_msg_id) override;

 private:
  using Async = Stub::Async;

  [[nodiscard]] std::size_t store_of(std::int64_t user_id) const {
    return static_cast<std::size_t>(user_id) % stores_.size();
  }

  StoreStubs<Stub> stores_;
};

}  // namespace confab::gateway
