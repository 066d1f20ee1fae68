#include "gateway/resilience_config.hpp"

namespace confab::gateway {

void ResilienceConfig::declare(config::Options& options) {
  options.add("drain-delay", drain_delay,
              "after SIGTERM: time in which clients still come, until load balancers have noticed "
              "that /readyz answers 503");
  options.add("drain-window", drain_window,
              "after that: time over which clients are sent to other gateways; all at once with 0, "
              "and few clients take less. Another SIGTERM ends the process at once");
  options.add("max-joins", max_joins,
              "clients that are being let in at the same time, which may ask the message-stores "
              "for their rooms; others wait in line, and more are told to come back later. Each "
              "event loop takes its equal share");
  options.add("max-calls", max_calls,
              "calls to each message-store, and to auth, that may be without an answer at the same "
              "time; more are refused at once as overloaded. Messages have a limit of their own");
  options.add("memory-limit", memory_limit,
              "bytes of memory: above 80 % new clients are refused, above 90 % the slowest readers "
              "are cut off; 0: the limit of the process's control group, if there is one");
}

Result<> ResilienceConfig::check() const {
  const auto bad = [](const char* what) {
    return Error{ErrorCode::invalid_argument, std::string(what) + "; see --help"};
  };
  if (drain_delay.count() < 0 || drain_delay > kLongestDrain) {
    return bad("--drain-delay must be at most 1h");
  }
  if (drain_window.count() < 0 || drain_window > kLongestDrain) {
    return bad("--drain-window must be at most 1h");
  }
  if (max_joins == 0) return bad("--max-joins must be at least 1");
  if (max_calls == 0) return bad("--max-calls must be at least 1");
  if (memory_limit > 0 && memory_limit < kLeastMemory) {
    return bad("--memory-limit must be at least 33554432, or 0");
  }
  return {};
}

}  // namespace confab::gateway

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

namespace confab::gateway {
namespace {

TEST(ResilienceConfig, RefusesWhatCannotWork) {
  const auto verdict = [](const std::string& argument) {
    ResilienceConfig config;
    config::Options options("gateway");
    config.declare(options);
    const auto loaded = options.load({{argument}, {}});
    const auto checked = loaded ? config.check() : Result<>(loaded.error());
    return checked ? std::string("good") : checked.error().message;
  };
  for (const auto* good :
       {"--drain-delay=0s", "--drain-window=0s", "--drain-window=1h", "--max-joins=1",
        "--max-calls=1", "--memory-limit=0", "--memory-limit=33554432"}) {
    EXPECT_EQ(verdict(good), "good") << good;
  }
  for (const auto* bad : {"--drain-delay=2h", "--drain-window=2h", "--max-joins=0", "--max-calls=0",
                          "--memory-limit=1000", "--drain-delay=soon"}) {
    EXPECT_NE(verdict(bad), "good") << bad;
  }
}

}  // namespace
}  // namespace confab::gateway
#endif
