#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "client/fleet.hpp"
#include "client/histogram.hpp"

namespace confab::load {

struct RunOptions {
  double rate = 100;          ///< Messages a second, whatever the server does (open loop).
  double warm_seconds = 2;    ///< Before the measured window.
  double seconds = 5;         ///< Of the measured window.
  std::size_t bytes = 128;    ///< Of text.
  bool strict_order = true;   ///< Whether messages out of order make the run void.
  double drain_seconds = 20;  ///< After the window: the longest wait for what is under way.
  double quiet_seconds = 3;   ///< After the window: given up when nothing came for so long.
};

/// One run: every room's members send in turn at a fixed rate, and every receiver's seqs are
/// checked. Latency counts from the time a message was due, not from when it could be sent.
class RunPhase {
 public:
  /// `tell` is called with "begin" and "end" at the edges of the measured window.
  RunPhase(Fleet& fleet, RunOptions options, std::function<void(const char*)> tell);

  /// Returns the result as JSON fields.
  [[nodiscard]] std::string run();

 private:
  struct Sent {
    std::int64_t due_ns = 0;
    std::uint32_t room = 0;
    bool answered = false;
  };
  struct RoomState {
    std::vector<std::uint32_t> members;  // Connections that read and send.
    std::uint64_t receivers = 0;
    SeenSeqs acked;
  };
  struct Window {
    std::uint64_t sent = 0;
    std::uint64_t acked = 0;
    std::uint64_t delivered = 0;
  };

  void find_rooms();
  void send_due(std::int64_t now);
  void send_one(std::int64_t due_ns);
  void step(std::int64_t now);
  void take_answer(const Incoming& answer);
  void take_entry(const Incoming& entry);
  [[nodiscard]] bool drained(std::int64_t now);
  [[nodiscard]] Verdict verdict();
  [[nodiscard]] std::string result();
  [[nodiscard]] std::string why_void(const Verdict& verdict) const;
  [[nodiscard]] bool in_window(std::int64_t due_ns) const {
    return due_ns >= begin_ns_ && due_ns < end_ns_;
  }

  Fleet& fleet_;
  const RunOptions options_;
  std::function<void(const char*)> tell_;
  std::vector<RoomState> rooms_;       // By index of the population's gids.
  std::vector<std::uint32_t> active_;  // Rooms with somebody in them.
  std::vector<Sent> sent_;
  std::uint64_t first_id_ = 0;
  std::string prefix_;  // Of client message ids, another in each run.
  std::int64_t start_ns_ = 0;
  std::int64_t begin_ns_ = 0;
  std::int64_t end_ns_ = 0;
  bool begun_ = false;
  bool ended_ = false;
  std::uint64_t acked_ = 0;
  std::uint64_t refused_ = 0;
  std::uint64_t delivered_ = 0;
  std::uint64_t expected_ = 0;
  std::uint64_t last_progress_ = 0;
  std::int64_t last_progress_ns_ = 0;
  Window window_;
  Histogram delivery_;
  Histogram ack_;
  Histogram late_;
};

}  // namespace confab::load
