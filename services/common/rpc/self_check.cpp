#include "common/rpc/self_check.hpp"

#include <grpcpp/client_context.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/byte_buffer.h>

#include "common/rpc/client.hpp"

namespace confab::rpc {
namespace {

constexpr std::chrono::seconds kDeadline{5};
constexpr auto kMethod = "/grpc.health.v1.Health/Check";

std::shared_ptr<grpc::Channel> channel_to(const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1000);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  return keep(grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments));
}

}  // namespace

SelfCheck::SelfCheck(const std::string& address, std::function<void()> answered,
                     std::chrono::milliseconds period)
    : channel_(channel_to(address)),
      stub_(channel_),
      task_(period, [this, answered = std::move(answered)] {
        if (ask()) answered();
      }) {}

/// The request is empty: of the server as a whole.
bool SelfCheck::ask() {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kDeadline);
  grpc::CompletionQueue queue;
  const grpc::Slice nothing;
  const auto call =
      stub_.PrepareUnaryCall(&context, kMethod, grpc::ByteBuffer(&nothing, 1), &queue);
  call->StartCall();
  grpc::ByteBuffer answer;
  grpc::Status status;
  call->Finish(&answer, &status, this);
  void* tag = nullptr;
  bool is_there = false;
  const bool came = queue.Next(&tag, &is_there);
  queue.Shutdown();
  return came && is_there && status.ok();
}

}  // namespace confab::rpc
