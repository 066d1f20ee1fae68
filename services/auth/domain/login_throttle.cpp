#include "auth/domain/login_throttle.hpp"

#include <algorithm>
#include <tuple>

namespace confab::auth {

bool LoginThrottle::is_over(const Failures& failures) const {
  return clock_.now() >= failures.since + limit_.window;
}

std::chrono::milliseconds LoginThrottle::wait(const std::string& username_key) const {
  const std::lock_guard lock(mutex_);
  const auto found = failures_.find(username_key);
  if (found == failures_.end() || found->second.count < limit_.failures || is_over(found->second)) {
    return std::chrono::milliseconds(0);
  }
  return std::chrono::ceil<std::chrono::milliseconds>(found->second.since + limit_.window -
                                                      clock_.now());
}

void LoginThrottle::failed(const std::string& username_key) {
  const std::lock_guard lock(mutex_);
  const auto found = failures_.find(username_key);
  if (found != failures_.end() && !is_over(found->second)) {
    ++found->second.count;
    return;
  }
  if (found == failures_.end() && failures_.size() >= limit_.usernames) make_room();
  failures_[username_key] = {1, clock_.now()};
}

void LoginThrottle::succeeded(const std::string& username_key) {
  const std::lock_guard lock(mutex_);
  failures_.erase(username_key);
}

void LoginThrottle::make_room() {
  if (std::erase_if(failures_, [this](const auto& entry) { return is_over(entry.second); }) > 0) {
    return;
  }
  const auto least =
      std::min_element(failures_.begin(), failures_.end(), [](const auto& a, const auto& b) {
        return std::tie(a.second.count, a.second.since) < std::tie(b.second.count, b.second.since);
      });
  failures_.erase(least);
}

}  // namespace confab::auth

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

#include "auth/domain/fakes.hpp"

namespace confab::auth {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;

struct LoginThrottleTest : testing::Test {
  FakeClock clock;
  LoginThrottle throttle{LoginLimit{3, minutes(15), 2}, clock};

  void fail(const std::string& username_key, int times) {
    while (times-- > 0) throttle.failed(username_key);
  }
};

TEST_F(LoginThrottleTest, RefusesAfterTheLimitUntilTheWindowEnds) {
  fail("ada", 2);
  EXPECT_EQ(throttle.wait("ada"), milliseconds(0));
  clock.advance(minutes(5));
  fail("ada", 1);
  EXPECT_EQ(throttle.wait("ada"), minutes(10));
  EXPECT_EQ(throttle.wait("bob"), milliseconds(0));
  clock.advance(minutes(10));
  EXPECT_EQ(throttle.wait("ada"), milliseconds(0));
}

TEST_F(LoginThrottleTest, StartsANewWindowAfterTheOldOne) {
  fail("ada", 2);
  clock.advance(minutes(15));
  fail("ada", 2);
  EXPECT_EQ(throttle.wait("ada"), milliseconds(0));
}

TEST_F(LoginThrottleTest, ForgetsTheFailuresOfWhoSucceeds) {
  fail("ada", 2);
  throttle.succeeded("ada");
  fail("ada", 2);
  EXPECT_EQ(throttle.wait("ada"), milliseconds(0));
}

TEST_F(LoginThrottleTest, KeepsTheRefusedWhenManyOthersFail) {
  fail("ada", 3);
  for (int i = 0; i < 100; ++i) throttle.failed("other" + std::to_string(i));
  EXPECT_GT(throttle.wait("ada"), milliseconds(0));
}

TEST_F(LoginThrottleTest, DropsWindowsThatEndedFirst) {
  fail("ada", 3);
  clock.advance(minutes(15));
  fail("bob", 1);
  fail("eve", 1);
  fail("bob", 2);
  EXPECT_GT(throttle.wait("bob"), milliseconds(0));
}

}  // namespace
}  // namespace confab::auth
#endif
