#pragma once

// Test support: the message-store and the auth service in this process, as the test wants them.

#include <grpc/grpc.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/server_builder.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <stdexcept>

#include "common/rpc/client.hpp"
#include "common/rpc/peer.hpp"
#include "common/rpc/server.hpp"
#include "common/rpc/status.hpp"
#include "common/testing/reserved_port.hpp"
#include "confab/auth/v1/auth.grpc.pb.h"
#include "confab/message_store/v1/message_store.grpc.pb.h"

namespace confab::gateway::testing {

constexpr std::chrono::seconds kPatience{20};

/// Runs the loop until `done`; false when that takes too long.
template <typename Done>
bool run_until(boost::asio::io_context& io, Done done) {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (!done()) {
    if (std::chrono::steady_clock::now() > end) return false;
    io.restart();
    io.run_one_for(std::chrono::milliseconds(5));
  }
  return true;
}

/// Runs the task to its end.
template <typename T>
T finish(boost::asio::io_context& io, boost::asio::awaitable<T> task) {
  std::optional<T> result;
  boost::asio::co_spawn(io, std::move(task), [&](const std::exception_ptr& failure, T value) {
    if (failure) std::rethrow_exception(failure);
    result.emplace(std::move(value));
  });
  if (!run_until(io, [&] { return result.has_value(); })) throw std::runtime_error("no end");
  return std::move(*result);
}

/// A gRPC server on a port of its own, which can go away and come back.
class TestServer {
 public:
  explicit TestServer(grpc::Service& service) : service_(service) {
    // Once gRPC's library has nothing left to do, it may wait 10 s for its sockets: here it has.
    static const bool kept = (grpc_init(), true);
    static_cast<void>(kept);
    start();
  }

  void start() {
    server_ = rpc::Server::start(address(), {&service_}).value();
    server_->set_grace(std::chrono::milliseconds(0));
  }
  void stop() { server_.reset(); }

  [[nodiscard]] std::string address() const { return port_.address(); }

  /// A stub on a channel of its own, that dials again at once.
  template <typename Service>
  [[nodiscard]] std::shared_ptr<rpc::StubOf<Service>> stub() const {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 20);
    // How long one attempt to connect may take, whatever its name says.
    arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 20'000);
    arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 50);
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    return std::make_shared<rpc::StubOf<Service>>(rpc::keep(
        grpc::CreateCustomChannel(address(), grpc::InsecureChannelCredentials(), arguments)));
  }

 private:
  grpc::Service& service_;
  const ReservedPort port_;
  std::unique_ptr<rpc::Server> server_;
};

/// Keeps the batches it is sent; answers when told to. Each method fails with `failure` if set.
class FakeStoreService final : public message_store::v1::MessageStore::Service {
 public:
  using Batch = std::vector<message_store::v1::NewMessage>;
  using Stream =
      grpc::ServerReaderWriter<message_store::v1::AppendResults, message_store::v1::AppendBatch>;

  grpc::Status Append(grpc::ServerContext* context, Stream* stream) override {
    {
      const std::lock_guard lock(mutex_);
      ++streams_;
      stream_ = stream;
      context_ = context;
    }
    message_store::v1::AppendBatch batch;
    while (stream->Read(&batch)) {
      const std::lock_guard lock(mutex_);
      batches_.emplace_back(batch.messages().begin(), batch.messages().end());
      if (answers_itself_) answer_locked(batches_.back());
    }
    const std::lock_guard lock(mutex_);
    if (stream_ == stream) stream_ = nullptr;
    return grpc::Status::OK;
  }

  /// From now on each batch is answered as it comes.
  void answer_all() {
    const std::lock_guard lock(mutex_);
    answers_itself_ = true;
  }
  /// Answers these messages on the open stream, seq = correlation.
  void answer(const Batch& messages) {
    const std::lock_guard lock(mutex_);
    answer_locked(messages);
  }
  void refuse(const message_store::v1::NewMessage& message, const Error& error) {
    message_store::v1::AppendResults results;
    auto& result = *results.add_results();
    result.set_correlation(message.correlation());
    rpc::to_proto(error, *result.mutable_error());
    const std::lock_guard lock(mutex_);
    stream_->Write(results);
  }
  /// Ends the open stream.
  void cut() {
    const std::lock_guard lock(mutex_);
    if (stream_ != nullptr) context_->TryCancel();
  }
  [[nodiscard]] std::vector<Batch> batches() {
    const std::lock_guard lock(mutex_);
    return batches_;
  }
  /// All messages so far, in the order they came.
  [[nodiscard]] Batch messages() {
    Batch all;
    for (auto& batch : batches()) all.insert(all.end(), batch.begin(), batch.end());
    return all;
  }
  [[nodiscard]] int streams() {
    const std::lock_guard lock(mutex_);
    return streams_;
  }
  /// Whether one is open.
  [[nodiscard]] bool has_stream() {
    const std::lock_guard lock(mutex_);
    return stream_ != nullptr;
  }

  /// Before the server is used.
  std::optional<Error> failure;
  std::function<void(const google::protobuf::Message& request, google::protobuf::Message* response)>
      on_call = [](const auto&, auto*) {};

  template <typename Request, typename Response>
  grpc::Status call(const Request* request, Response* response) {
    const std::lock_guard lock(mutex_);
    calls_.push_back(Request::descriptor()->name());
    on_call(*request, response);
    return failure ? rpc::to_status(*failure) : grpc::Status::OK;
  }
  [[nodiscard]] std::vector<std::string> calls() {
    const std::lock_guard lock(mutex_);
    return calls_;
  }

#define CONFAB_FAKE_METHOD(Name, Request, Response)                                  \
  grpc::Status Name(grpc::ServerContext*, const message_store::v1::Request* request, \
                    message_store::v1::Response* response) override {                \
    return call(request, response);                                                  \
  }
  CONFAB_FAKE_METHOD(ReadLog, ReadLogRequest, ReadLogResponse)
  CONFAB_FAKE_METHOD(GetHeads, GetHeadsRequest, GetHeadsResponse)
  CONFAB_FAKE_METHOD(CreateRoom, CreateRoomRequest, Room)
  CONFAB_FAKE_METHOD(OpenDirect, OpenDirectRequest, Room)
  CONFAB_FAKE_METHOD(GetRoom, GetRoomRequest, Room)
  CONFAB_FAKE_METHOD(ListRooms, ListRoomsRequest, ListRoomsResponse)
  CONFAB_FAKE_METHOD(AddMember, AddMemberRequest, Member)
  CONFAB_FAKE_METHOD(RemoveMember, RemoveMemberRequest, RemoveMemberResponse)
#undef CONFAB_FAKE_METHOD

 private:
  void answer_locked(const Batch& messages) {
    message_store::v1::AppendResults results;
    for (const auto& message : messages) {
      auto& result = *results.add_results();
      result.set_correlation(message.correlation());
      result.mutable_appended()->set_seq(message.correlation());
    }
    if (stream_ != nullptr) stream_->Write(results);
  }

  std::mutex mutex_;  // Guards everything below.
  std::vector<Batch> batches_;
  std::vector<std::string> calls_;
  Stream* stream_ = nullptr;
  grpc::ServerContext* context_ = nullptr;
  int streams_ = 0;
  bool answers_itself_ = false;
};

/// Publishes keys and revokes as the test says.
class FakeAuthService final : public auth::v1::Auth::Service {
 public:
  grpc::Status GetKeys(grpc::ServerContext*, const auth::v1::GetKeysRequest*,
                       auth::v1::GetKeysResponse* response) override {
    std::unique_lock lock(mutex_);
    ++fetches_;
    released_.wait(lock, [this] { return !held_; });
    response->set_jwks(jwks_);
    for (const auto& key : resume_keys_) response->add_resume_keys(key);
    return grpc::Status::OK;
  }
  grpc::Status ListRevocations(grpc::ServerContext*,
                               const auth::v1::ListRevocationsRequest* request,
                               auth::v1::ListRevocationsResponse* response) override {
    const std::lock_guard lock(mutex_);
    cursors_.push_back(request->cursor());
    for (auto at = static_cast<std::size_t>(request->cursor()); at < revoked_.size(); ++at) {
      response->add_session_ids(revoked_[at]);
    }
    response->set_cursor(static_cast<std::int64_t>(revoked_.size()));
    return grpc::Status::OK;
  }

  void publish(std::string jwks) {
    const std::lock_guard lock(mutex_);
    jwks_ = std::move(jwks);
  }
  void publish_resume_keys(std::vector<std::string> keys) {
    const std::lock_guard lock(mutex_);
    resume_keys_ = std::move(keys);
  }
  void revoke(std::string session_id) {
    const std::lock_guard lock(mutex_);
    revoked_.push_back(std::move(session_id));
  }
  /// Keeps fetches of keys waiting.
  void hold(bool on) {
    const std::lock_guard lock(mutex_);
    held_ = on;
    released_.notify_all();
  }
  [[nodiscard]] int fetches() {
    const std::lock_guard lock(mutex_);
    return fetches_;
  }
  [[nodiscard]] std::vector<std::int64_t> cursors() {
    const std::lock_guard lock(mutex_);
    return cursors_;
  }

 private:
  std::mutex mutex_;  // Guards everything below.
  std::condition_variable released_;
  bool held_ = false;
  int fetches_ = 0;
  std::string jwks_;
  std::vector<std::string> resume_keys_;
  std::vector<std::string> revoked_;
  std::vector<std::int64_t> cursors_;
};

}  // namespace confab::gateway::testing
