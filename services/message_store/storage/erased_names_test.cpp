#include "message_store/domain/eraser.hpp"
#include "message_store/domain/event_json.hpp"
#include "message_store/storage/pg_profiles.hpp"
#include "message_store/storage/store_contract_test.hpp"

// What a deleted account leaves of its names in PostgreSQL: nothing, but what somebody wrote.
namespace confab::message_store {
namespace {

const Person kZoe{26, "a0000000-0000-4000-8000-000000000026", "zoe-26", R"(Zoe \ "Z")"};
const Person kGhost{kZoe.id, kZoe.uuid, "deleted 26", "Deleted user"};

struct ErasedNamesTest : testing::Test {
  PostgresStore store;
  PgProfiles profiles{store.pool, store.pool};
  PgErasures erasures{store.pool, store.pool};
  SystemRandom random;

  ErasedNamesTest() {
    EXPECT_TRUE(store.rooms.create({7, "gid00001", "r", RoomKind::private_room, kAda, {kBob}}));
  }

  MemberChange member(const Person& actor, const Person& member, Role role = Role::member) {
    return {7, actor, member, role, Uuid::make(random)};
  }
  void say(const Content& content) {
    const Draft one{kAda.id, Uuid::make(random).text(), Uuid::make(random), message_body(content)};
    ASSERT_TRUE(store.log.append(7, {&one, 1})->results[0]);
  }
  void change(const Person& actor, std::uint64_t seq, decltype(MessageChange::what) what) {
    ASSERT_TRUE(store.log.change({7, actor, seq, Uuid::make(random), std::move(what)}));
  }
  /// Works off what there is to erase, `batch` entries at a time.
  void erase(std::uint32_t batch) {
    ASSERT_TRUE(*profiles.save(kGhost, Profiles::kLastVersion));
    for (std::uint64_t seq = 0;;) {
      const auto last = erasures.clear_names(7, kGhost, seq, batch);
      ASSERT_TRUE(last) << last.error().message;
      if (!*last) return;
      seq = **last;
    }
  }
  /// Every row of every table of the schema, as text.
  std::string dump() {
    return store.pool
        .query([](pqxx::nontransaction& transaction) -> Result<std::string> {
          std::string out;
          for (const auto& table :
               transaction.exec("SELECT table_name FROM information_schema.tables "
                                "WHERE table_schema = 'chat'")) {
            const auto name = table[0].as<std::string>();
            for (const auto& row : transaction.exec("SELECT t::text FROM chat." + name + " t")) {
              out += name + row[0].as<std::string>() + "\n";
            }
          }
          return out;
        })
        .value();
  }
  std::vector<std::string> bodies() {
    std::vector<std::string> out;
    const auto page = store.log.read(7, kAda.id, {.from_start = true});
    for (const auto& entry : page->entries) out.push_back(entry.body);
    return out;
  }
};

TEST_F(ErasedNamesTest, AreInNoTableOnceTheAccountIsDeleted) {
  ASSERT_TRUE(store.log.join(member(kAda, kZoe, Role::admin)));
  say({"hi", R"({"a":[1, 2]})", 0, {kBob, kZoe}});
  change(kAda, 2, Edit{"e", "hi all", {}, {kZoe, kBob}});
  say({"to be redacted", "", 0, {}});
  change(kZoe, 4, Redact{});
  ASSERT_TRUE(store.changes.set_role(member(kAda, kZoe, Role::read_only)));
  ASSERT_TRUE(store.changes.set_ban(member(kAda, kZoe), true));
  ASSERT_NE(dump().find(kZoe.username), std::string::npos);
  ASSERT_NE(dump().find("Zoe"), std::string::npos);
  const auto before = bodies();
  erase(2);
  const auto after = dump();
  EXPECT_EQ(after.find(kZoe.username), std::string::npos) << after;
  EXPECT_EQ(after.find("Zoe"), std::string::npos) << after;
  // All else is as it was.
  std::string name;
  append_person(name, kZoe);
  std::string ghost;
  append_person(ghost, kGhost);
  name.pop_back();
  ghost.pop_back();
  const auto cleared = bodies();
  ASSERT_EQ(cleared.size(), before.size());
  for (std::size_t i = 0; i < before.size(); ++i) {
    auto expected = before[i];
    for (auto at = expected.find(name); at != std::string::npos; at = expected.find(name)) {
      expected.replace(at, name.size(), ghost);
    }
    EXPECT_EQ(cleared[i], expected);
  }
}

TEST_F(ErasedNamesTest, StayInWhatSomebodyWroteAndOfEverybodyElse) {
  std::string copy;
  append_person(copy, kZoe);
  say({copy, "", 0, {kBob}});
  const auto before = bodies();
  erase(100);
  EXPECT_EQ(bodies(), before);
}

TEST_F(ErasedNamesTest, AreLookedForWhereTheUserIsBannedFromToo) {
  ASSERT_TRUE(store.changes.set_ban(member(kAda, kZoe), true));
  const auto room = erasures.next_room(kZoe.id, 0);
  ASSERT_TRUE(*room);
  EXPECT_EQ((*room)->room_id, 7U);
  EXPECT_FALSE((*room)->member);
  EXPECT_FALSE(*erasures.next_room(kZoe.id, 7));
}

}  // namespace
}  // namespace confab::message_store
