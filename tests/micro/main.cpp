// confab-micro: what small parts of a message's path cost. As time by Google Benchmark, and by
// --count so that callgrind can count instructions, which a busy machine does not change.
#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "cases.hpp"

using namespace confab::micro;

namespace {

std::vector<Case> all_cases() {
  auto cases = frame_cases();
  for (auto more : {packet_cases(), event_cases(), lane_cases()}) {
    cases.insert(cases.end(), more.begin(), more.end());
  }
  return cases;
}

/// Runs the case so many times and nothing else; "all" runs each.
int count(const std::string& name, long times) {
  bool found = false;
  for (const auto& item : all_cases()) {
    if (name != "all" && name != item.name) continue;
    found = true;
    const auto operation = item.prepare();
    for (long i = 0; i < times; ++i) operation();
  }
  if (!found) std::fprintf(stderr, "there is no case %s; --list tells them\n", name.c_str());
  return found ? 0 : 1;
}

int list() {
  for (const auto& item : all_cases()) std::printf("%s %zu\n", item.name.c_str(), item.items);
  return 0;
}

}  // namespace

int main(int argument_count, char** arguments) {
  const std::string mode = argument_count > 1 ? arguments[1] : "";
  if (mode == "--list") return list();
  if (mode == "--count" && argument_count == 4) {
    return count(arguments[2], std::strtol(arguments[3], nullptr, 10));
  }
  for (const auto& item : all_cases()) {
    benchmark::RegisterBenchmark(item.name.c_str(), [item](benchmark::State& state) {
      const auto operation = item.prepare();
      for (auto _ : state) operation();
      state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(item.items));
    });
  }
  benchmark::Initialize(&argument_count, arguments);
  if (benchmark::ReportUnrecognizedArguments(argument_count, arguments)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
