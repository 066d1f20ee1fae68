#include "gateway/domain/call_limits.hpp"

namespace confab::gateway {

Error too_fast(ErrorCode code, const Rate& rate, std::string_view what,
               std::chrono::milliseconds wait) {
  return {code,
          "at most " + std::to_string(rate.count) + " " + std::string(what) + " in " +
              std::to_string(rate.period.count()) + " ms",
          wait};
}

CallLimits::CallLimits(const CallRates& rates, const SteadyClock& clock)
    : clock_(clock),
      commands_{RateLimiter(rates.commands), ErrorCode::rate_limited, "commands"},
      sends_{RateLimiter(rates.sends), ErrorCode::send_rate_limited, "messages"},
      room_sends_{RateLimiter(rates.room_sends), ErrorCode::room_send_rate_limited,
                  "messages to one room"},
      room_{RateLimiter(rates.room), ErrorCode::room_rate_limited, "messages of all to one room"},
      changes_{RateLimiter(rates.changes), ErrorCode::change_rate_limited, "changes of messages"},
      pages_{RateLimiter(rates.pages), ErrorCode::page_rate_limited, "pages"},
      searches_{RateLimiter(rates.searches), ErrorCode::search_rate_limited, "searches"},
      creates_{RateLimiter(rates.creates), ErrorCode::create_rate_limited,
               "new rooms and invitations"},
      settings_{RateLimiter(rates.settings), ErrorCode::settings_rate_limited,
                "changes of rooms, members and profiles"} {}

Result<> CallLimits::Limit::take(const LimitKey& key, RateLimiter::Time now) {
  const auto wait = limiter.take(key, now);
  if (wait.count() == 0) return {};
  return too_fast(code, limiter.rate(), what, wait);
}

CallLimits::Limit* CallLimits::limit_of(CallKind kind) {
  switch (kind) {
    case CallKind::other:
      return nullptr;
    case CallKind::send:
      return &sends_;
    case CallKind::change:
      return &changes_;
    case CallKind::page:
      return &pages_;
    case CallKind::search:
      return &searches_;
    case CallKind::create:
      return &creates_;
    case CallKind::setting:
      return &settings_;
  }
  return nullptr;
}

Result<> CallLimits::admit(std::int64_t user_id, CallKind kind) {
  const auto now = clock_.now();
  const LimitKey user{static_cast<std::uint64_t>(user_id), 0};
  if (auto within = commands_.take(user, now); !within) return within;
  auto* limit = limit_of(kind);
  if (limit == nullptr) return {};
  auto within = limit->take(user, now);
  if (!within) commands_.limiter.give_back(user);
  return within;
}

Result<> CallLimits::admit_send(std::int64_t user_id, std::uint64_t room_id) {
  const auto now = clock_.now();
  const LimitKey user_in_room{static_cast<std::uint64_t>(user_id), room_id};
  if (auto within = room_sends_.take(user_in_room, now); !within) return within;
  auto within = room_.take({room_id, 0}, now);
  if (!within) room_sends_.limiter.give_back(user_in_room);
  return within;
}

}  // namespace confab::gateway

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

#include "gateway/domain/manual_steady_clock.hpp"

namespace confab::gateway {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct CallLimitsTest : ::testing::Test {
  static CallRates rates() {
    return {.commands = {10, seconds(10)},
            .sends = {5, seconds(10)},
            .room_sends = {2, seconds(10)},
            .room = {3, seconds(10)},
            .changes = {2, seconds(10)},
            .pages = {2, seconds(10)},
            .searches = {2, seconds(10)},
            .creates = {2, seconds(10)},
            .settings = {2, seconds(10)}};
  }
  ManualSteadyClock clock;
  CallLimits limits{rates(), clock};

  static std::string code(const Result<>& result) {
    return result ? "ok" : std::string(error_traits(result.error().code).name);
  }
};

TEST_F(CallLimitsTest, HasACodeAndATimeForEachKind) {
  const std::vector<std::pair<CallKind, std::string>> kinds = {
      {CallKind::change, "change_rate_limited"},
      {CallKind::page, "page_rate_limited"},
      {CallKind::search, "search_rate_limited"},
      {CallKind::create, "create_rate_limited"},
      {CallKind::setting, "settings_rate_limited"}};
  std::int64_t user = 0;
  for (const auto& [kind, expected] : kinds) {
    ++user;
    EXPECT_EQ(code(limits.admit(user, kind)), "ok");
    EXPECT_EQ(code(limits.admit(user, kind)), "ok");
    const auto refused = limits.admit(user, kind);
    EXPECT_EQ(code(refused), expected);
    EXPECT_EQ(refused.error().retry_after, seconds(5)) << expected;
    EXPECT_TRUE(error_traits(refused.error().code).retryable);
  }
}

TEST_F(CallLimitsTest, CountsACommandOfAnyKindForItsUserAlone) {
  for (int i = 0; i < 10; ++i) EXPECT_EQ(code(limits.admit(1, CallKind::other)), "ok");
  EXPECT_EQ(code(limits.admit(1, CallKind::other)), "rate_limited");
  EXPECT_EQ(code(limits.admit(1, CallKind::send)), "rate_limited");
  EXPECT_EQ(code(limits.admit(2, CallKind::other)), "ok");
  clock.time += seconds(1);
  EXPECT_EQ(code(limits.admit(1, CallKind::other)), "ok");
}

TEST_F(CallLimitsTest, CountsNothingOfWhatItRefuses) {
  for (int i = 0; i < 5; ++i) EXPECT_EQ(code(limits.admit(1, CallKind::send)), "ok");
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(code(limits.admit(1, CallKind::send)), "send_rate_limited");
  }
  EXPECT_EQ(code(limits.admit(1, CallKind::other)), "ok");
}

TEST_F(CallLimitsTest, HoldsAUserToARateInEachRoom) {
  EXPECT_EQ(code(limits.admit_send(1, 7)), "ok");
  EXPECT_EQ(code(limits.admit_send(1, 7)), "ok");
  EXPECT_EQ(code(limits.admit_send(1, 7)), "room_send_rate_limited");
  EXPECT_EQ(code(limits.admit_send(1, 8)), "ok");
}

TEST_F(CallLimitsTest, HoldsAllUsersTogetherToTheRateOfTheRoom) {
  for (std::int64_t user = 1; user <= 3; ++user) {
    EXPECT_EQ(code(limits.admit_send(user, 7)), "ok");
  }
  const auto refused = limits.admit_send(4, 7);
  EXPECT_EQ(code(refused), "room_rate_limited");
  EXPECT_EQ(refused.error().retry_after, milliseconds(3334));
  EXPECT_EQ(code(limits.admit_send(4, 8)), "ok");
  EXPECT_EQ(code(limits.admit_send(4, 8)), "ok");
}

TEST(CallLimits, LimitsNothingWithoutRates) {
  const ManualSteadyClock clock;
  CallLimits limits({}, clock);
  for (int i = 0; i < 1000; ++i) {
    EXPECT_TRUE(limits.admit(1, CallKind::send));
    EXPECT_TRUE(limits.admit_send(1, 7));
  }
}

}  // namespace
}  // namespace confab::gateway
#endif
