#pragma once

#include <grpcpp/support/server_callback.h>

#include <memory>
#include <mutex>

#include "confab/message_store/v1/message_store.grpc.pb.h"
#include "message_store/domain/room_lanes.hpp"

namespace confab::message_store {

/// Told of every failure that is not the caller's fault. Thread-safe.
using FailureLog = std::function<void(std::string_view method, const Error& error)>;

/// One gateway's stream of messages and their results. Deletes itself when the call has ended and
/// no message of it is left in a lane.
///
/// Threads: gRPC calls On…, writers of RoomLanes call settle(); what they share is under `mutex_`.
/// Results that gather while one write is under way leave together in the next. While
/// kMaxInFlight messages are unanswered, stored or not, nothing more is read, so the gateway's
/// queue fills, which refuses. No operation is started after Finish(), since the call may be gone.
class AppendStream final : public grpc::ServerBidiReactor<v1::AppendBatch, v1::AppendResults>,
                           public Sender {
 public:
  static constexpr std::size_t kMaxInFlight = 4096;

  /// Starts to serve the call.
  [[nodiscard]] static AppendStream* begin(RoomLanes& lanes, const FailureLog& failed);
  AppendStream(RoomLanes& lanes, const FailureLog& failed) : lanes_(lanes), failed_(failed) {}

  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

  void settle(std::span<const Settled> results) override;

 private:
  void read_next();
  void write_next();
  void finish_if_over();
  [[nodiscard]] std::size_t unanswered() const;

  RoomLanes& lanes_;
  const FailureLog& failed_;
  std::shared_ptr<AppendStream> self_;  ///< Until OnDone; messages in a lane hold copies.
  v1::AppendBatch incoming_;            ///< Touched between StartRead and OnReadDone only by gRPC.
  v1::AppendResults writing_;           ///< Touched only between two writes.
  std::mutex mutex_;                    // Guards all below.
  v1::AppendResults settled_;
  std::size_t in_flight_ = 0;  ///< Messages in a lane.
  std::size_t in_write_ = 0;   ///< Results of the write under way.
  bool write_under_way_ = false;
  bool reading_paused_ = false;
  bool reads_over_ = false;
  bool broken_ = false;
  bool finished_ = false;
};

}  // namespace confab::message_store
