#include "message_store/storage/pg_profiles.hpp"

#include "message_store/storage/store_contract_test.hpp"

// Names that are set on purpose, and what is left to do for deleted accounts.
namespace confab::message_store {
namespace {

struct PgProfilesTest : testing::Test {
  PostgresStore store;
  PgProfiles profiles{store.pool, store.pool};
  PgErasures erasures{store.pool, store.pool};
  SystemRandom random;

  Room make_room(std::uint64_t id, const Person& creator, std::vector<Person> members = {}) {
    return store.rooms
        .create({id, "gid0000" + std::to_string(id), "Tea", RoomKind::private_room, creator,
                 std::move(members)})
        .value();
  }
  std::string name_of(const Person& person) {
    return store.rooms.people(std::vector{person.id})->front().name;
  }
  void append(std::uint64_t room_id, const Person& sender, const std::string& id) {
    const Draft one{sender.id, id, Uuid::make(random), message_body("hi", "")};
    ASSERT_TRUE(store.log.append(room_id, {&one, 1})->results[0]);
  }
};

TEST_F(PgProfilesTest, ANameSetOnPurposeIsNotOverwrittenByWhatOldTokensSay) {
  make_room(1, kAda);
  ASSERT_TRUE(profiles.save({kAda.id, kAda.uuid, "ada", "Countess"}, 1));
  make_room(2, kAda, {kBob});
  EXPECT_EQ(name_of(kAda), "Countess");
  ASSERT_TRUE(profiles.save({kAda.id, kAda.uuid, "ada", "Lady"}, 2));
  EXPECT_EQ(name_of(kAda), "Lady");
  auto bob = kBob;
  bob.name = "Robert";
  make_room(3, kEve, {bob});
  EXPECT_EQ(name_of(kBob), "Robert") << "nobody said it on purpose before";
}

TEST_F(PgProfilesTest, OfNamesThatComeOutOfOrderTheNewerStays) {
  EXPECT_TRUE(*profiles.save({kAda.id, kAda.uuid, "ada", "Newer"}, 2));
  const auto before = profiles.changed_since(0)->cursor;
  EXPECT_FALSE(*profiles.save({kAda.id, kAda.uuid, "ada", "Older"}, 1));
  EXPECT_EQ(name_of(kAda), "Newer");
  EXPECT_TRUE(*profiles.save({kAda.id, kAda.uuid, "ada", "Newer"}, 2)) << "told twice";
  EXPECT_EQ(profiles.changed_since(before)->people.size(), 1U);
}

TEST_F(PgProfilesTest, NoNameThatComesLateBringsAGhostBackToLife) {
  const Person ghost{kAda.id, kAda.uuid, "deleted 1", "Deleted user"};
  EXPECT_TRUE(*profiles.save(ghost, Profiles::kLastVersion));
  EXPECT_FALSE(*profiles.save({kAda.id, kAda.uuid, "ada", "Ada"}, 1'700'000'000'000'000));
  EXPECT_FALSE(*profiles.save({kAda.id, kAda.uuid, "ada", "Ada"}, 0));
  make_room(1, kAda);
  EXPECT_EQ(name_of(kAda), "Deleted user");
  EXPECT_TRUE(*profiles.save(ghost, Profiles::kLastVersion)) << "asked for again";
}

TEST_F(PgProfilesTest, ListsChangesUntilTheyAreOldAndNobodyElse) {
  make_room(1, kBob);
  const auto first = profiles.changed_since(0);
  EXPECT_TRUE(first->people.empty());
  ASSERT_TRUE(profiles.save({kAda.id, kAda.uuid, "ada", "Countess"}, 1));
  const auto second = profiles.changed_since(first->cursor);
  ASSERT_EQ(second->people.size(), 1U);
  EXPECT_EQ(second->people[0].name, "Countess");
  EXPECT_GT(second->cursor, first->cursor);
  EXPECT_EQ(profiles.changed_since(second->cursor + 3'600'000'000)->people.size(), 1U);
  const auto later = second->cursor;
  ASSERT_TRUE(store.pool.transact([](pqxx::work& transaction) -> Result<> {
    transaction.exec0("UPDATE chat.people SET changed_at = now() - interval '1 hour'");
    return {};
  }));
  EXPECT_TRUE(profiles.changed_since(later)->people.empty());
}

TEST_F(PgProfilesTest, AnErasureIsGivenToOneAtATimeAndGoesOnWhereItWas) {
  make_room(1, kAda);
  EXPECT_FALSE(*erasures.next());
  ASSERT_TRUE(erasures.ask(kAda.id, false));
  auto erasure = **erasures.next();
  EXPECT_EQ(erasure.ghost.username, "ada");
  EXPECT_FALSE(erasure.redact);
  EXPECT_FALSE(*erasures.next()) << "tried a moment ago";
  erasure.last_room_id = 7;
  erasure.last_seq = 9;
  erasure.cleared_seq = 11;
  ASSERT_TRUE(erasures.advance(erasure));
  erasure = **erasures.next();
  EXPECT_EQ(erasure.last_room_id, 7U);
  EXPECT_EQ(erasure.last_seq, 9U);
  EXPECT_EQ(erasure.cleared_seq, 11U);
  ASSERT_TRUE(erasures.ask(kAda.id, true));
  ASSERT_TRUE(erasures.ask(kAda.id, false));
  erasure = **erasures.next();
  EXPECT_EQ(erasure.last_room_id, 0U) << "from the start";
  EXPECT_EQ(erasure.cleared_seq, 0U);
  EXPECT_TRUE(erasure.redact);
  ASSERT_TRUE(erasures.finish(kAda.id));
  EXPECT_FALSE(*erasures.next());
}

TEST_F(PgProfilesTest, AnErasureFindsAllRoomsAndOnlyTheMessagesOfTheUser) {
  make_room(1, kAda, {kBob});
  const auto left = make_room(3, kBob, {kAda});
  make_room(5, kBob);
  append(1, kAda, "a");
  append(1, kBob, "a");
  append(1, kAda, "b");
  append(1, kAda, "c");
  ASSERT_TRUE(store.log.leave({left.room_id, kAda, kAda, Role::member, Uuid::make(random)}));
  const auto first = *erasures.next_room(kAda.id, 0);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->gid, "gid00001");
  EXPECT_TRUE(first->member);
  const auto second = *erasures.next_room(kAda.id, first->room_id);
  EXPECT_EQ(second->room_id, 3U);
  EXPECT_FALSE(second->member);
  EXPECT_FALSE(*erasures.next_room(kAda.id, second->room_id));
  using Seqs = std::vector<std::uint64_t>;
  EXPECT_EQ(*erasures.messages(1, kAda.id, 0, 2), (Seqs{1, 3}));
  EXPECT_EQ(*erasures.messages(1, kAda.id, 3, 2), Seqs{4});
  EXPECT_TRUE(erasures.messages(3, kAda.id, 0, 10)->empty()) << "leaving is no message";
}

}  // namespace
}  // namespace confab::message_store
