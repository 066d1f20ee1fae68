#include "gateway/domain/heard_log.hpp"
#include "gateway/domain/hub_fixture_test.hpp"
#include "gateway/domain/listening_session_test.hpp"

// What a message said never comes out of this gateway's memory once its redaction was heard.
namespace confab::gateway {
namespace {

using namespace testing;

struct RedactionTest : HubTest {
  SessionBook sessions{loop};
  HeardLog log{store, hub, sessions, loop};
  std::shared_ptr<ListeningSession> phone = std::make_shared<ListeningSession>(1);

  RedactionTest() {
    sessions.admit(phone);
    EXPECT_TRUE(loop.finish(hub.join(phone, only(at_head()))));
  }

  /// Stored and heard.
  void say(const std::string& text, EntryKind kind = EntryKind::message,
           std::uint64_t target_seq = 0) {
    store.grow(kRoom);
    auto& entry = store.logs[kRoom].entries.back();
    entry.json = "{\"" + text + "\"}";
    entry.kind = kind;
    entry.target_seq = target_seq;
    hear(entry.seq);
  }
  /// As the store does it: the content goes from the log, and an entry says so.
  Entry redact(std::uint64_t seq) {
    for (auto& entry : store.logs[kRoom].entries) {
      const bool is_edit = entry.kind == EntryKind::message_edited && entry.target_seq == seq;
      if (entry.seq == seq || is_edit) entry.json = R"({"redacted"})";
    }
    store.grow(kRoom);
    auto& entry = store.logs[kRoom].entries.back();
    entry.kind = EntryKind::message_redacted;
    entry.target_seq = seq;
    return entry;
  }
  std::string page(LogRange range) {
    const auto read = loop.finish(log.page(1, kRoom, range));
    return shown(read);
  }
  static std::string shown(const std::optional<Result<LogPage>>& read) {
    if (!read || !*read) return "none";
    std::string out;
    for (const auto& entry : (*read)->entries) out += entry.json;
    return out;
  }
  std::string replayed(std::uint64_t after) {
    std::string out;
    for (const auto& json : json_of(resume(ann, after))) out += json;
    return out;
  }
};

TEST_F(RedactionTest, TakesAMessageAndItsEditsOutOfMemory) {
  say("secret 1");
  say("other 2");
  say("secret 3", EntryKind::message_edited, 1);
  say("other 4");
  EXPECT_EQ(page({0, {}, 9}), R"({"secret 1"}{"other 2"}{"secret 3"}{"other 4"})");
  EXPECT_EQ(store.count("read"), 0U);
  hear(redact(1));
  for (const auto& text : {page({0, {}, 9}), page({{}, {}, 9}), page({{}, {}, 9, true}),
                           page({0, {}, 9, true}), replayed(0), replayed(1), replayed(2)}) {
    EXPECT_EQ(text.find("secret"), std::string::npos) << text;
    EXPECT_NE(text.find("other 4"), std::string::npos) << text;
  }
  store.calls.clear();
  EXPECT_EQ(page({3, {}, 9}), R"({"other 4"}{"seq":5})");
  EXPECT_EQ(store.count("read"), 0U) << "what is not concerned stays in memory";
}

TEST_F(RedactionTest, ADeletedUsersNameGoesFromMemoryWhenTheyLeave) {
  say("by secret");
  say("who is not the secret");
  for (auto& entry : store.logs[kRoom].entries) entry.json = R"({"by Deleted user"})";
  store.grow(kRoom);
  auto& leaving = store.logs[kRoom].entries.back();
  leaving.kind = EntryKind::member_left;
  leaving.subject_id = 7;
  leaving.json = R"({"member":{"username":"bob"}})";
  hear(leaving);
  EXPECT_NE(page({0, {}, 9}).find("secret"), std::string::npos) << "they still have an account";
  store.grow(kRoom);
  auto& farewell = store.logs[kRoom].entries.back();
  farewell.kind = EntryKind::member_left;
  farewell.subject_id = 7;
  farewell.json = R"({"member":{"username":"deleted 7"}})";
  hear(farewell);
  for (const auto& text : {page({0, {}, 9}), page({{}, {}, 9, true}), replayed(0)}) {
    EXPECT_EQ(text.find("secret"), std::string::npos) << text;
    EXPECT_NE(text.find("Deleted user"), std::string::npos) << text;
  }
}

TEST_F(RedactionTest, IsNotUndoneByAPageThatWasOnItsWay) {
  for (int i = 0; i < 300; ++i) say("secret");  // More than is kept.
  store.reads.close();
  const auto before = loop.start(log.page(1, kRoom, {0, {}, 1}));
  loop.run();
  hear(redact(1));
  const auto after = loop.start(log.page(1, kRoom, {0, {}, 1}));
  const auto folded = loop.start(log.page(1, kRoom, {0, {}, 1, true}));
  store.reads.open();
  loop.run();
  EXPECT_EQ(shown(**before), R"({"secret"})") << "asked for before the redaction";
  EXPECT_EQ(shown(**after), R"({"redacted"})");
  EXPECT_EQ(shown(**folded), R"({"redacted"})");
}

TEST_F(RedactionTest, HoldsForWhoeverWasAnsweredThatItIsStored) {
  for (int i = 0; i < 300; ++i) say("secret");
  store.reads.close();
  const auto before = loop.start(log.page(1, kRoom, {0, {}, 1}));
  loop.run();
  const auto entry = redact(1);
  log.changed(kRoom, Ack{1, entry.seq, "", 0});  // Not heard yet.
  const auto after = loop.start(log.page(1, kRoom, {0, {}, 1}));
  const auto newest = loop.start(log.page(1, kRoom, {{}, {}, 2, true}));
  store.reads.open();
  loop.run();
  EXPECT_EQ(shown(**before), R"({"secret"})");
  EXPECT_EQ(shown(**after), R"({"redacted"})");
  EXPECT_NE(shown(**newest), "none");
  EXPECT_EQ(store.count("read"), 4U) << "none of them from memory";
  EXPECT_EQ(store.readers.back(), 1) << "the folded one shows what has not been heard yet";
}

TEST_F(RedactionTest, IsSeenLiveByThoseWhoHeardTheMessage) {
  join(ann);
  say("secret");
  hear(redact(1));
  EXPECT_EQ(ann->seen, (Seen{R"({"secret"})", R"({"seq":2})"}));
}

}  // namespace
}  // namespace confab::gateway
