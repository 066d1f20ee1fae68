#pragma once

#include "common/rpc/client.hpp"
#include "gateway/domain/ports.hpp"
#include "gateway/rpc/store_stubs.hpp"

namespace confab::gateway {

// Shorter than a client's patience, longer than a failover of PostgreSQL's pool.
inline constexpr std::chrono::milliseconds kReadDeadline{3000};
inline constexpr std::chrono::milliseconds kWriteDeadline{5000};
/// Of a read that another store can be asked for as well: not all the time is one's that hangs.
inline constexpr std::chrono::milliseconds kFirstReadDeadline{2000};

/// Whether the store's process gave the answer. gRPC's own errors name no time to come back after.
[[nodiscard]] inline bool was_answered(const Error& error) {
  const bool silent =
      error.code == ErrorCode::unavailable || error.code == ErrorCode::unknown_outcome;
  return !silent || error.retry_after.count() > 0;
}

/// Calls a method of a message-store's service on the preferred store, or the next one that answers
/// (StoreHealth), and, where the call may be repeated, on the others while that brings no answer.
/// A call to which no answer came in time is repeated within a budget only: the store may still be
/// at it. overloaded when too many calls to the store are without an answer. `own_deadline`: of
/// each of these calls, in place of the usual ones.
template <typename Response, typename Stub, typename Request, typename Async>
Task<Result<Response>> ask_store(const StoreStubs<Stub>& stores, std::size_t preferred,
                                 bool repeatable, Request request,
                                 void (Async::*method)(grpc::ClientContext*, const Request*,
                                                       Response*,
                                                       std::function<void(grpc::Status)>),
                                 std::chrono::milliseconds own_deadline = {}) {
  auto& health = stores.health();
  if (repeatable) health.earn_repeat();
  const auto when_cut = repeatable ? rpc::WhenCut::unavailable : rpc::WhenCut::unknown_outcome;
  for (std::size_t tried = 1;; ++tried) {
    const auto store = health.choose(preferred);
    if (!store) {
      co_return Error{ErrorCode::unavailable, "no message-store answers", StoreHealth::kTryEvery};
    }
    const auto place = health.calls(*store).enter();
    if (!place) co_return rpc::CallWindow::full();
    const bool last = !repeatable || tried == stores.size();
    auto deadline = !repeatable ? kWriteDeadline : last ? kReadDeadline : kFirstReadDeadline;
    if (own_deadline.count() > 0) deadline = own_deadline;
    auto response = co_await rpc::call<Response>(
        request, deadline,
        [&](auto* context, auto* sent, auto* received, auto done) {
          ((*stores[*store].async()).*method)(context, sent, received, std::move(done));
        },
        when_cut);
    health.tell(*store, response || was_answered(response.error()));
    if (response || last) co_return response;
    const bool is_late = response.error().code == ErrorCode::unknown_outcome;
    if (!is_late && response.error().code != ErrorCode::unavailable) co_return response;
    if (is_late && !health.may_repeat()) co_return response;
    preferred = *store + 1;
  }
}

/// Which of so many stores serves the room: equal runs of buckets, in their order.
[[nodiscard]] std::size_t store_of(std::uint64_t room_id, std::size_t stores);

}  // namespace confab::gateway
