// The JSON of changes and of messages that were changed; the rules are in message_changes.cpp.
#include <algorithm>

#include "common/base/encoding.hpp"
#include "message_store/domain/event_json.hpp"
#include "message_store/domain/message_changes.hpp"

namespace confab::message_store {
namespace {

/// ,"target":{"seq":…,"msg_id":…}} is how the body of every change ends.
std::string target_end(std::uint64_t seq, const Uuid& msg_id) {
  return R"(,"target":{"seq":)" + std::to_string(seq) + R"(,"msg_id":")" + msg_id.text() + "\"}}";
}

/// The object with what every change ends with.
std::string with_target(std::string object, const MessageChange& change,
                        const MessageFacts& facts) {
  object.pop_back();
  const auto end = target_end(change.target_seq, facts.msg_id);
  return object + (object.size() == 1 ? end.substr(1) : end);
}

struct Body {
  const MessageFacts& facts;
  const std::vector<std::int64_t>& members;

  std::string operator()(const Edit& edit) const {
    Content content{edit.text, edit.attributes.value_or(facts.attributes), facts.reply_to,
                    edit.mentions};
    if (content.attributes == "{}") content.attributes.clear();
    keep_members(content.mentions, members);
    return message_body(content);
  }
  std::string operator()(const Redact&) const { return "{}"; }
  std::string operator()(const React& react) const {
    std::string out = R"({"reaction":)";
    append_json_string(out, react.reaction);
    const auto count = react.remove ? facts.of_this_kind - 1 : facts.of_this_kind + 1;
    out += R"(,"count":)" + std::to_string(count);
    return out + (react.remove ? R"(,"removed":true})" : "}");
  }
  std::string operator()(const Pin& pin) const {
    return std::string(R"({"pinned":)") + (pin.pinned ? "true}" : "false}");
  }
};

void append_reactions(std::string& out, const std::vector<ReactionCount>& reactions) {
  out += R"(,"reactions":[)";
  for (const auto& [reaction, count, user_ids] : reactions) {
    if (out.back() == '}') out += ',';
    out += R"({"reaction":)";
    append_json_string(out, reaction);
    out += R"(,"count":)" + std::to_string(count) + R"(,"user_ids":[)";
    for (const auto id : user_ids) {
      if (out.back() != '[') out += ',';
      out += std::to_string(id);
    }
    out += "]}";
  }
  out += ']';
}

}  // namespace

std::string change_body(const MessageChange& change, const MessageFacts& facts,
                        const std::vector<std::int64_t>& members) {
  return with_target(std::visit(Body{facts, members}, change.what), change, facts);
}

RedactedBodies redacted_bodies(const MessageChange& change, const MessageFacts& facts,
                               std::uint64_t seq, std::int64_t created_ms) {
  std::string mark = R"("redacted":{"by":)";
  append_person(mark, change.actor);
  mark += R"(,"seq":)" + std::to_string(seq) + R"(,"ts":)" + std::to_string(created_ms) + "}}";
  const auto reply =
      facts.reply_to == 0 ? "" : R"("reply_to":)" + std::to_string(facts.reply_to) + ",";
  return {"{" + reply + mark, with_target("{" + mark, change, facts)};
}

bool is_readable_edit(const Entry& entry, const MessageState& state) {
  const auto& body = state.edit_body;
  return is_readable(body) && body.ends_with(target_end(entry.seq, entry.msg_id));
}

std::string folded_json(Entry entry, const Person& actor, const MessageState& state) {
  if (state.edit_seq > 0) {
    const auto end = target_end(entry.seq, entry.msg_id).size();
    entry.body = state.edit_body.substr(0, state.edit_body.size() - end) + "}";
  }
  auto json = event_json(entry, actor);
  json.pop_back();
  if (state.edit_seq > 0) {
    json += R"(,"edited":{"seq":)" + std::to_string(state.edit_seq) + R"(,"ts":)" +
            std::to_string(state.edited_ms) + "}";
  }
  if (!state.reactions.empty()) append_reactions(json, state.reactions);
  if (state.pinned) json += R"(,"pinned":true)";
  return json + "}";
}

}  // namespace confab::message_store

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

namespace confab::message_store {
namespace {

const Person kAda{7, "u-7", "ada", "Ada"};
constexpr auto kAdaJson = R"({"id":7,"uuid":"u-7","username":"ada","name":"Ada"})";
constexpr auto kTarget = R"("target":{"seq":5,"msg_id":"99f0e998-1360-41e9-ab6c-00e04c681690"}})";

struct ChangeJsonTest : testing::Test {
  MessageChange change;
  MessageFacts facts;

  ChangeJsonTest() {
    change.actor = kAda;
    change.target_seq = 5;
    facts.msg_id = *Uuid::parse("99f0e998-1360-41e9-ab6c-00e04c681690");
  }
  std::string body(std::variant<Edit, Redact, React, Pin> what) {
    change.what = std::move(what);
    return change_body(change, facts, {7});
  }
};

TEST_F(ChangeJsonTest, NamesWhatIsChangedAndHow) {
  EXPECT_EQ(body(Redact{}), std::string("{") + kTarget);
  EXPECT_EQ(body(Pin{}), std::string(R"({"pinned":true,)") + kTarget);
  EXPECT_EQ(body(Pin{false}), std::string(R"({"pinned":false,)") + kTarget);
  facts.of_this_kind = 2;
  EXPECT_EQ(body(React{"\"+1\""}), std::string(R"({"reaction":"\"+1\"","count":3,)") + kTarget);
  EXPECT_EQ(body(React{"x", true}),
            std::string(R"({"reaction":"x","count":1,"removed":true,)") + kTarget);
}

TEST_F(ChangeJsonTest, GivesAnEditTheWholeNewContent) {
  facts.reply_to = 2;
  facts.attributes = R"({"a":1})";
  EXPECT_EQ(body(Edit{"c", "new", {}, {kAda, {8, "u-8", "bob", "Bob"}}}),
            std::string(R"({"text":"new","attributes":{"a":1},"reply_to":2,"mentions":[)") +
                kAdaJson + "]," + kTarget);
  EXPECT_EQ(body(Edit{"c", "new", "{}", {}}),
            std::string(R"({"text":"new","reply_to":2,)") + kTarget);
}

TEST_F(ChangeJsonTest, LeavesOfRedactedBodiesOnlyWhatTheyBelongTo) {
  const std::string mark =
      std::string(R"("redacted":{"by":)") + kAdaJson + R"(,"seq":9,"ts":1700})";
  EXPECT_EQ(redacted_bodies(change, facts, 9, 1700).message, "{" + mark + "}");
  EXPECT_EQ(redacted_bodies(change, facts, 9, 1700).edit, "{" + mark + "," + kTarget);
  facts.reply_to = 3;
  EXPECT_EQ(redacted_bodies(change, facts, 9, 1700).message, R"({"reply_to":3,)" + mark + "}");
}

TEST_F(ChangeJsonTest, ShowsAMessageAsItIsNow) {
  Entry entry;
  entry.seq = 5;
  entry.msg_id = facts.msg_id;
  entry.client_msg_id = "c";
  entry.body = message_body("old", "");
  MessageState state;
  EXPECT_EQ(folded_json(entry, kAda, state), event_json(entry, kAda));
  state.edit_seq = 6;
  state.edited_ms = 1700;
  state.edit_body = body(Edit{"e", "new", {}, {}});
  state.reactions = {{"+1", 51, {1, 2}}, {"x", 1, {3}}};
  state.pinned = true;
  auto expected = entry;
  expected.body = message_body("new", "");
  auto json = event_json(expected, kAda);
  json.pop_back();
  EXPECT_EQ(folded_json(entry, kAda, state),
            json + R"(,"edited":{"seq":6,"ts":1700},"reactions":[)"
                   R"({"reaction":"+1","count":51,"user_ids":[1,2]},)"
                   R"({"reaction":"x","count":1,"user_ids":[3]}],"pinned":true})");
}

}  // namespace
}  // namespace confab::message_store
#endif
