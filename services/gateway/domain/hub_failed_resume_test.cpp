// Subscribers that ask for what they missed while the store cannot tell: what they hear meanwhile.
#include "gateway/domain/hub_fixture_test.hpp"

namespace confab::gateway {
namespace {

using namespace testing;

struct HubFailedResume : HubTest {
  HubFailedResume() {
    store.grow_to(kRoom, 9);
    join(ann);
    store.reads.close();
    store.reads.fail_with(ErrorCode::unavailable);
    resumed = start_resume(ann, {1, 4, ""});
  }
  ErrorCode fail() {
    store.reads.open();
    loop.run();
    return (**resumed).error().code;
  }
  std::shared_ptr<std::optional<Result<Replay>>> resumed;
};

TEST_F(HubFailedResume, LeavesTheSubscriptionThereWasWithAllThatCameMeanwhile) {
  say_to(12);
  EXPECT_TRUE(ann->seen.empty());
  EXPECT_FALSE(Hub::told_after(*ann, 0));
  EXPECT_EQ(fail(), ErrorCode::unavailable);
  EXPECT_EQ(ann->seen, events(10, 12));
  say();
  EXPECT_EQ(ann->seen, events(10, 13));
  store.reads.work();
  EXPECT_EQ(json_of(resume(ann, 4)), events(5, 13));
}

TEST_F(HubFailedResume, TellsWhoMissedMoreThanIsKeptWhatToRead) {
  say_to(10 + RoomStream::kRecent);
  EXPECT_EQ(fail(), ErrorCode::unavailable);
  EXPECT_EQ(ann->seen, Seen{R"({"room":"gid7","at":{"epoch":1,"seq":9},)"
                            R"("head":{"epoch":1,"seq":266}})"});
  say();
  EXPECT_EQ(ann->seen.back(), events(267, 267).front());
}

TEST_F(HubFailedResume, TellsOfALogThatWasReplacedMeanwhile) {
  store.logs[kRoom].epoch = 2;
  store.reads.work();
  say();
  store.reads.let_last_through();  // The repair's.
  loop.run();
  store.reads.fail_with(ErrorCode::unavailable);
  EXPECT_EQ(fail(), ErrorCode::unavailable);
  EXPECT_EQ(ann->seen, Seen{"reset"});
}

TEST_F(HubFailedResume, LeavesNobodyInWhoWasPutOutMeanwhile) {
  store.logs[kRoom].entries.push_back(leaving(entry(kRoom, 10), 1));
  hear(10);
  EXPECT_EQ(fail(), ErrorCode::unavailable);
  EXPECT_FALSE(hub.listens(*ann, kRoom));
  say();
  EXPECT_TRUE(ann->seen.empty());
}

}  // namespace
}  // namespace confab::gateway
