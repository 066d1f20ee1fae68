#pragma once

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/append.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <memory>
#include <string>

#include "common/base/result.hpp"
#include "common/rpc/call_window.hpp"
#include "common/rpc/status.hpp"

namespace confab::rpc {

/// A channel that reconnects by itself (0.1 s to 2 s) and notices a dead peer within 30 s; kept.
/// invalid_argument when `address` is not host:port.
[[nodiscard]] Result<std::shared_ptr<grpc::Channel>> make_channel(const std::string& address);

/// The same, not kept: somebody must keep another. `address` is host:port.
[[nodiscard]] std::shared_ptr<grpc::Channel> make_passing_channel(const std::string& address);

/// Keeps the channel for as long as the process lives. gRPC 1.51 ends its threads with the last
/// channel, and aborts or hangs when one of them, done with a call, is who lets go of it.
[[nodiscard]] std::shared_ptr<grpc::Channel> keep(std::shared_ptr<grpc::Channel> channel);

/// Calls one unary method and resumes on the caller's executor. `start` is given (context, request,
/// response, done) and hands them to the stub's async() method. Every call has a deadline.
/// Cancelling the coroutine cancels the call, which then ends as unknown_outcome, as one does whose
/// connection breaks after it was sent; `when_cut` says otherwise of reads, and of what the caller
/// repeats itself. unavailable when nobody was there.
///
///   auto answer = co_await rpc::call<v1::LoginResponse>(std::move(request), 3s,
///       [&](auto* context, auto* sent, auto* received, auto done) {
///         stub.async()->Login(context, sent, received, std::move(done));
///       });
template <typename Response, typename Request, typename Start>
boost::asio::awaitable<Result<Response>> call(Request request, std::chrono::milliseconds deadline,
                                              Start start,
                                              WhenCut when_cut = WhenCut::unknown_outcome) {
  struct Call {
    grpc::ClientContext context;
    Request request;
    Response response;
    grpc::Status status;
  };
  auto state = std::make_shared<Call>();
  state->request = std::move(request);
  state->context.set_deadline(std::chrono::system_clock::now() + deadline);
  const auto executor = co_await boost::asio::this_coro::executor;
  co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void()>(
      [&](auto handler) {
        // std::function wants a copyable completion; the guard keeps the loop running meanwhile.
        auto shared = std::make_shared<decltype(handler)>(std::move(handler));
        auto cancelled = boost::asio::get_associated_cancellation_slot(*shared);
        if (cancelled.is_connected()) {
          cancelled.assign([state](boost::asio::cancellation_type) { state->context.TryCancel(); });
        }
        start(&state->context, &state->request, &state->response,
              [state, shared, work = boost::asio::make_work_guard(executor)](grpc::Status status) {
                state->status = std::move(status);
                boost::asio::post(work.get_executor(), [shared]() mutable {
                  boost::asio::get_associated_cancellation_slot(*shared).clear();
                  std::move (*shared)();
                });
              });
      },
      boost::asio::use_awaitable);
  if (!state->status.ok()) {
    const bool sent = was_sent(state->context.peer());
    co_return to_error(state->status, sent ? when_cut : WhenCut::unavailable);
  }
  co_return std::move(state->response);
}

/// The same within the window of the peer, which must live until the call has ended: overloaded,
/// and nothing is called, when it is full.
template <typename Response, typename Request, typename Start>
boost::asio::awaitable<Result<Response>> call(CallWindow& window, Request request,
                                              std::chrono::milliseconds deadline, Start start,
                                              WhenCut when_cut = WhenCut::unknown_outcome) {
  const auto place = window.enter();
  if (!place) co_return CallWindow::full();
  co_return co_await call<Response>(std::move(request), deadline, std::move(start), when_cut);
}

}  // namespace confab::rpc
