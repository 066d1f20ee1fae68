#include "gateway/domain/door_limits.hpp"

#include <functional>
#include <string>

namespace confab::gateway {
namespace {

/// After which a client that finds all places taken may look again.
constexpr std::chrono::seconds kLookAgain{30};

/// An address with a username, without regard to the case of A to Z.
LimitKey key_of(const LimitKey& address, std::string_view username) {
  std::string folded(username);
  for (auto& c : folded) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return {address.hash(), std::hash<std::string>()(folded)};
}

Result<> take(RateLimiter& limiter, const LimitKey& key, RateLimiter::Time now, ErrorCode code,
              std::string_view what) {
  const auto wait = limiter.take(key, now);
  if (wait.count() == 0) return {};
  return too_fast(code, limiter.rate(), what, wait);
}

}  // namespace

Places::Places(std::size_t most) : most_(most), table_(std::make_shared<Table>()) {}

Result<Place> Places::take(const LimitKey& key, std::string_view what) {
  if (most_ == 0) return Place();
  {
    const std::lock_guard lock(table_->mutex);
    auto& taken = table_->taken[key];
    if (taken >= most_) {
      return Error{ErrorCode::too_many_connections,
                   "at most " + std::to_string(most_) + " connections of one " + std::string(what),
                   kLookAgain};
    }
    ++taken;
  }
  return Place(table_.get(), [table = table_, key](Table*) {
    const std::lock_guard lock(table->mutex);
    const auto found = table->taken.find(key);
    if (--found->second == 0) table->taken.erase(found);
  });
}

std::size_t Places::keys() const {
  const std::lock_guard lock(table_->mutex);
  return table_->taken.size();
}

DoorLimits::DoorLimits(const DoorRates& rates, const SteadyClock& clock)
    : clock_(clock),
      connects_(rates.connects),
      sign_ups_(rates.sign_ups),
      logins_(rates.logins),
      failed_logins_(rates.failed_logins),
      of_addresses_(rates.connections_of_address),
      of_users_(rates.connections_of_user) {}

Result<Place> DoorLimits::connect(const CountedAddress& address) {
  if (!address) return Place();
  const auto within = take(connects_, *address, clock_.now(), ErrorCode::connect_rate_limited,
                           "connections from one address");
  if (!within) return within.error();
  return of_addresses_.take(*address, "address");
}

Result<Place> DoorLimits::let_in(std::int64_t user_id) {
  return of_users_.take({static_cast<std::uint64_t>(user_id), 0}, "user");
}

Result<> DoorLimits::sign_up(const CountedAddress& address) {
  if (!address) return {};
  return take(sign_ups_, *address, clock_.now(), ErrorCode::sign_up_rate_limited,
              "new accounts from one address");
}

Result<> DoorLimits::log_in(const CountedAddress& address, std::string_view username) {
  if (!address) return {};
  const auto now = clock_.now();
  const auto within =
      take(logins_, *address, now, ErrorCode::login_rate_limited, "logins from one address");
  if (!within || username.empty()) return within;
  const auto wait = failed_logins_.wait(key_of(*address, username), now);
  if (wait.count() == 0) return {};
  return too_fast(ErrorCode::login_rate_limited, failed_logins_.rate(),
                  "failed logins of one username from one address", wait);
}

void DoorLimits::login_failed(const CountedAddress& address, std::string_view username) {
  if (address) (void)failed_logins_.take(key_of(*address, username), clock_.now());
}

}  // namespace confab::gateway

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

#include "gateway/domain/manual_steady_clock.hpp"

namespace confab::gateway {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

struct DoorLimitsTest : ::testing::Test {
  ManualSteadyClock clock;
  DoorLimits limits{{.connects = {4, seconds(4)},
                     .sign_ups = {2, minutes(1)},
                     .logins = {10, minutes(1)},
                     .failed_logins = {3, minutes(15)},
                     .connections_of_address = 2,
                     .connections_of_user = 2},
                    clock};
  const CountedAddress here = LimitKey{0, 1};
  const CountedAddress there = LimitKey{0, 2};

  template <typename T>
  static std::string code(const Result<T>& result) {
    return result ? "ok" : std::string(error_traits(result.error().code).name);
  }
};

TEST_F(DoorLimitsTest, CountsConnectionsForAsLongAsTheyAreOpen) {
  auto first = limits.connect(here);
  const auto second = limits.connect(here);
  EXPECT_EQ(code(limits.connect(here)), "too_many_connections");
  EXPECT_EQ(code(limits.connect(there)), "ok");
  first = Place();
  EXPECT_EQ(code(limits.connect(here)), "ok");
}

TEST_F(DoorLimitsTest, CountsConnectionsThatCloseAtOnceByTheirRate) {
  for (int i = 0; i < 4; ++i) EXPECT_EQ(code(limits.connect(here)), "ok");
  const auto refused = limits.connect(here);
  EXPECT_EQ(code(refused), "connect_rate_limited");
  EXPECT_EQ(refused.error().retry_after, seconds(1));
  clock.time += seconds(1);
  EXPECT_EQ(code(limits.connect(here)), "ok");
}

TEST_F(DoorLimitsTest, CountsTheSessionsOfAUserWhereverTheyComeFrom) {
  auto first = limits.let_in(1);
  const auto second = limits.let_in(1);
  const auto refused = limits.let_in(1);
  EXPECT_EQ(code(refused), "too_many_connections");
  EXPECT_GT(refused.error().retry_after, seconds(0));
  EXPECT_EQ(code(limits.let_in(2)), "ok");
  first = Place();
  EXPECT_EQ(code(limits.let_in(1)), "ok");
}

TEST_F(DoorLimitsTest, CountsAccountsByAddress) {
  EXPECT_EQ(code(limits.sign_up(here)), "ok");
  EXPECT_EQ(code(limits.sign_up(here)), "ok");
  EXPECT_EQ(code(limits.sign_up(here)), "sign_up_rate_limited");
  EXPECT_EQ(code(limits.sign_up(there)), "ok");
}

TEST_F(DoorLimitsTest, CountsFailedLoginsOfAUsernameFromAnAddress) {
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(code(limits.log_in(here, "ann")), "ok");
    limits.login_failed(here, i == 1 ? "Ann" : "ann");
  }
  const auto refused = limits.log_in(here, "ANN");
  EXPECT_EQ(code(refused), "login_rate_limited");
  EXPECT_EQ(refused.error().retry_after, minutes(5));
  EXPECT_EQ(code(limits.log_in(there, "ann")), "ok") << "the user comes in from elsewhere";
  EXPECT_EQ(code(limits.log_in(here, "bob")), "ok");
}

TEST_F(DoorLimitsTest, CountsLoginsOfAllUsernamesFromAnAddress) {
  for (int i = 0; i < 10; ++i) EXPECT_EQ(code(limits.log_in(here, "")), "ok");
  EXPECT_EQ(code(limits.log_in(here, "ann")), "login_rate_limited");
  EXPECT_EQ(code(limits.log_in(there, "ann")), "ok");
}

TEST_F(DoorLimitsTest, CountsNothingWhereThereIsNoAddress) {
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(code(limits.connect({})), "ok");
    EXPECT_EQ(code(limits.sign_up({})), "ok");
    EXPECT_EQ(code(limits.log_in({}, "ann")), "ok");
    limits.login_failed({}, "ann");
  }
}

TEST(Places, ForgetsWhoHasNone) {
  Places places(1);
  {
    const auto place = places.take({1, 1}, "user");
    EXPECT_FALSE(places.take({1, 1}, "user"));
    EXPECT_EQ(places.keys(), 1U);
  }
  EXPECT_EQ(places.keys(), 0U);
}

}  // namespace
}  // namespace confab::gateway
#endif
