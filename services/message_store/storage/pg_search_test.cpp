#include "message_store/storage/pg_search.hpp"

#include <set>

#include "message_store/storage/pg_search_index.hpp"
#include "message_store/storage/store_contract_test.hpp"

// Index and search over the log, as PostgreSQL does them.
namespace confab::message_store {
namespace {

using Texts = std::vector<std::string>;

constexpr std::size_t kEntriesOfRoom = 50;

struct PgSearchTest : testing::Test {
  PostgresStore store;
  PgSearchIndex index{store.pool, store.pool};
  PgSearch search{store.pool, std::chrono::seconds(20)};
  SystemRandom random;
  Room tea = make_room(1, kAda, {kBob});
  Room coffee = make_room(2, kBob);
  int sent = 0;

  Room make_room(std::uint64_t id, const Person& creator, std::vector<Person> members = {}) {
    return store.rooms
        .create({id << 22, "gid0000" + std::to_string(id), "Room", RoomKind::private_room, creator,
                 std::move(members)})
        .value();
  }
  std::uint64_t say(const Room& room, const Person& sender, const std::string& text) {
    const Draft one{sender.id, std::to_string(++sent), Uuid::make(random), message_body(text, "")};
    const auto outcome = store.log.append(room.room_id, {&one, 1});
    return outcome.value().results[0].value().seq;
  }
  void change(const Room& room, std::uint64_t seq, decltype(MessageChange::what) what) {
    MessageChange wanted;
    wanted.room_id = room.room_id;
    wanted.actor = kAda;
    wanted.target_seq = seq;
    wanted.msg_id = Uuid::make(random);
    wanted.what = std::move(what);
    ASSERT_TRUE(store.log.change(wanted));
  }
  IndexedRooms advance(const std::vector<std::uint64_t>& rooms) {
    const auto done = index.advance(rooms, kEntriesOfRoom);
    EXPECT_TRUE(done) << done.error().message;
    return done.value();
  }
  void index_all() {
    for (;;) {
      const auto behind = index.behind(0, 1000).value().rooms;
      if (behind.empty()) return;
      advance(behind);
    }
  }
  Result<SearchHits> find(SearchQuestion question, const std::string& text) {
    question.terms = parse_search(text).value();
    if (question.user_id == 0) question.user_id = kAda.id;
    return search.find(question);
  }
  Texts texts(const std::string& text, const SearchQuestion& question = {}) {
    Texts found;
    for (const auto& hit : find(question, text).value().hits) found.push_back(hit.text);
    return found;
  }
  void execute(const std::string& sql) {
    ASSERT_TRUE(store.pool.transact([&](pqxx::work& transaction) -> Result<> {
      transaction.exec0(sql);
      return {};
    }));
  }
};

TEST_F(PgSearchTest, FindsWordsPrefixesAndPhrasesOfWhichAllMustBeThere) {
  say(tea, kAda, "Green tea, please");
  say(tea, kBob, "Tea with green milk");
  say(tea, kBob, "teapot O'Brien's \\ C:\\x");
  index_all();
  EXPECT_EQ(texts("green TEA"), (Texts{"Tea with green milk", "Green tea, please"}));
  EXPECT_EQ(texts("\"green tea\""), Texts{"Green tea, please"});
  EXPECT_EQ(texts("tea* o'bri*"), Texts{"teapot O'Brien's \\ C:\\x"});
  EXPECT_EQ(texts("tea*").size(), 3U);
  EXPECT_TRUE(texts("te").empty());
  EXPECT_TRUE(texts("green coffee").empty());
}

TEST_F(PgSearchTest, NoTextIsSyntax) {
  say(tea, kAda, "and or not & | ! ( ) <-> ' : \\ #1");
  index_all();
  for (const auto* text : {"&", "'", "\\*", "'*", "a:*b", "!tea", "(", "<->", "\"'\"", ":*", "%",
                           "#1", "#4194304", "'#4194304'*", "\"#4194304\""}) {
    const auto hits = find({}, text);
    EXPECT_TRUE(hits) << text << hits.error().message;
  }
  EXPECT_TRUE(texts("#4194304").empty()) << "the word that stands for the room";
  EXPECT_TRUE(texts("4194304").empty());
  EXPECT_EQ(texts("not and").size(), 1U);
}

TEST_F(PgSearchTest, KnowsLettersOfAllScriptsAndAccentsWhereItCan) {
  say(tea, kAda, "Ärger über Öl im Café");
  say(tea, kAda, "Привет мир");
  index_all();
  EXPECT_EQ(texts("café").size(), 1U);
  EXPECT_EQ(texts("cafe").size(), 1U) << "unaccent comes with Debian's PostgreSQL";
  EXPECT_EQ(texts("привет").size(), 1U);
  EXPECT_EQ(texts("öl ÜBER").size(), 1U);
}

TEST_F(PgSearchTest, FindsOnlyInRoomsTheUserIsInNow) {
  say(tea, kAda, "secret of tea");
  say(coffee, kBob, "secret of coffee");
  index_all();
  EXPECT_EQ(texts("secret"), Texts{"secret of tea"});
  EXPECT_EQ(texts("secret", {.user_id = kBob.id}).size(), 2U);
  EXPECT_TRUE(texts("secret", {.user_id = kEve.id}).empty());
  EXPECT_EQ(find({.gid = coffee.gid}, "secret").error().code, ErrorCode::not_a_member);
  EXPECT_EQ(find({.gid = "nonesuch"}, "secret").error().code, ErrorCode::room_not_found);
  EXPECT_EQ(texts("secret", {.user_id = kBob.id, .gid = coffee.gid}), Texts{"secret of coffee"});
  ASSERT_TRUE(store.log.leave({tea.room_id, kBob, kBob, Role::member, Uuid::make(random)}));
  EXPECT_EQ(texts("secret", {.user_id = kBob.id}), Texts{"secret of coffee"});
}

TEST_F(PgSearchTest, FiltersBySenderAndTime) {
  say(tea, kAda, "tea one");
  say(tea, kBob, "tea two");
  say(tea, kAda, "tea three");
  execute("UPDATE chat.entries SET created_at = 'epoch'::timestamptz + seq * interval '1 second'");
  index_all();
  EXPECT_EQ(texts("tea", {.sender_id = kBob.id}), Texts{"tea two"});
  EXPECT_EQ(texts("tea", {.after_ms = 2000}), (Texts{"tea three", "tea two"}));
  EXPECT_EQ(texts("tea", {.before_ms = 2000}), Texts{"tea one"});
  EXPECT_EQ(texts("tea", {.after_ms = 2000, .before_ms = 3000}), Texts{"tea two"});
  const auto far = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(texts("tea", {.before_ms = far}).size(), 3U);
  EXPECT_TRUE(texts("tea", {.after_ms = far}).empty());
}

TEST_F(PgSearchTest, PagesFromTheNewestWithoutLossOrRepetition) {
  for (int i = 0; i < 25; ++i) say(i % 2 == 0 ? tea : coffee, kBob, "tea " + std::to_string(i));
  execute("UPDATE chat.entries SET created_at = '2024-01-01'");
  index_all();
  std::set<std::string> seen;
  SearchQuestion question{.user_id = kBob.id, .limit = 7};
  for (int page = 0; page < 4; ++page) {
    const auto found = find(question, "tea");
    ASSERT_TRUE(found);
    EXPECT_EQ(found->hits.size(), page < 3 ? 7U : 4U);
    EXPECT_EQ(found->next.has_value(), page < 3);
    for (const auto& hit : found->hits) EXPECT_TRUE(seen.insert(hit.text).second) << hit.text;
    question.from = found->next;
  }
  EXPECT_EQ(seen.size(), 25U);
  question.from = SearchPlace{1, ~0ULL, ~0ULL};
  EXPECT_TRUE(find(question, "tea")->hits.empty());
}

TEST_F(PgSearchTest, TellsWhereAndWhatAHitIs) {
  const auto seq = say(tea, kBob, "tea");
  index_all();
  const auto hit = find({}, "tea")->hits.at(0);
  const auto entry = store.log.read(tea.room_id, 0, {})->entries.at(0);
  EXPECT_EQ(hit.gid, tea.gid);
  EXPECT_EQ(hit.place.seq, seq);
  EXPECT_EQ(hit.msg_id.text(), entry.msg_id.text());
  EXPECT_EQ(hit.place.created_us / 1000, entry.created_ms);
  EXPECT_EQ(hit.sender_id, kBob.id);
}

TEST_F(PgSearchTest, FollowsTheLogInBoundedStepsAndOnce) {
  constexpr auto many = kEntriesOfRoom + 5;
  for (std::size_t i = 0; i < many; ++i) say(tea, kAda, "tea");
  ASSERT_TRUE(store.log.leave({tea.room_id, kBob, kBob, Role::member, Uuid::make(random)}));
  const auto first = advance({tea.room_id, coffee.room_id});
  EXPECT_EQ(first.entries, kEntriesOfRoom);
  EXPECT_EQ(first.unfinished, std::vector{tea.room_id});
  EXPECT_EQ(index.behind(0, 10)->rooms, std::vector{tea.room_id});
  EXPECT_EQ(advance({tea.room_id}).entries, 6U);
  EXPECT_TRUE(index.behind(0, 10)->rooms.empty());
  EXPECT_EQ(advance({tea.room_id}).entries, 0U);
  EXPECT_EQ(index.behind(0, 1)->last, tea.room_id);
  EXPECT_EQ(index.behind(tea.room_id, 1)->last, coffee.room_id);
  EXPECT_EQ(index.behind(coffee.room_id, 1)->last, 0U);
}

TEST_F(PgSearchTest, EndsAStepWhenItsTextsAreLarge) {
  const std::string large(PgSearchIndex::kBytesAStep / PgSearchIndex::kEntriesAtOnce + 1, 'x');
  for (std::size_t i = 0; i < PgSearchIndex::kEntriesAtOnce + 5; ++i) say(tea, kAda, large);
  say(coffee, kBob, "coffee");
  const std::vector<std::uint64_t> rooms{tea.room_id, coffee.room_id};
  const auto first = index.advance(rooms, 1000).value();
  EXPECT_EQ(first.entries, PgSearchIndex::kEntriesAtOnce);
  EXPECT_EQ(first.unfinished, std::vector{tea.room_id});
  EXPECT_EQ(first.not_reached, std::vector{coffee.room_id});
  const auto second = index.advance(std::vector(rooms.rbegin(), rooms.rend()), 1000).value();
  EXPECT_EQ(second.entries, 6U);
  EXPECT_TRUE(index.behind(0, 10)->rooms.empty());
}

TEST_F(PgSearchTest, LeavesARoomToTheProcessThatIndexesIt) {
  say(tea, kAda, "tea");
  advance({tea.room_id, coffee.room_id});
  say(tea, kAda, "tea");
  say(coffee, kBob, "coffee");
  ASSERT_TRUE(store.pool.transact([&](pqxx::work& transaction) -> Result<> {
    transaction.exec("SELECT FROM chat.search_cursors WHERE room_id = " +
                     std::to_string(tea.room_id) + " FOR UPDATE");
    const auto done = advance({tea.room_id, coffee.room_id});
    EXPECT_EQ(done.entries, 1U);
    EXPECT_EQ(done.unfinished, std::vector{tea.room_id});
    return {};
  }));
  EXPECT_EQ(advance({tea.room_id}).entries, 1U);
}

TEST_F(PgSearchTest, ShowsNothingOfAMessageWhoseTextIsGone) {
  const auto seq = say(tea, kAda, "tea of yesterday");
  change(tea, seq, Edit{"e", "tea of today", {}, {}});
  index_all();
  EXPECT_EQ(texts("tea"), Texts{"tea of today"});
  change(tea, seq, Redact{});
  EXPECT_TRUE(texts("tea").empty()) << "before the index knows";
  index_all();
  const auto left = store.pool.query([](pqxx::nontransaction& transaction) -> Result<int> {
    return transaction.exec1("SELECT count(*) FROM chat.search")[0].as<int>();
  });
  EXPECT_EQ(*left, 0);
}

TEST_F(PgSearchTest, PassesOverWhatIsNoMessageAndGoesOn) {
  for (int i = 0; i < 4; ++i) say(tea, kAda, "tea " + std::to_string(i));
  execute("UPDATE chat.entries SET body = '[\"tea\"]' WHERE seq = 1");
  execute("UPDATE chat.entries SET body = '7' WHERE seq = 2");
  execute(
      "UPDATE chat.entries SET body = json_build_object('text', (SELECT string_agg('tea' || i, "
      "' ') FROM generate_series(1, 400000) AS i)) WHERE seq = 3");
  index_all();
  EXPECT_EQ(texts("tea"), Texts{"tea 3"});
  EXPECT_TRUE(texts("tea399999").empty());
}

TEST_F(PgSearchTest, GoesOnAfterAPageOfWhichNothingIsLeftToShow) {
  for (int i = 0; i < 4; ++i) say(tea, kAda, "tea " + std::to_string(i));
  index_all();
  // As when it is redacted while the index puts it in.
  execute("UPDATE chat.entries SET body = '{}' WHERE seq > 2");
  const auto first = find({.limit = 2}, "tea");
  EXPECT_TRUE(first->hits.empty());
  ASSERT_TRUE(first->next);
  EXPECT_EQ(texts("tea", {.limit = 2, .from = first->next}), (Texts{"tea 1", "tea 0"}));
}

TEST_F(PgSearchTest, FindsAnEditedMessageByWhatItSaysNow) {
  const auto seq = say(tea, kAda, "green tea");
  index_all();
  change(tea, seq, Edit{"1", "black tea", {}, {}});
  index_all();
  EXPECT_EQ(texts("black"), Texts{"black tea"});
  EXPECT_TRUE(texts("green").empty());
  change(tea, seq, Edit{"2", "white tea", {}, {}});
  change(tea, seq, React{"+1"});
  EXPECT_TRUE(texts("white").empty()) << "the index follows";
  index_all();
  EXPECT_EQ(texts("white"), Texts{"white tea"});
  EXPECT_EQ(find({}, "white")->hits.at(0).place.seq, seq);
}

TEST_F(PgSearchTest, GivesUpWhenItTakesTooLong) {
  say(tea, kAda, "tea");
  index_all();
  PgSearch hasty(store.pool, std::chrono::milliseconds(50));
  ASSERT_TRUE(store.pool.transact([&](pqxx::work& transaction) -> Result<> {
    transaction.exec0("LOCK TABLE chat.search IN ACCESS EXCLUSIVE MODE");
    SearchQuestion question{.user_id = kAda.id, .terms = parse_search("tea").value()};
    EXPECT_EQ(hasty.find(question).error().code, ErrorCode::unavailable);
    return {};
  }));
}

}  // namespace
}  // namespace confab::message_store
