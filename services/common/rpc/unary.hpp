#pragma once

#include <grpcpp/support/server_callback.h>

#include <functional>

#include "common/base/worker_pool.hpp"
#include "common/rpc/status.hpp"

namespace confab::rpc {

/// Ends the call with what `work` returns: Result<Response> or Result<>.
template <typename Outcome, typename Response>
void finish(grpc::ServerUnaryReactor* reactor, Outcome&& outcome, Response* response) {
  if (!outcome) return reactor->Finish(to_status(outcome.error()));
  if constexpr (!std::is_same_v<std::decay_t<Outcome>, Result<>>) {
    *response = std::move(*outcome);
  }
  reactor->Finish(grpc::Status::OK);
}

/// Answers a unary call from a worker thread, since storage blocks; overloaded when the workers'
/// queue is full. `work` is given a `done` to call once, now or later, with its Result. Request and
/// response live until then.
template <typename Response, typename Work>
grpc::ServerUnaryReactor* answer_later(grpc::CallbackServerContext* context, WorkerPool& workers,
                                       Response* response, Work work) {
  auto* reactor = context->DefaultReactor();
  const bool queued = workers.submit([reactor, response, work = std::move(work)]() mutable {
    work([reactor, response](auto outcome) { finish(reactor, std::move(outcome), response); });
  });
  if (!queued) {
    reactor->Finish(to_status(
        {ErrorCode::overloaded, "the service's queue is full", std::chrono::milliseconds(500)}));
  }
  return reactor;
}

/// The same for work that returns its Result.
template <typename Response, typename Work>
grpc::ServerUnaryReactor* answer(grpc::CallbackServerContext* context, WorkerPool& workers,
                                 Response* response, Work work) {
  return answer_later(context, workers, response,
                      [work = std::move(work)](auto done) mutable { done(work()); });
}

}  // namespace confab::rpc
