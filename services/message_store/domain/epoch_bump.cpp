#include "message_store/domain/epoch_bump.hpp"

#include <algorithm>
#include <limits>

namespace confab::message_store {
namespace {

constexpr std::chrono::milliseconds kPause{200};

std::string counted(std::uint64_t number, const std::string& what) {
  return std::to_string(number) + " " + what + (number == 1 ? "" : "s");
}

std::string whose(const std::string& gid, std::uint64_t rooms) {
  return gid.empty() ? counted(rooms, "room") : "room " + gid;
}

Error not_confirmed(const BumpRequest& request, const Epochs::Survey& found) {
  auto text = "nothing was changed. This makes every client load " +
              whose(request.gid, found.rooms) +
              " anew, which is for logs that were cut: after a restore of a backup. ";
  if (found.stores > 0) {
    text += counted(found.stores, "connection") +
            " of message-stores are open: during a restore they should be stopped. ";
  }
  return {ErrorCode::invalid_argument, text + "Run it again with --confirm"};
}

}  // namespace

Result<std::string> EpochBump::run(const BumpRequest& request, std::chrono::seconds now) {
  const auto found = epochs_.survey();
  if (!found) return found.error();
  if (!request.confirmed) return not_confirmed(request, *found);
  const auto epoch = std::max(static_cast<std::uint64_t>(now.count()), found->latest + 1);
  const auto at = " at epoch " + std::to_string(epoch);
  constexpr auto kThen = "; gateways that run notice within 3 s, and tell their clients to reset";
  if (!request.gid.empty()) {
    const auto raised = epochs_.raise_room(request.gid, epoch);
    if (!raised) return raised.error();
    return "room " + request.gid + " is" + at + kThen;
  }
  const auto done = raise_all(epoch);
  if (!done) {
    return Error{done.error().code,
                 done.error().message + "; not all rooms were reached: run it again"};
  }
  return counted(done->rooms, "room") + (done->rooms == 1 ? " is" : " are") + at + " (" +
         counted(done->transactions, "transaction") + ")" + kThen;
}

Result<EpochBump::Done> EpochBump::raise_all(std::uint64_t epoch) {
  Done done;
  for (auto after = std::numeric_limits<std::int64_t>::min();;) {
    const auto step = raise_some(after, epoch);
    if (!step) return step.error();
    if (!step->last_room) return done;
    after = *step->last_room;
    done.rooms += step->raised;
    ++done.transactions;
  }
}

Result<Epochs::Step> EpochBump::raise_some(std::int64_t after, std::uint64_t epoch) {
  for (int attempt = 1;; ++attempt) {
    auto step = epochs_.raise(after, kRoomsAtOnce, epoch);
    if (step || attempt == kAttempts || !error_traits(step.error().code).retryable) return step;
    pause_(kPause);
  }
}

}  // namespace confab::message_store

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

#include <map>

namespace confab::message_store {
namespace {

using namespace std::chrono_literals;

struct FakeEpochs final : Epochs {
  std::map<std::int64_t, std::uint64_t> rooms;  // Epochs.
  std::size_t largest = 0;
  int failures = 0;  // Before the next success.

  Result<Survey> survey() override {
    Survey found{rooms.size(), 0, 3};
    for (const auto& [id, epoch] : rooms) found.latest = std::max(found.latest, epoch);
    return found;
  }
  Result<Step> raise(std::int64_t after, std::size_t limit, std::uint64_t epoch) override {
    if (failures > 0) {
      --failures;
      return Error{ErrorCode::unavailable, "locked"};
    }
    Step step;
    std::size_t taken = 0;
    for (auto at = rooms.upper_bound(after); at != rooms.end() && taken < limit; ++at, ++taken) {
      at->second = epoch;
      step.last_room = at->first;
      ++step.raised;
    }
    largest = std::max(largest, taken);
    return step;
  }
  Result<> raise_room(const std::string& gid, std::uint64_t epoch) override {
    if (gid != "abcdefgh") return Error{ErrorCode::room_not_found, "there is no such room"};
    rooms[1] = epoch;
    return {};
  }
};

struct EpochBumpTest : ::testing::Test {
  FakeEpochs epochs;
  int pauses = 0;
  EpochBump bump{epochs, [this](std::chrono::milliseconds) { ++pauses; }};

  EpochBumpTest() {
    for (std::int64_t id = -1; id < 1200; ++id) epochs.rooms[id] = 1;
  }
};

TEST_F(EpochBumpTest, ChangesNothingUntilItIsConfirmedAndTellsWhatItWould) {
  const auto refused = bump.run({}, 1'800'000'000s);
  ASSERT_FALSE(refused);
  for (const auto* part : {"1201 rooms", "3 connections", "--confirm"}) {
    EXPECT_NE(refused.error().message.find(part), std::string::npos) << refused.error().message;
  }
  EXPECT_EQ(epochs.rooms[0], 1U);
}

TEST_F(EpochBumpTest, RaisesAllRoomsFewAtATime) {
  const auto done = bump.run({.confirmed = true}, 1'800'000'000s);
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_NE(done->find("1201 rooms are at epoch 1800000000 (3 transactions)"), std::string::npos)
      << *done;
  EXPECT_LE(epochs.largest, EpochBump::kRoomsAtOnce);
  for (const auto& [id, epoch] : epochs.rooms) EXPECT_EQ(epoch, 1'800'000'000U);
}

TEST_F(EpochBumpTest, IsAboveAllThereIsAlsoWhenTheClockIsBehind) {
  epochs.rooms[7] = 1'900'000'000;
  ASSERT_TRUE(bump.run({.confirmed = true}, 1'800'000'000s));
  for (const auto& [id, epoch] : epochs.rooms) EXPECT_EQ(epoch, 1'900'000'001U);
}

TEST_F(EpochBumpTest, TriesAgainWhatMeetsALockButNotForEver) {
  epochs.failures = EpochBump::kAttempts - 1;
  EXPECT_TRUE(bump.run({.confirmed = true}, 1'800'000'000s));
  EXPECT_EQ(pauses, EpochBump::kAttempts - 1);
  epochs.failures = EpochBump::kAttempts;
  const auto failed = bump.run({.confirmed = true}, 1'800'000'100s);
  ASSERT_FALSE(failed);
  EXPECT_NE(failed.error().message.find("run it again"), std::string::npos);
}

TEST_F(EpochBumpTest, RaisesOneRoomAlone) {
  ASSERT_TRUE(bump.run({"abcdefgh", true}, 1'800'000'000s));
  EXPECT_EQ(epochs.rooms[1], 1'800'000'000U);
  EXPECT_EQ(epochs.rooms[2], 1U);
  EXPECT_EQ(bump.run({"nosuchxx", true}, 1'800'000'000s).error().code, ErrorCode::room_not_found);
}

}  // namespace
}  // namespace confab::message_store
#endif
