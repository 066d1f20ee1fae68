#include "gateway/domain/message_changes.hpp"

#include <gtest/gtest.h>

#include "gateway/domain/fake_people.hpp"
#include "gateway/loop/test_loop.hpp"

namespace confab::gateway {
namespace {

using namespace testing;

constexpr auto kGid = "wjLJb3Jo";

struct OnTestLoop {
  TestLoop loop;
};

struct MessageChangesTest : ::testing::Test, OnTestLoop, ChatOnFakes {
  const User ann = user(1, "ann");

  MessageChangesTest() : ChatOnFakes(loop) {
    store.add_room(kGid, 7);
    accounts.users = {user(3, "eve"), user(2, "bob")};
  }
  EditDraft draft(std::vector<std::string> mentions = {}, std::string id = "") {
    EditDraft made;
    made.text = "new";
    made.mentions = std::move(mentions);
    made.client_msg_id = std::move(id);
    return made;
  }
};

TEST_F(MessageChangesTest, NameTheRoomAndTheMessage) {
  const auto done = loop.finish(message_changes.react(ann, kGid, 5, React{"+1"}));
  ASSERT_TRUE(done);
  EXPECT_EQ(done->gid, kGid);
  EXPECT_EQ(done->outcome.place->seq, 101U);
  EXPECT_EQ(done->client_msg_id, "");
  const auto& asked = change_store.changes.at(0);
  EXPECT_EQ(asked.room_id, 7U);
  EXPECT_EQ(asked.actor.username, "ann");
  EXPECT_EQ(asked.target_seq, 5U);
  EXPECT_EQ(std::get<React>(asked.what).reaction, "+1");
  EXPECT_TRUE(loop.finish(message_changes.redact(ann, kGid, 6)));
  EXPECT_TRUE(std::holds_alternative<Redact>(change_store.changes.at(1).what));
  EXPECT_TRUE(loop.finish(message_changes.pin(ann, kGid, 6, Pin{false})));
  EXPECT_FALSE(std::get<Pin>(change_store.changes.at(2).what).pinned);
}

TEST_F(MessageChangesTest, FindTheUsersThatAnEditMentions) {
  const auto done = loop.finish(message_changes.edit(ann, kGid, 5, draft({"BOB", "eve", "bob"})));
  ASSERT_TRUE(done);
  const auto& edit = std::get<Edit>(change_store.changes.at(0).what);
  ASSERT_EQ(edit.mentions.size(), 2U);
  EXPECT_EQ(edit.mentions[0].username, "bob");
  EXPECT_EQ(edit.mentions[1].username, "eve");
  EXPECT_EQ(edit.client_msg_id.size(), 36U) << "one is made where there is none";
  EXPECT_EQ(done->client_msg_id, edit.client_msg_id);
  const auto unknown = loop.finish(message_changes.edit(ann, kGid, 5, draft({"zoe"})));
  EXPECT_EQ(unknown.error().code, ErrorCode::user_not_found);
  EXPECT_TRUE(loop.finish(message_changes.edit(ann, kGid, 5, draft({}, "mine"))));
  EXPECT_EQ(std::get<Edit>(change_store.changes.at(1).what).client_msg_id, "mine");
}

TEST_F(MessageChangesTest, GiveOnWhatTheStoreSays) {
  change_store.changed = false;
  const auto nothing = loop.finish(message_changes.redact(ann, kGid, 5));
  ASSERT_TRUE(nothing);
  EXPECT_FALSE(nothing->outcome.changed);
  change_store.error = Error{ErrorCode::redacted, "gone"};
  EXPECT_EQ(loop.finish(message_changes.redact(ann, kGid, 5)).error().code, ErrorCode::redacted);
  EXPECT_EQ(loop.finish(message_changes.pins(ann, kGid)).error().code, ErrorCode::redacted);
  EXPECT_EQ(loop.finish(message_changes.pins(ann, "nowhere1")).error().code,
            ErrorCode::room_not_found);
}

}  // namespace
}  // namespace confab::gateway
