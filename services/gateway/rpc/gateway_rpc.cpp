#include "gateway/rpc/gateway_rpc.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <memory>

#include "gateway/rpc/forward_wire.hpp"
#include "gateway/rpc/relayed_socket.hpp"

namespace confab::gateway {
namespace {

namespace asio = boost::asio;

/// One call of Forward. It begins and ends on gRPC's threads; between that it is on the event loop
/// of the session. Keeps itself until it is over.
class ForwardedRequest final : public grpc::ServerUnaryReactor,
                               public std::enable_shared_from_this<ForwardedRequest> {
 public:
  static ForwardedRequest* accept(GuestDoor& door, const v1::ForwardRequest& request,
                                  v1::ForwardResponse& response) {
    const std::shared_ptr<ForwardedRequest> call(new ForwardedRequest(door, response));
    call->self_ = call;
    asio::post(door.io, [call, request = request]() mutable { call->begin(request); });
    return call.get();
  }

  /// The client has hung up, or its gateway has.
  void OnCancel() override {
    asio::post(door_.io, [self = shared_from_this()] {
      self->cancel_.emit(asio::cancellation_type::terminal);
    });
  }

  void OnDone() override {
    asio::post(door_.io, [self = std::move(self_)] { --self->door_.open; });
  }

 private:
  ForwardedRequest(GuestDoor& door, v1::ForwardResponse& response)
      : door_(door), response_(response) {}

  void begin(v1::ForwardRequest& request) {
    ++door_.open;
    asio::co_spawn(door_.io, door_.handle(from_wire(request)),
                   asio::bind_cancellation_slot(
                       cancel_.slot(), [self = shared_from_this()](const std::exception_ptr& failed,
                                                                   HttpResponse answer) {
                         self->end(failed != nullptr, std::move(answer));
                       }));
  }

  void end(bool failed, HttpResponse answer) {
    if (failed) return Finish({grpc::StatusCode::INTERNAL, "the session failed"});
    to_wire(std::move(answer), response_);
    Finish(grpc::Status::OK);
  }

  GuestDoor& door_;
  v1::ForwardResponse& response_;
  asio::cancellation_signal cancel_;
  std::shared_ptr<ForwardedRequest> self_;
};

/// One call of Recall. Keeps itself until it is over.
class RecalledSession final : public grpc::ServerUnaryReactor,
                              public std::enable_shared_from_this<RecalledSession> {
 public:
  static RecalledSession* accept(GuestDoor& door, const v1::RecallRequest& request,
                                 v1::RecallResponse& response) {
    const std::shared_ptr<RecalledSession> call(new RecalledSession(response));
    call->self_ = call;
    asio::co_spawn(door.io, door.recall(request),
                   [call](const std::exception_ptr& failed, v1::RecallResponse answer) {
                     call->end(failed != nullptr, std::move(answer));
                   });
    return call.get();
  }

  void OnDone() override { self_ = nullptr; }

 private:
  explicit RecalledSession(v1::RecallResponse& response) : response_(response) {}

  void end(bool failed, v1::RecallResponse answer) {
    if (failed) return Finish({grpc::StatusCode::INTERNAL, "the event loop failed"});
    response_ = std::move(answer);
    Finish(grpc::Status::OK);
  }

  v1::RecallResponse& response_;
  std::shared_ptr<RecalledSession> self_;
};

grpc::ServerUnaryReactor* no_such_loop(grpc::CallbackServerContext& context) {
  auto* reactor = context.DefaultReactor();
  reactor->Finish({grpc::StatusCode::NOT_FOUND, "there is no such event loop"});
  return reactor;
}

}  // namespace

grpc::ServerUnaryReactor* GatewayRpc::Describe(grpc::CallbackServerContext* context,
                                               const v1::DescribeRequest* /*request*/,
                                               v1::DescribeResponse* response) {
  *response = look_();
  auto* reactor = context->DefaultReactor();
  reactor->Finish(grpc::Status::OK);
  return reactor;
}

grpc::ServerUnaryReactor* GatewayRpc::Forward(grpc::CallbackServerContext* context,
                                              const v1::ForwardRequest* request,
                                              v1::ForwardResponse* response) {
  if (request->loop() >= doors_.size()) return no_such_loop(*context);
  return ForwardedRequest::accept(*doors_[request->loop()], *request, *response);
}

grpc::ServerUnaryReactor* GatewayRpc::Recall(grpc::CallbackServerContext* context,
                                             const v1::RecallRequest* request,
                                             v1::RecallResponse* response) {
  if (request->loop() >= doors_.size()) return no_such_loop(*context);
  return RecalledSession::accept(*doors_[request->loop()], *request, *response);
}

grpc::ServerBidiReactor<v1::RelayUp, v1::RelayDown>* GatewayRpc::Relay(
    grpc::CallbackServerContext* context) {
  return RelayedSocket::accept(context, doors_);
}

}  // namespace confab::gateway
