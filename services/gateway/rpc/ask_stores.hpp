#pragma once

#include <memory>
#include <vector>

#include "common/rpc/client.hpp"

namespace confab::gateway {

// Shorter than a client's patience, longer than a failover of PostgreSQL's pool.
inline constexpr std::chrono::milliseconds kReadDeadline{3000};
inline constexpr std::chrono::milliseconds kWriteDeadline{5000};

/// Calls the method on the preferred one of the message-stores and, where the call may be repeated,
/// on the others while they are unavailable. `stubs` outlives the call.
template <typename Response, typename Stub, typename Request, typename Method>
boost::asio::awaitable<Result<Response>> ask_stores(const std::vector<std::shared_ptr<Stub>>& stubs,
                                                    std::size_t preferred,
                                                    std::chrono::milliseconds deadline,
                                                    bool repeatable, Request request,
                                                    Method method) {
  for (std::size_t i = 0;; ++i) {
    auto& stub = *stubs[(preferred + i) % stubs.size()];
    auto response = co_await rpc::call<Response>(
        request, deadline, [&](auto* context, auto* sent, auto* received, auto done) {
          (stub.async()->*method)(context, sent, received, std::move(done));
        });
    const bool away = !response && response.error().code == ErrorCode::unavailable;
    if (!away || !repeatable || i + 1 == stubs.size()) co_return response;
  }
}

/// Which of so many stores serves the room: equal runs of buckets, in their order.
[[nodiscard]] std::size_t store_of(std::uint64_t room_id, std::size_t stores);

}  // namespace confab::gateway
