#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace confab::load {

/// Time that processes spent on CPUs, and waiting for one, by /proc/<pid>/task/*/schedstat.
struct CpuTime {
  double used_us = 0;
  double waited_us = 0;

  friend CpuTime operator-(const CpuTime& a, const CpuTime& b) {
    return {a.used_us - b.used_us, a.waited_us - b.waited_us};
  }
};

[[nodiscard]] CpuTime cpu_of(const std::vector<pid_t>& processes);

/// The process and its children: PostgreSQL's backends are children of one parent.
[[nodiscard]] std::vector<pid_t> with_children(pid_t parent);
[[nodiscard]] pid_t parent_of(pid_t process);

/// The parent of the server's backends. Only for a server of this machine.
[[nodiscard]] pid_t postgres_process(const std::string& url);
[[nodiscard]] pid_t redis_process(const std::string& url);

}  // namespace confab::load
