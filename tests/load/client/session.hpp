#pragma once

#include <string>

#include "client/command.hpp"
#include "client/fleet.hpp"

namespace confab::load {

/// Obeys the commands of standard input, and answers each with one line of JSON on standard output.
/// Between commands the clients stay connected and answer pings.
class Session {
 public:
  Session(Fleet& fleet, bool strict_order) : fleet_(fleet), strict_order_(strict_order) {}

  /// Until `quit` or the end of the input.
  void serve();

 private:
  [[nodiscard]] bool next_line(std::string& line);
  void obey(const Command& command);
  void connect(const Command& command);
  void drop();
  void stall(const Command& command);
  void resume(const Command& command);
  void run(const Command& command);
  void history(const Command& command);

  Fleet& fleet_;
  bool strict_order_;
  std::uint64_t stalled_losses_before_ = 0;  ///< The last stall().
  std::string input_;
};

}  // namespace confab::load
