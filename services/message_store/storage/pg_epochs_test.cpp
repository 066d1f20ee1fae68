#include "message_store/storage/pg_epochs.hpp"

#include <limits>

#include "message_store/storage/store_contract_test.hpp"

namespace confab::message_store {
namespace {

struct PgEpochsTest : testing::Test {
  static constexpr auto kStart = std::numeric_limits<std::int64_t>::min();

  PostgresStore store;
  PgEpochs epochs{store.pool};
  SystemRandom random;

  Room make_room(std::uint64_t number) {
    return store.rooms
        .create({number << 22,
                 "gid0000" + std::to_string(number),
                 "Tea",
                 RoomKind::private_room,
                 kAda,
                 {}})
        .value();
  }
  Appended say(const Room& room, const std::string& id) {
    const std::vector drafts{Draft{kAda.id, id, Uuid::make(random), message_body("hi", "")}};
    return store.log.append(room.room_id, drafts)->results.front().value();
  }
  Head head(const Room& room) { return store.log.heads(std::vector{room.room_id})->front(); }
};

TEST_F(PgEpochsTest, LetsLogsGoOnInTheNewEpochWhereTheyEnded) {
  const auto room = make_room(1);
  say(room, "a");
  say(room, "b");  // The end of the log is known to the store's fast statements now.
  const auto before = head(room);
  ASSERT_TRUE(epochs.raise(kStart, 10, 1'800'000'000));
  EXPECT_EQ(head(room).epoch, 1'800'000'000U);
  EXPECT_EQ(head(room).seq, before.seq);
  EXPECT_EQ(head(room).check, before.check);
  const auto next = say(room, "c");
  EXPECT_EQ(next.epoch, 1'800'000'000U);
  EXPECT_EQ(next.seq, 3U);
  const auto repeat = say(room, "a");
  EXPECT_EQ(repeat.epoch, 1U);
  EXPECT_EQ(repeat.seq, 1U);
}

TEST_F(PgEpochsTest, GoesThroughTheRoomsInSteps) {
  std::vector<Room> rooms;
  for (std::uint64_t number = 1; number <= 5; ++number) rooms.push_back(make_room(number));
  EXPECT_EQ(epochs.survey()->rooms, 5U);
  EXPECT_EQ(epochs.survey()->latest, 1U);
  auto after = kStart;
  for (const auto expected : {2U, 2U, 1U}) {
    const auto step = epochs.raise(after, 2, 7);
    ASSERT_TRUE(step);
    EXPECT_EQ(step->raised, expected);
    after = step->last_room.value();
  }
  EXPECT_FALSE(epochs.raise(after, 2, 7)->last_room);
  EXPECT_EQ(epochs.raise(kStart, 10, 7)->raised, 0U);  // Run again, it goes on where it must.
  for (const auto& room : rooms) EXPECT_EQ(head(room).epoch, 7U);
  EXPECT_EQ(epochs.survey()->latest, 7U);
}

TEST_F(PgEpochsTest, RaisesTheRoomThatIsNamedAndNoOther) {
  const auto one = make_room(1);
  const auto other = make_room(2);
  ASSERT_TRUE(epochs.raise_room(one.gid, 9));
  EXPECT_EQ(head(one).epoch, 9U);
  EXPECT_EQ(head(other).epoch, 1U);
  EXPECT_EQ(epochs.raise_room("nosuchxx", 9).error().code, ErrorCode::room_not_found);
}

}  // namespace
}  // namespace confab::message_store
