#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <memory>

#include "common/base/random.hpp"
#include "gateway/domain/door_limits.hpp"
#include "gateway/domain/ports.hpp"

namespace confab::gateway {

/// How many clients come in at once. All of another gateway may come within a second; that must
/// neither slow down those who are in nor overrun the message-stores. So only some are let in at
/// the same time, the others wait in line, and where the line is too long they are told when to
/// come back. One who is let in from memory holds a turn for a moment, one whose rooms must be
/// asked for as long as that takes: the dearer, the fewer at once. Event loop only.
class Intake {
 public:
  /// So many may wait for each who is being let in.
  static constexpr std::size_t kLine = 20;
  /// How long one waits in line; clients give up connecting some time after that.
  static constexpr std::chrono::milliseconds kPatience{5000};

  struct Options {
    std::size_t most = 500;  ///< Being let in at the same time.
    /// A client was told to come back, `reason` being "joins", "memory" or "lag".
    std::function<void(std::string_view reason)> refused = [](auto) {};
  };

  Intake(Loop& loop, Random& random) : Intake(loop, random, Options()) {}
  Intake(Loop& loop, Random& random, Options options);
  /// Those in line are forgotten.
  ~Intake();
  Intake(const Intake&) = delete;
  Intake& operator=(const Intake&) = delete;

  /// Before a connection is taken. overloaded, with a random time to come back after, while the
  /// line is full, memory short or the event loop late.
  [[nodiscard]] Result<> knock();

  /// Before a client is let in: waits for its turn, which lasts as long as what is returned lives.
  /// overloaded when the line was full, or the turn did not come within kPatience.
  [[nodiscard]] Task<Result<Place>> enter();

  /// Lets nobody knock while memory is short, or the event loop late; who is in line goes on.
  void set_memory_short(bool is_short) { memory_short_ = is_short; }
  void set_late(bool is_late) { late_ = is_late; }

  [[nodiscard]] std::size_t under_way() const;
  [[nodiscard]] std::size_t waiting() const;

 private:
  struct Turn {
    std::shared_ptr<Gate> gate;
    std::chrono::steady_clock::time_point until;
    bool has_come = false;
  };
  struct Line {
    std::deque<std::shared_ptr<Turn>> turns;
    std::size_t under_way = 0;
    bool is_watched = false;  ///< give_up_late() runs: once for a line, however often it is empty.
  };

  [[nodiscard]] Error refuse(std::string_view reason, const char* message,
                             std::chrono::milliseconds least);
  [[nodiscard]] static Place begin(const std::shared_ptr<Line>& line);
  [[nodiscard]] static Task<> give_up_late(Loop& loop, std::shared_ptr<Line> line);

  Loop& loop_;
  Random& random_;
  const Options options_;
  std::shared_ptr<Line> line_ = std::make_shared<Line>();  // Turns may outlive this.
  bool memory_short_ = false;
  bool late_ = false;
};

}  // namespace confab::gateway
