#pragma once

#include <memory>
#include <vector>

#include "common/rpc/client.hpp"
#include "gateway/domain/ports.hpp"

namespace confab::gateway {

// Shorter than a client's patience, longer than a failover of PostgreSQL's pool.
inline constexpr std::chrono::milliseconds kReadDeadline{3000};
inline constexpr std::chrono::milliseconds kWriteDeadline{5000};

/// Calls a method of a message-store's service on the preferred store and, where the call may be
/// repeated, on the others while they are unavailable.
template <typename Response, typename Stub, typename Request, typename Async>
Task<Result<Response>> ask_store(const std::vector<std::shared_ptr<Stub>>& stores,
                                 std::size_t preferred, bool repeatable, Request request,
                                 void (Async::*method)(grpc::ClientContext*, const Request*,
                                                       Response*,
                                                       std::function<void(grpc::Status)>)) {
  const auto deadline = repeatable ? kReadDeadline : kWriteDeadline;
  const auto when_cut = repeatable ? rpc::WhenCut::unavailable : rpc::WhenCut::unknown_outcome;
  for (std::size_t i = 0;; ++i) {
    auto& stub = *stores[(preferred + i) % stores.size()];
    auto response = co_await rpc::call<Response>(
        request, deadline,
        [&](auto* context, auto* sent, auto* received, auto done) {
          (stub.async()->*method)(context, sent, received, std::move(done));
        },
        when_cut);
    const bool away = !response && response.error().code == ErrorCode::unavailable;
    if (!away || !repeatable || i + 1 == stores.size()) co_return response;
  }
}

/// Which of so many stores serves the room: equal runs of buckets, in their order.
[[nodiscard]] std::size_t store_of(std::uint64_t room_id, std::size_t stores);

}  // namespace confab::gateway
