#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "gateway/net/deadline_wheel.hpp"

namespace confab::gateway {

/// What a client answered to an event.
struct ClientAck {
  std::string args_json;                 ///< A JSON array as sent. Checked, depth <= 16.
  std::vector<std::string> attachments;  ///< Binary data, by the placeholders' num.
};

/// Called once for each event that asks for an ack; with nothing when none came in time, or the
/// client has gone.
using AckHandler = std::function<void(std::optional<ClientAck>)>;

/// The acks that one socket waits for, each for so long at most. Lives on the event loop.
class PendingAcks {
 public:
  /// More are not waited for.
  static constexpr std::size_t kMax = 1000;
  /// Calls a handler.
  using Settle = std::function<void(const AckHandler&, std::optional<ClientAck>)>;

  PendingAcks(DeadlineWheel& deadlines, Settle settle);
  ~PendingAcks();

  /// The id to ask with, counted from 1; nothing when kMax wait already.
  [[nodiscard]] std::optional<std::uint64_t> add(AckHandler handler,
                                                 std::chrono::milliseconds timeout);
  /// Ignored when nothing waits for that id, or not any more.
  void answer(std::uint64_t id, ClientAck ack);
  /// No answer will come any more.
  void give_up();

 private:
  struct Pending;

  void settle(std::uint64_t id, std::optional<ClientAck> ack);

  DeadlineWheel& deadlines_;
  const Settle settle_;
  std::uint64_t last_id_ = 0;
  std::unordered_map<std::uint64_t, std::unique_ptr<Pending>> pending_;
};

}  // namespace confab::gateway
