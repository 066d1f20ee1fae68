#include "message_store/domain/eraser.hpp"

namespace confab::message_store {
namespace {

/// Whether trying it again later may help.
bool may_pass(const Error& error) {
  return error_traits(error.code).retryable || error.code == ErrorCode::internal;
}

}  // namespace

Result<bool> Eraser::step() {
  const auto next = erasures_.next();
  if (!next) return next.error();
  if (!*next) return false;
  const auto& erasure = **next;
  const auto room = erasures_.next_room(erasure.ghost.id, erasure.last_room_id);
  if (!room) return room.error();
  if (*room) return work_in(**room, erasure);
  if (const auto done = erasures_.finish(erasure.ghost.id); !done) return done.error();
  return true;
}

Result<bool> Eraser::work_in(const ErasureRoom& room, Erasure erasure) {
  // First, so that members see it by events.
  if (erasure.redact) {
    auto more = redact_in(room, erasure);
    if (!more || *more) return more;
  }
  auto more = clear_in(room, erasure);
  if (!more || *more) return more;
  if (room.member) {
    // Gateways drop what they keep of the room when they hear it, so that the names go before.
    const auto left = leave_(room, erasure.ghost);
    if (!left && may_pass(left.error())) return left.error();
    // Somebody may have mentioned them meanwhile.
    if (const auto rest = clear_in(room, erasure); !rest) return rest;
  }
  erasure.last_room_id = room.room_id;
  erasure.last_seq = erasure.cleared_seq = 0;
  if (const auto kept = erasures_.advance(erasure); !kept) return kept.error();
  return true;
}

/// Whether something of the room was done and more of it may be left.
Result<bool> Eraser::redact_in(const ErasureRoom& room, Erasure erasure) {
  const auto seqs = erasures_.messages(room.room_id, erasure.ghost.id, erasure.last_seq, kBatch);
  if (!seqs) return seqs.error();
  if (seqs->empty()) return false;
  for (const auto seq : *seqs) {
    const auto done = redact_(room.room_id, seq, erasure.ghost);
    if (!done && may_pass(done.error())) return done.error();
  }
  erasure.last_seq = seqs->back();
  if (const auto kept = erasures_.advance(erasure); !kept) return kept.error();
  return true;
}

/// The same for names.
Result<bool> Eraser::clear_in(const ErasureRoom& room, Erasure& erasure) {
  const auto last =
      erasures_.clear_names(room.room_id, erasure.ghost, erasure.cleared_seq, kNamesBatch);
  if (!last) return last.error();
  if (!*last) return false;
  erasure.cleared_seq = **last;
  if (const auto kept = erasures_.advance(erasure); !kept) return kept.error();
  return true;
}

}  // namespace confab::message_store

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

#include "message_store/domain/fake_people.hpp"

namespace confab::message_store {
namespace {

struct EraserTest : testing::Test {
  FakeErasures erasures;
  std::vector<std::string> did;
  std::vector<std::string> cleared_before_leaving;
  Result<> leaving;
  Result<> redacting;
  Eraser eraser{erasures,
                [this](const ErasureRoom& room, const Person& ghost) -> Result<> {
                  cleared_before_leaving = erasures.cleared;
                  if (leaving) ++erasures.heads[room.room_id];
                  did.push_back("leave " + room.gid + " " + std::to_string(ghost.id));
                  return leaving;
                },
                [this](std::uint64_t room_id, std::uint64_t seq, const Person&) -> Result<> {
                  did.push_back("redact " + std::to_string(room_id) + " " + std::to_string(seq));
                  return redacting;
                }};

  EraserTest() {
    erasures.rooms[1] = {1, "one", true};
    erasures.rooms[2] = {2, "two", false};
    erasures.seqs[1] = {4, 9};
    erasures.seqs[2] = {7};
  }
  void run() {
    for (int i = 0; i < 20 && eraser.step().value(); ++i) {
    }
  }
};

TEST_F(EraserTest, LeavesTheRoomsAndKeepsTheMessages) {
  ASSERT_TRUE(erasures.ask(5, false));
  run();
  EXPECT_EQ(did, std::vector<std::string>{"leave one 5"});
  EXPECT_FALSE(erasures.waiting);
}

TEST_F(EraserTest, RedactsWhatWasSentAlsoInRoomsLeftBefore) {
  ASSERT_TRUE(erasures.ask(5, true));
  run();
  EXPECT_EQ(did,
            (std::vector<std::string>{"redact 1 4", "redact 1 9", "leave one 5", "redact 2 7"}));
  EXPECT_FALSE(erasures.waiting);
}

TEST_F(EraserTest, GoesOnWhereItWasWhenSomethingWasAway) {
  ASSERT_TRUE(erasures.ask(5, true));
  redacting = Error{ErrorCode::unavailable, "away"};
  EXPECT_FALSE(eraser.step());
  EXPECT_FALSE(eraser.step().value()) << "not before its time";
  redacting = {};
  erasures.tried = false;
  run();
  EXPECT_EQ(did.back(), "redact 2 7");
  EXPECT_FALSE(erasures.waiting);
}

TEST_F(EraserTest, StaysWhereItCannotLeaveAndPassesOverWhatIsRedacted) {
  ASSERT_TRUE(erasures.ask(5, true));
  leaving = Error{ErrorCode::permission_denied, "the last in charge"};
  redacting = Error{ErrorCode::not_found, "redacted before"};
  run();
  EXPECT_FALSE(erasures.waiting);
  EXPECT_EQ(erasures.progress.back(), 2U);
}

TEST_F(EraserTest, TakesTheNamesOutOfEachRoomBeforeItLeavesAndOnceMoreAfter) {
  erasures.heads[1] = Eraser::kNamesBatch + 5;
  erasures.heads[2] = 7;
  ASSERT_TRUE(erasures.ask(5, false));
  run();
  using Cleared = std::vector<std::string>;
  EXPECT_EQ(cleared_before_leaving, (Cleared{"5 in 1 to 1000", "5 in 1 to 1005"}));
  EXPECT_EQ(erasures.cleared,
            (Cleared{"5 in 1 to 1000", "5 in 1 to 1005", "5 in 1 to 1006", "5 in 2 to 7"}));
  EXPECT_FALSE(erasures.waiting);
}

TEST_F(EraserTest, GoesOnWithTheNamesWhereItWas) {
  erasures.heads[2] = 2 * Eraser::kNamesBatch;
  erasures.rooms.erase(1);
  ASSERT_TRUE(erasures.ask(5, false));
  EXPECT_TRUE(eraser.step().value());
  erasures.failure = Error{ErrorCode::unavailable, "away"};
  EXPECT_FALSE(eraser.step());
  erasures.failure.reset();
  erasures.tried = false;
  run();
  EXPECT_EQ(erasures.cleared, (std::vector<std::string>{"5 in 2 to 1000", "5 in 2 to 2000"}));
}

TEST_F(EraserTest, RedactsInBatches) {
  auto& seqs = erasures.seqs[2];
  seqs.clear();
  for (std::uint64_t seq = 1; seq <= 2 * Eraser::kBatch + 1; ++seq) seqs.push_back(seq);
  erasures.rooms.erase(1);
  ASSERT_TRUE(erasures.ask(5, true));
  EXPECT_TRUE(eraser.step().value());
  EXPECT_EQ(did.size(), Eraser::kBatch);
  run();
  EXPECT_EQ(did.size(), seqs.size());
}

}  // namespace
}  // namespace confab::message_store
#endif
