#include "load/store/report.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace confab::load {
namespace {

double quantile(const std::vector<float>& sorted, double q) {
  if (sorted.empty()) return 0;
  return sorted[static_cast<std::size_t>(q * static_cast<double>(sorted.size() - 1))];
}

}  // namespace

std::string report(Measured measured) {
  auto& latency = measured.counts.latency_us;
  std::sort(latency.begin(), latency.end());
  const auto stored = static_cast<double>(std::max<std::size_t>(measured.counts.stored, 1));
  const auto& cpu = measured.cpu;
  const auto total = cpu.store.used_us + cpu.postgres.used_us + cpu.redis.used_us;
  const auto waited = cpu.store.waited_us + cpu.postgres.waited_us + cpu.redis.waited_us;
  std::string out;
  out += fmt::format("stored          {:.0f} ({:.0f}/s), failed {}\n", stored,
                     stored / measured.seconds, measured.counts.failed);
  if (!measured.counts.first_error.empty()) {
    out += fmt::format("first error     {}\n", measured.counts.first_error);
  }
  out += fmt::format("CPU us/message  {:.1f} = store {:.1f} + PostgreSQL {:.1f} + Redis {:.1f}\n",
                     total / stored, cpu.store.used_us / stored, cpu.postgres.used_us / stored,
                     cpu.redis.used_us / stored);
  out +=
      fmt::format("per CPU second  {:.0f} messages; waited for a CPU {:.0f} % of the time used\n",
                  stored * 1e6 / total, 100 * waited / total);
  out +=
      fmt::format("transactions    {:.0f}/s, {:.1f} messages each; {:.1f} messages a write\n",
                  measured.commits / measured.seconds, stored / measured.commits,
                  stored / static_cast<double>(std::max<std::size_t>(measured.counts.batches, 1)));
  out += fmt::format("ack             p50 {:.2f} ms, p99 {:.2f} ms, most {:.2f} ms\n",
                     quantile(latency, 0.5) / 1000, quantile(latency, 0.99) / 1000,
                     quantile(latency, 1) / 1000);
  if (measured.raw_us_per_row > 0) {
    out += fmt::format("raw insert      {:.2f} us/row of 50; PostgreSQL here is {:.2f} of it\n",
                       measured.raw_us_per_row,
                       cpu.postgres.used_us / stored / measured.raw_us_per_row);
  }
  return out;
}

}  // namespace confab::load
