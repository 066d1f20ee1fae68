#include <gtest/gtest.h>

#include "message_store/domain/event_json.hpp"
#include "message_store/storage/postgres_store_test.hpp"

// What only PostgreSQL can tell of the lists of one's rooms.
namespace confab::message_store {
namespace {

const Person kAda{1, "a0000000-0000-4000-8000-000000000001", "ada", "Ada"};
const Person kBob{2, "a0000000-0000-4000-8000-000000000002", "bob", "Bob"};

struct PgUnreadTest : testing::Test {
  PostgresStore store;
  SystemRandom random;
  const std::uint64_t room_id = 7UL << 22;

  PgUnreadTest() {
    NewRoom room{room_id, "roomroom", "Tea", RoomKind::private_room, kAda, {kBob}};
    EXPECT_TRUE(store.rooms.create(room));
  }
  void say(const Person& sender, const std::string& id, const std::string& body) {
    const Draft one{sender.id, id, Uuid::make(random), body};
    ASSERT_TRUE(store.log.append(room_id, {&one, 1}));
  }
  void change(std::uint64_t seq, decltype(MessageChange::what) what, const Person& actor = kAda) {
    MessageChange wanted;
    wanted.room_id = room_id;
    wanted.actor = actor;
    wanted.target_seq = seq;
    wanted.msg_id = Uuid::make(random);
    wanted.what = std::move(what);
    const auto done = store.log.change(wanted);
    ASSERT_TRUE(done) << done.error().message;
  }
  void redact(std::uint64_t seq) { change(seq, Redact{}); }
  MyRoom seen_by(const Person& person) {
    return store.lists.rooms_of(person.id, {std::nullopt, 10, false})->at(0);
  }
  void read(std::uint64_t seq) {
    const ReadMark one[] = {{kBob, room_id, seq}};
    ASSERT_TRUE(store.positions.mark(one));
  }
};

// Both write several rows of one user, in other orders.
TEST_F(PgUnreadTest, SavingCountsAndReadMarksDoNotWaitForEachOther) {
  say(kAda, "1", message_body("1", ""));
  const MyRoom counted[] = {seen_by(kBob)};
  const auto marking = store.pool.transact([&](pqxx::work& transaction) -> Result<> {
    transaction.exec1("SELECT FROM chat.user_rooms WHERE user_id = 2 FOR UPDATE");
    EXPECT_TRUE(store.lists.save_counts(kBob.id, counted)) << "left for the next list";
    return {};
  });
  EXPECT_TRUE(marking);
  EXPECT_EQ(seen_by(kBob).counted, 1U);
  EXPECT_TRUE(store.lists.save_counts(kBob.id, counted));
  EXPECT_EQ(seen_by(kBob).counted, 0U);
}

TEST_F(PgUnreadTest, CountsNoRedactedMessage) {
  for (const auto* id : {"1", "2", "3", "4"}) say(kAda, id, message_body(id, ""));
  say(kBob, "5", message_body("own", ""));
  redact(2);
  EXPECT_EQ(seen_by(kBob).unread, 3U);
  read(1);
  const MyRoom counted[] = {seen_by(kBob)};
  EXPECT_EQ(counted[0].unread, 2U);
  ASSERT_TRUE(store.lists.save_counts(kBob.id, counted));
  redact(5);  // Their own: it was not counted.
  EXPECT_EQ(seen_by(kBob).unread, 2U);
  redact(3);  // Counted before.
  EXPECT_EQ(seen_by(kBob).unread, 1U);
  redact(1);  // Read before.
  EXPECT_EQ(seen_by(kBob).unread, 1U);
  read(3);
  EXPECT_EQ(seen_by(kBob).unread, 1U);
  redact(4);
  EXPECT_EQ(seen_by(kBob).unread, 0U);
  EXPECT_EQ(seen_by(kAda).unread, 0U);
}

TEST_F(PgUnreadTest, SaysOfWhatKindTheLastMessageIs) {
  say(kAda, "a", message_body("", R"({"image":{"width":1},"more":1})"));
  EXPECT_EQ(seen_by(kBob).last->kind, "image");
  EXPECT_EQ(seen_by(kBob).last->text, "");
  say(kAda, "b", message_body("look", R"({"image":{"width":1}})"));
  EXPECT_EQ(seen_by(kBob).last->kind, "text");
  redact(2);
  EXPECT_EQ(seen_by(kBob).last->seq, 2U);
  EXPECT_EQ(seen_by(kBob).last->kind, "redacted");
  EXPECT_EQ(seen_by(kBob).last->text, "");
}

TEST_F(PgUnreadTest, ForgetsInvitationsThatAreOver) {
  const Invite over{room_id, "over", kAda.id, 1'700'000'000'000, 0};
  ASSERT_TRUE(store.changes.add_invite(over));
  const Person eve{3, kBob.uuid, "eve", "Eve"};
  MemberChange joining{room_id, eve, eve, Role::member, Uuid::make(random)};
  joining.invite = "over";
  EXPECT_EQ(store.log.join(joining).error().code, ErrorCode::not_found);
  ASSERT_TRUE(store.changes.add_invite({room_id, "next", kAda.id, 1'700'000'000'000, 0}));
  EXPECT_EQ(store.changes.revoke_invite(over).error().code, ErrorCode::not_found);
}

}  // namespace
}  // namespace confab::message_store
