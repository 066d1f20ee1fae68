#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <vector>

#include "common/rpc/peer.hpp"
#include "confab/message_store/v1/message_store.grpc.pb.h"
#include "gateway/domain/ports.hpp"
#include "gateway/rpc/append_pipe.hpp"
#include "gateway/rpc/store_stubs.hpp"

namespace confab::gateway {

/// The message-stores by gRPC. A room's bucket chooses the store, so that its messages meet in one
/// batch; any store would do, so reads go to the next one when a store is away. Event loop only.
class StoreClient final : public MessageStore {
 public:
  using Stub = rpc::StubOf<message_store::v1::MessageStore>;
  struct Store {
    std::string address;  ///< host:port
    std::shared_ptr<Stub> stub;
  };

  /// `stores` is not empty. `broken` is told of every lost stream. Without `health` it has its own.
  StoreClient(boost::asio::io_context& io, const std::vector<Store>& stores,
              std::function<void(std::string_view why)> broken,
              AppendPipe::Options appends = AppendPipe::Options(),
              const std::shared_ptr<StoreHealth>& health = nullptr);

  [[nodiscard]] Task<Result<Ack>> append(NewMessage message) override;
  [[nodiscard]] Task<Result<LogPage>> read(std::uint64_t room_id, std::int64_t reader_id,
                                           LogRange range) override;
  [[nodiscard]] Task<Result<std::vector<Head>>> heads(std::vector<std::uint64_t> rooms) override;
  [[nodiscard]] Task<Result<Room>> create_room(User creator, NewRoom room,
                                               std::vector<User> members) override;
  [[nodiscard]] Task<Result<Room>> open_direct(User opener, User other) override;
  [[nodiscard]] Task<Result<Room>> room(std::string gid, std::int64_t reader_id,
                                        bool with_members) override;
  [[nodiscard]] Task<Result<std::vector<Room>>> rooms_of(std::int64_t user_id,
                                                         std::uint32_t limit) override;
  [[nodiscard]] Task<Result<Member>> add_member(std::string gid, User actor, User member,
                                                std::string role) override;
  [[nodiscard]] Task<Result<>> remove_member(std::string gid, User actor,
                                             std::int64_t member_id) override;

 private:
  using Async = Stub::Async;
  template <typename Request, typename Response>
  using Method = void (Async::*)(grpc::ClientContext*, const Request*, Response*,
                                 std::function<void(grpc::Status)>);

  /// As ask_store().
  template <typename Response, typename Request>
  Task<Result<Response>> ask(std::size_t preferred, bool repeatable, Request request,
                             Method<Request, Response> method);
  [[nodiscard]] std::size_t store_of(std::uint64_t room_id) const;

  StoreStubs<Stub> stores_;
  std::vector<std::unique_ptr<AppendPipe>> pipes_;  // One a store, in their order.
};

}  // namespace confab::gateway
