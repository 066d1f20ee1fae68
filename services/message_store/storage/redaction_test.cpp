#include <gtest/gtest.h>

#include "message_store/domain/event_json.hpp"
#include "message_store/storage/pg_search_index.hpp"
#include "message_store/storage/postgres_store_test.hpp"

// What a redaction leaves in PostgreSQL: nothing.
namespace confab::message_store {
namespace {

const Person kAda{1, "a0000000-0000-4000-8000-000000000001", "ada", "Ada"};
const Person kBob{2, "a0000000-0000-4000-8000-000000000002", "bob", "Bob"};

struct RedactionTest : testing::Test {
  PostgresStore store;
  SystemRandom random;

  /// Every row of every table of the schema, as text.
  std::string dump() {
    auto all = store.pool.query([](pqxx::nontransaction& transaction) -> Result<std::string> {
      std::string out;
      const auto tables = transaction.exec(
          "SELECT table_name FROM information_schema.tables WHERE table_schema = 'chat'");
      for (const auto& table : tables) {
        const auto name = table[0].as<std::string>();
        for (const auto& row : transaction.exec("SELECT t::text FROM chat." + name + " t")) {
          out += name + row[0].as<std::string>() + "\n";
        }
      }
      return out;
    });
    return *all;
  }
  void change(std::uint64_t seq, decltype(MessageChange::what) what) {
    MessageChange change{7, kAda, seq, Uuid::make(random), std::move(what)};
    ASSERT_TRUE(store.log.change(change));
  }
};

TEST_F(RedactionTest, LeavesTheContentOfAMessageAndItsEditsInNoTable) {
  ASSERT_TRUE(store.rooms.create({7, "gid00001", "r", RoomKind::private_room, kAda, {kBob}}));
  const auto body = message_body(Content{"secret", R"({"k":"secret"})", 0, {kBob}});
  const Draft drafts[] = {{1, "a", Uuid::make(random), message_body("kept", "")},
                          {1, "b", Uuid::make(random), body}};
  ASSERT_TRUE(store.log.append(7, drafts));
  change(2, Edit{"e1", "secret 2", R"({"k":"secret"})", {kBob}});
  change(1, Edit{"e2", "kept 2", {}, {}});
  change(2, Edit{"e3", "secret 3", {}, {}});
  change(2, React{"+1"});
  ASSERT_NE(dump().find("secret 3"), std::string::npos);
  PgSearchIndex index(store.pool, store.pool);
  ASSERT_TRUE(index.advance(std::vector<std::uint64_t>{7}, 50));
  ASSERT_NE(dump().find("'secret'"), std::string::npos) << "in the index";
  change(2, Redact{});
  const auto after = dump();
  EXPECT_EQ(after.find("secret"), std::string::npos) << after;
  EXPECT_NE(after.find("kept 2"), std::string::npos);
  const auto page = store.log.read(7, 0, {.from_start = true});
  EXPECT_EQ(page->entries.size(), 7U);
}

}  // namespace
}  // namespace confab::message_store
