#pragma once

#include <functional>

#include "message_store/domain/people_ports.hpp"

namespace confab::message_store {

/// Works off what deleted accounts leave behind, a bounded piece a call: room by room they leave,
/// and where it was asked for their messages are redacted; what else the room's log shows of them,
/// it shows as of the ghost. Where it stops, it or another process
/// goes on. Blocks; one thread.
class Eraser {
 public:
  /// Messages redacted in one step.
  static constexpr std::uint32_t kBatch = 100;
  /// Entries looked through for names in one step.
  static constexpr std::uint32_t kNamesBatch = 1000;

  /// Takes the user out of a room. permission_denied when that cannot be: then they stay.
  using Leave = std::function<Result<>(const ErasureRoom& room, const Person& ghost)>;
  /// Redacts one message, also if it was before.
  using Redact =
      std::function<Result<>(std::uint64_t room_id, std::uint64_t seq, const Person& ghost)>;

  Eraser(Erasures& erasures, Leave leave, Redact redact)
      : erasures_(erasures), leave_(std::move(leave)), redact_(std::move(redact)) {}

  /// Whether there may be more to do at once.
  [[nodiscard]] Result<bool> step();

 private:
  [[nodiscard]] Result<bool> work_in(const ErasureRoom& room, Erasure erasure);
  [[nodiscard]] Result<bool> redact_in(const ErasureRoom& room, Erasure erasure);
  [[nodiscard]] Result<bool> clear_in(const ErasureRoom& room, Erasure& erasure);

  Erasures& erasures_;
  Leave leave_;
  Redact redact_;
};

}  // namespace confab::message_store
