#pragma once

#include <string>

#include "load/store/append_client.hpp"
#include "load/store/process_cpu.hpp"

namespace confab::load {

/// The CPU of everything behind the gateway.
struct ServerCpu {
  CpuTime store;
  CpuTime postgres;
  CpuTime redis;

  friend ServerCpu operator-(const ServerCpu& a, const ServerCpu& b) {
    return {a.store - b.store, a.postgres - b.postgres, a.redis - b.redis};
  }
};

struct Measured {
  double seconds = 0;
  ServerCpu cpu;
  AppendClient::Counts counts;
  double commits = 0;  ///< PostgreSQL's transactions, by its own statistics.
  double raw_us_per_row = 0;
};

/// The table that the program prints.
[[nodiscard]] std::string report(Measured measured);

}  // namespace confab::load
