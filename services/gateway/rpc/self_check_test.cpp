#include "common/rpc/self_check.hpp"

#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>

#include "common/testing/cutting_server.hpp"
#include "gateway/rpc/fake_services.hpp"

namespace confab::gateway {
namespace {

using namespace testing;
using rpc::SelfCheck;
using rpc::Server;
using namespace std::chrono_literals;

/// Counts calls on whatever thread, and waits for them.
class Count {
 public:
  void operator()() {
    const std::lock_guard lock(mutex_);
    ++count_;
    changed_.notify_all();
  }
  bool reaches(int number) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, 1min, [&] { return count_ >= number; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int count_ = 0;
};

struct SelfCheckTest : ::testing::Test {
  FakeStoreService any;  ///< A server needs some service.
};

TEST_F(SelfCheckTest, TellsAgainAndAgainThatAServerAnswers) {
  const TestServer server(any);
  Count answers;
  const SelfCheck check(
      server.address(), [&] { answers(); }, 1ms);
  EXPECT_TRUE(answers.reaches(3));
}

TEST_F(SelfCheckTest, TakesNothingElseForAnAnswer) {
  const ReservedPort nobody;
  EXPECT_FALSE(SelfCheck(
                   nobody.address(), [] {}, 1h)
                   .ask());
  const CuttingServer other;
  EXPECT_FALSE(SelfCheck(
                   other.address(), [] {}, 1h)
                   .ask());
}

TEST_F(SelfCheckTest, AServerThatListensEverywhereFindsItself) {
  for (const auto* everywhere : {"0.0.0.0:0", "[::]:0"}) {
    const auto server = Server::start(everywhere, {&any});
    if (!server && std::string(everywhere).starts_with("[")) continue;  // A machine without IPv6.
    ASSERT_TRUE(server);
    Count answers;
    (*server)->check_itself([&] { answers(); });
    EXPECT_TRUE(answers.reaches(1)) << everywhere;
  }
}

}  // namespace
}  // namespace confab::gateway
