#include "message_store/domain/attributes.hpp"
#include "message_store/domain/check_message.hpp"
#include "message_store/storage/pg_search.hpp"
#include "message_store/storage/pg_search_index.hpp"
#include "message_store/storage/store_contract_test.hpp"

// What is in a body must hinder nothing that PostgreSQL does with it.
namespace confab::message_store {
namespace {

constexpr std::uint64_t kRoom = 7UL << 22;

struct BodiesTest : testing::Test {
  PostgresStore store;
  PgSearchIndex index{store.pool, store.pool};
  PgSearch search{store.pool, std::chrono::seconds(20)};
  SystemRandom random;
  int number = 0;
  Room room =
      store.rooms.create({kRoom, "gid00007", "Tea", RoomKind::private_room, kAda, {kBob}}).value();

  std::uint64_t append(const std::string& body) {
    const Draft one{kAda.id, std::to_string(++number), Uuid::make(random), body};
    return store.log.append(kRoom, {&one, 1}).value().results[0].value().seq;
  }
  Result<ChangeOutcome> change(std::uint64_t seq, decltype(MessageChange::what) what) {
    return store.log.change({kRoom, kAda, seq, Uuid::make(random), std::move(what)});
  }
  /// All that looks into the last message of the room, at `seq`.
  void expect_usable(std::uint64_t seq, const std::string& body) {
    EXPECT_EQ(store.log.read(kRoom, 0, {.limit = 1})->entries.at(0).body, body);
    const auto rooms = store.lists.rooms_of(kBob.id, {std::nullopt, 10, false});
    ASSERT_TRUE(rooms) << rooms.error().message;
    EXPECT_EQ(rooms->at(0).last->seq, seq);
    const std::vector<std::uint64_t> behind{kRoom};
    const auto indexed = index.advance(behind, 50);
    ASSERT_TRUE(indexed) << indexed.error().message;
    for (const auto& what : {decltype(MessageChange::what)(React{"+1"}),
                             {Pin{true}},
                             {Edit{"edit" + std::to_string(seq), "edited", {}, {}}},
                             {Redact{}}}) {
      const auto changed = change(seq, what);
      ASSERT_TRUE(changed) << changed.error().message;
    }
  }
};

TEST_F(BodiesTest, AreUsableWhateverTheDomainLetsThrough) {
  for (const auto& text :
       {std::string("NULL"), std::string("\x01\x02\x1F\x7F"), std::string("\xF4\x8F\xBF\xBF"),
        std::string("\xEF\xBF\xBF"), std::string(kMaxTextBytes, '\x01'),
        std::string(kMaxTextBytes, '"'), std::string()}) {
    const NewMessage message{
        kRoom, kAda.id, "id", text,
        R"({"a":"\\u0000\ud83c\udf75","b":1e400,"b":-0.0,"c":[[],{"":null}]})"};
    ASSERT_TRUE(check_message(message));
    ASSERT_TRUE(check_attributes(message.attributes));
    const auto body = message_body(message.text, message.attributes);
    expect_usable(append(body), body);
  }
}

TEST_F(BodiesTest, AreUsableWithAnEscapedNulFromBeforeItWasRefused) {
  for (const auto* attributes : {R"({"a":"\u0000"})", R"({"\u0000":{"b":"x\u0000\u0000y"}})"}) {
    const auto body = message_body("", attributes);
    expect_usable(append(body), body);
  }
  append(message_body("green tea", R"({"a":"\u0000"})"));
  ASSERT_TRUE(index.advance(std::vector<std::uint64_t>{kRoom}, 50));
  SearchQuestion question;
  question.user_id = kBob.id;
  question.terms = parse_search("green").value();
  const auto found = search.find(question);
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->hits.at(0).text, "green tea");
}

TEST_F(BodiesTest, LoseNothingButTheNulWhenTheyAreMadeReadable) {
  const auto readable = [&](const std::string& body) {
    return store.pool
        .query([&](pqxx::nontransaction& transaction) -> Result<std::string> {
          return transaction.exec_params1("SELECT chat.readable($1::json)", body)[0]
              .as<std::string>();
        })
        .value();
  };
  for (const auto* same :
       {R"({"text":"hi"})", R"({"a":"\\u0000"})", R"({"a":"\\\\u0000\u0001"})"}) {
    EXPECT_EQ(readable(same), same);
  }
  EXPECT_EQ(readable(R"({"\u0000":"\u0000\u0000x\\\u0000\\u0000"})"),
            R"({"\ufffd":"\ufffd\ufffdx\\\ufffd\\u0000"})");
}

}  // namespace
}  // namespace confab::message_store
