#pragma once

#include <grpcpp/channel.h>

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "confab/message_store/v1/message_store.grpc.pb.h"

namespace confab::load {

/// When a batch leaves that has gathered meanwhile.
enum class Gather {
  write,   ///< When the write before it is done.
  answer,  ///< When an answer to the batch before it has come, or 256 messages wait.
};

/// A client of one Append stream, as a gateway is one. The latency of a message counts from when it
/// was due, not from when it could be sent.
///
/// Threads: send() is called by one; gRPC's call the reactor's. All is under `mutex_`.
class AppendClient final : public grpc::ClientBidiReactor<message_store::v1::AppendBatch,
                                                          message_store::v1::AppendResults> {
 public:
  using Time = std::chrono::steady_clock::time_point;

  AppendClient(message_store::v1::MessageStore::Stub& stub, Gather gather);

  void send(message_store::v1::NewMessage message, Time due);
  /// Waits until fewer than `messages` are without an answer.
  void await_fewer_unanswered(std::size_t messages);
  /// Says that no more comes, and waits for the end of the call.
  void finish();

  struct Counts {
    std::size_t stored = 0;
    std::size_t failed = 0;
    std::size_t batches = 0;  ///< Written to the stream.
    std::string first_error;
    std::vector<float> latency_us;
  };
  /// Those since the last call.
  [[nodiscard]] Counts take();

  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnDone(const grpc::Status& status) override;

 private:
  static constexpr int kMaxBatch = 256;

  void write_next();
  void count(const message_store::v1::AppendResult& result, Time now);

  const Gather gather_;
  grpc::ClientContext context_;
  message_store::v1::AppendResults incoming_;
  message_store::v1::AppendBatch writing_;
  std::mutex mutex_;  // Guards all below.
  std::condition_variable changed_;
  message_store::v1::AppendBatch waiting_;
  std::vector<Time> due_;  ///< By correlation.
  std::size_t unanswered_ = 0;
  bool write_under_way_ = false;
  bool awaits_answer_ = false;
  bool over_ = false;
  Counts counts_;
};

}  // namespace confab::load
