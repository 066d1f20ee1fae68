#pragma once

#include <memory>
#include <vector>

#include "common/rpc/peer.hpp"
#include "confab/message_store/v1/messages.grpc.pb.h"
#include "gateway/domain/message_changes.hpp"
#include "gateway/rpc/store_stubs.hpp"

namespace confab::gateway {

/// Changes of messages by gRPC, at the store of the room's bucket, so that they meet its messages
/// in one lane; at the next one when that is away. Event loop only.
class MessagesClient final : public MessageChangeStore {
 public:
  using Stub = rpc::StubOf<message_store::v1::Messages>;

  /// `stores` is not empty, and in the order of StoreClient's.
  explicit MessagesClient(StoreStubs<Stub> stores) : stores_(std::move(stores)) {}

  [[nodiscard]] Task<Result<Changed>> change(MessageChange change) override;
  [[nodiscard]] Task<Result<LogPage>> pins(std::uint64_t room_id, std::int64_t reader_id) override;

 private:
  StoreStubs<Stub> stores_;
};

}  // namespace confab::gateway
