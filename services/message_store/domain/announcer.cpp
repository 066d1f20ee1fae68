#include "message_store/domain/announcer.hpp"

#include <algorithm>

#include "message_store/domain/event_json.hpp"

namespace confab::message_store {

Result<std::vector<std::string>> Announcer::render(std::span<const Entry> entries,
                                                   std::span<const MessageState> states) {
  std::vector<std::int64_t> actors;
  for (const auto& entry : entries) actors.push_back(entry.actor_id);
  auto people = people_.get(actors);
  if (!people) return people.error();
  std::vector<std::string> json;
  json.reserve(entries.size());
  for (const auto& entry : entries) {
    auto& actor = (*people)[entry.actor_id];
    actor.id = entry.actor_id;  // Also of somebody unknown.
    const auto state = std::find_if(states.begin(), states.end(),
                                    [&](const MessageState& one) { return one.seq == entry.seq; });
    json.push_back(render_one(entry, actor, state == states.end() ? nullptr : &*state));
  }
  return json;
}

std::string Announcer::render_one(const Entry& entry, const Person& actor,
                                  const MessageState* state) {
  const bool is_edited = state != nullptr && state->edit_seq > 0;
  if (is_edited ? is_readable_edit(entry, *state) : is_readable(entry.body)) {
    return state == nullptr ? event_json(entry, actor) : folded_json(entry, actor, *state);
  }
  unreadable_(entry);
  auto shown = entry;
  shown.body = kUnreadableBody;
  return event_json(shown, actor);
}

void Announcer::committed(std::span<const Entry> entries) {
  if (entries.empty()) return;
  const auto json = render(entries);
  if (!json) return dropped_(entries.size(), json.error());
  events_.committed(entries, *json);
}

}  // namespace confab::message_store

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

#include "message_store/domain/fake_store.hpp"
#include "message_store/domain/fakes.hpp"

namespace confab::message_store {
namespace {

struct AnnouncerTest : testing::Test {
  FakeStore store;
  People people{store};
  RecordingEvents events;
  std::size_t dropped = 0;
  Announcer announcer{people, events, [this](std::size_t count, const Error& why) {
                        EXPECT_EQ(why.code, ErrorCode::unavailable);
                        dropped += count;
                      }};
  std::vector<Entry> entries{2};

  AnnouncerTest() {
    entries[0].actor_id = 7;
    entries[1].actor_id = 8;
  }
};

TEST_F(AnnouncerTest, ShowsAtLeastTheIdOfSomebodyUnknown) {
  people.remember({8, "u-8", "bob", "Bob"});
  announcer.committed(entries);
  const auto json = events.json();
  EXPECT_NE(json[0].find(R"("sender":{"id":7,)"), std::string::npos) << json[0];
  EXPECT_NE(json[1].find(R"("name":"Bob")"), std::string::npos) << json[1];
  EXPECT_EQ(dropped, 0U);
}

TEST_F(AnnouncerTest, ShowsThatABodyCannotBeReadAndSaysSo) {
  std::vector<std::uint64_t> unreadable;
  Announcer strict{people, events, [](std::size_t, const Error&) {},
                   [&](const Entry& entry) { unreadable.push_back(entry.seq); }};
  const std::string whole = R"({"text":"hello"})";
  const std::vector<std::string> bodies = {
      whole, "{}", "[1,2]", "7", "", R"("text")", "{" + std::string(kMaxBodyBytes, ' ') + "}"};
  entries.resize(bodies.size());
  for (std::size_t i = 0; i < bodies.size(); ++i) {
    entries[i].seq = i;
    entries[i].body = bodies[i];
  }
  const auto json = strict.render(entries);
  ASSERT_TRUE(json);
  EXPECT_EQ(unreadable, (std::vector<std::uint64_t>{2, 3, 4, 5, 6}));
  EXPECT_EQ((*json)[0].find("unreadable"), std::string::npos);
  for (const auto seq : unreadable) {
    EXPECT_NE((*json)[seq].find(R"(,"unreadable":true,"client_msg_id":)"), std::string::npos);
    EXPECT_LT((*json)[seq].size(), 400U);
  }
}

TEST_F(AnnouncerTest, ShowsThatTheLastEditCannotBeRead) {
  entries.resize(1);
  entries[0].seq = 1;
  entries[0].body = R"({"text":"hello"})";
  std::vector<MessageState> states(1);
  states[0].seq = 1;
  states[0].edit_seq = 2;
  for (const std::string edit : {"[]", "{}", R"({"text":"x"})"}) {
    states[0].edit_body = edit;
    const auto json = announcer.render(entries, states);
    EXPECT_NE(json->at(0).find("unreadable"), std::string::npos) << edit;
  }
}

TEST_F(AnnouncerTest, ReportsWhatItCouldNotRender) {
  store.fail_with(Error{ErrorCode::unavailable, "away"});
  announcer.committed(entries);
  announcer.committed({});
  EXPECT_TRUE(events.told().empty());
  EXPECT_EQ(dropped, 2U);
}

}  // namespace
}  // namespace confab::message_store
#endif
