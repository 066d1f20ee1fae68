#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace confab::ctl {

/// Tells on standard error how far a command is: on a terminal one line that changes, else a line
/// every tenth of the way.
class ProgressLine {
 public:
  ProgressLine();

  void operator()(std::string_view what, std::size_t done, std::size_t total);

 private:
  bool terminal_;
  std::string what_;
  std::size_t tenth_ = 0;
};

}  // namespace confab::ctl
