#include "ctl/progress.hpp"

#include <unistd.h>

#include <cstdio>

namespace confab::ctl {

ProgressLine::ProgressLine() : terminal_(::isatty(STDERR_FILENO) == 1) {}

void ProgressLine::operator()(std::string_view what, std::size_t done, std::size_t total) {
  const auto tenth = done * 10 / total;
  if (!terminal_ && what == what_ && tenth == tenth_) return;
  what_ = what;
  tenth_ = tenth;
  const char* begin = terminal_ ? "\r" : "";
  const char* end = terminal_ && done < total ? "" : "\n";
  std::fprintf(stderr, "%s%s %zu of %zu%s", begin, what_.c_str(), done, total, end);
  std::fflush(stderr);
}

}  // namespace confab::ctl
