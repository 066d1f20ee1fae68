#pragma once

#include <memory>
#include <vector>

#include "common/rpc/peer.hpp"
#include "confab/message_store/v1/people.grpc.pb.h"
#include "gateway/domain/people_ports.hpp"
#include "gateway/rpc/store_stubs.hpp"

namespace confab::gateway {

/// PeopleStore by gRPC. Any message-store will do: calls that may be repeated go to the next one
/// while one is away. Event loop only.
class PeopleClient final : public PeopleStore {
 public:
  using Stub = rpc::StubOf<message_store::v1::People>;

  /// `stores` is not empty.
  explicit PeopleClient(StoreStubs<Stub> stores) : stores_(std::move(stores)) {}

  [[nodiscard]] Task<Result<>> save(Renamed renamed) override;
  [[nodiscard]] Task<Result<>> forget(User ghost, bool redact) override;
  [[nodiscard]] Task<Result<>> block(std::int64_t user_id, std::int64_t blocked_id) override;
  [[nodiscard]] Task<Result<>> unblock(std::int64_t user_id, std::int64_t blocked_id) override;
  [[nodiscard]] Task<Result<std::vector<std::int64_t>>> blocked(std::int64_t user_id) override;
  [[nodiscard]] Task<Result<SearchHits>> search(SearchQuestion question) override;

 private:
  using Async = Stub::Async;
  /// All calls may be repeated: each says what shall be, not what is to change.
  template <typename Response, typename Request>
  Task<Result<Response>> ask(std::int64_t user_id, Request request,
                             void (Async::*method)(grpc::ClientContext*, const Request*, Response*,
                                                   std::function<void(grpc::Status)>));

  StoreStubs<Stub> stores_;
};

}  // namespace confab::gateway
