#include "gateway/domain/chat.hpp"

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

struct ChatTest : ::testing::Test, OnTestLoop, ChatOnFakes {
  const User ann = user(1, "ann");

  ChatTest() : ChatOnFakes(loop) { store.add_room(kGid, 7); }

  auto start_send(const std::string& text, const User& sender) {
    auto result = loop.start(chat.send(sender, Draft{kGid, text, "", "id-" + text}));
    loop.run();
    return result;
  }
  auto start_send(const std::string& text) { return start_send(text, ann); }

  [[nodiscard]] std::vector<std::string> texts() const {
    std::vector<std::string> out;
    for (const auto& message : store.appended) out.push_back(message.text);
    return out;
  }
};

using Texts = std::vector<std::string>;

TEST_F(ChatTest, RefusesWhatIsNoGidWithoutAskingTheStore) {
  for (const auto* gid : {"", "short", "toolong99", "with spc", "semi;col", "Ünïcode"}) {
    const Draft draft{gid, "hi", "", ""};
    EXPECT_EQ(loop.finish(chat.send(ann, draft)).error().code, ErrorCode::room_not_found) << gid;
    EXPECT_EQ(loop.finish(chat.history(ann, gid, {})).error().code, ErrorCode::room_not_found);
    EXPECT_EQ(loop.finish(chat.listenable(ann, gid)).error().code, ErrorCode::room_not_found);
    EXPECT_EQ(loop.finish(chat.room(ann, gid)).error().code, ErrorCode::room_not_found);
    EXPECT_EQ(loop.finish(chat.add_member(ann, gid, "bob", "")).error().code,
              ErrorCode::room_not_found);
    EXPECT_EQ(loop.finish(chat.remove_member(ann, gid, "bob")).error().code,
              ErrorCode::room_not_found);
  }
  EXPECT_TRUE(store.calls.empty());
  EXPECT_TRUE(accounts.calls.empty());
}

TEST_F(ChatTest, SendsWhatItIsGivenAndGivesTheAckBack) {
  const Draft draft{kGid, "hi", R"({"a":1})", "c-1"};
  const auto sent = loop.finish(chat.send(ann, draft));
  ASSERT_TRUE(sent);
  EXPECT_EQ(sent->gid, kGid);
  EXPECT_EQ(sent->client_msg_id, "c-1");
  EXPECT_EQ(sent->ack.msg_id, "msg-1");
  const auto& message = store.appended.at(0);
  EXPECT_EQ(message.room_id, 7U);
  EXPECT_EQ(message.sender_id, 1);
  EXPECT_EQ(message.client_msg_id, "c-1");
  EXPECT_EQ(message.attributes, R"({"a":1})");
}

TEST_F(ChatTest, MakesAClientMsgIdWhereThereIsNone) {
  const Draft draft{kGid, "hi", "", ""};
  const auto first = loop.finish(chat.send(ann, draft));
  const auto second = loop.finish(chat.send(ann, draft));
  EXPECT_EQ(first->client_msg_id.size(), 36U);
  EXPECT_EQ(first->client_msg_id, store.appended.at(0).client_msg_id);
  EXPECT_NE(first->client_msg_id, second->client_msg_id);
}

TEST_F(ChatTest, RemembersRoomsThatItHasSeen) {
  (void)loop.finish(chat.rooms(ann, 500));
  start_send("1");
  (void)loop.finish(chat.history(ann, kGid, {}));
  EXPECT_EQ(store.count("room "), 0U);
}

TEST_F(ChatTest, ForgetsTheRoomUsedLeastOfLate) {
  for (std::size_t i = 0; i < Chat::kRemembered; ++i) {
    const auto digits = std::to_string(i);
    store.add_room(std::string(8 - digits.size(), 'g') + digits, 100 + i);
  }
  (void)loop.finish(chat.rooms(ann, 500));  // One more than it keeps.
  for (const auto& gid : {store.rooms.rbegin()->first, std::next(store.rooms.begin())->first}) {
    (void)loop.finish(chat.history(ann, gid, {}));
  }
  EXPECT_EQ(store.count("room "), 0U);
  (void)loop.finish(chat.history(ann, store.rooms.begin()->first, {}));
  EXPECT_EQ(store.count("room "), 1U);
}

TEST_F(ChatTest, AsksOnceForARoomThatSeveralSendsWaitFor) {
  store.rooms_asked.close();
  const auto first = start_send("1");
  const auto second = start_send("2");
  const auto third = start_send("3");
  EXPECT_TRUE(texts().empty());
  store.rooms_asked.open();
  loop.run();
  EXPECT_EQ(texts(), (Texts{"1", "2", "3"}));
  EXPECT_EQ(store.count("room "), 1U);
  EXPECT_TRUE(**first && **second && **third);
}

TEST_F(ChatTest, KeepsTheOrderThoughTheRoomBecomesKnownMeanwhile) {
  store.rooms_asked.close();
  start_send("1");
  start_send("2");
  // Somebody else's question is answered first, so that the room is known.
  const auto other = loop.start(chat.listenable(user(2, "bob"), kGid));
  loop.run();
  store.rooms_asked.let_last_through();
  loop.run();
  ASSERT_TRUE(**other);
  start_send("3");
  start_send("bob's", user(2, "bob"));
  EXPECT_EQ(texts(), Texts{"bob's"});
  store.rooms_asked.open();
  // And while they go on, one step at a time, more are sent.
  for (int i = 4; i <= 9; ++i) {
    loop.run_one();
    const auto text = std::to_string(i);
    (void)loop.start(chat.send(ann, Draft{kGid, text, "", "id-" + text}));
  }
  loop.run();
  EXPECT_EQ(texts(), (Texts{"bob's", "1", "2", "3", "4", "5", "6", "7", "8", "9"}));
}

TEST_F(ChatTest, SharesTheErrorWithAllWhoWaitedAndAsksAnewAfterIt) {
  store.rooms_asked.close();
  store.rooms_asked.fail_with(ErrorCode::unavailable);
  const auto first = start_send("1");
  const auto second = start_send("2");
  store.rooms_asked.open();
  loop.run();
  EXPECT_EQ((**first).error().code, ErrorCode::unavailable);
  EXPECT_EQ((**second).error().code, ErrorCode::unavailable);
  store.rooms_asked.work();
  start_send("3");
  EXPECT_EQ(texts(), Texts{"3"});
  EXPECT_EQ(store.count("room "), 2U);
}

TEST_F(ChatTest, LetsOneUsersFailureBeNobodyElses) {
  store.members[kGid] = {1};
  store.rooms_asked.close();
  const auto stranger = start_send("x", user(3, "eve"));
  const auto member = start_send("1");
  store.rooms_asked.open();
  loop.run();
  EXPECT_EQ((**stranger).error().code, ErrorCode::not_a_member);
  EXPECT_TRUE(**member);
}

TEST_F(ChatTest, AnswersARepeatOfSomebodyWhoHasLeftWhetherTheRoomIsRememberedOrNot) {
  NewMessage before;
  before.room_id = 7;
  before.sender_id = ann.id;
  before.client_msg_id = "id-1";
  store.appended = {before};
  store.members[kGid] = {2};
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(**start_send("1"));
  EXPECT_EQ((**start_send("2")).error().code, ErrorCode::not_a_member);
}

TEST_F(ChatTest, LetsAppendsOverlapInTheirOrder) {
  start_send("0");
  store.appends.close();
  start_send("1");
  start_send("2");
  EXPECT_EQ(texts(), (Texts{"0", "1", "2"}));  // Neither waits for the other's answer.
}

TEST_F(ChatTest, TellsWhereTheLogStandsAsTheUserIsLetIn) {
  store.grow_to(7, 5);
  const auto admitted = loop.finish(chat.listenable(ann, kGid));
  ASSERT_TRUE(admitted);
  EXPECT_EQ(admitted->room.room_id, 7U);
  EXPECT_EQ(admitted->as_of.seq, 5U);
}

TEST_F(ChatTest, ReadsAsTheReader) {
  (void)loop.finish(chat.history(ann, kGid, {4, std::nullopt, 9}));
  EXPECT_EQ(store.readers, std::vector<std::int64_t>{1});
  EXPECT_EQ(store.ranges.at(0).limit, 9U);
}

TEST_F(ChatTest, NamesTheFirstUsernameThatIsNobodys) {
  accounts.users = {user(2, "Bob"), user(3, "carl")};
  const auto made =
      loop.finish(chat.create_room(ann, {"Lobby", ""}, {"bob", "zoe", "carl", "yan"}));
  EXPECT_EQ(made.error().code, ErrorCode::user_not_found);
  EXPECT_NE(made.error().message.find("\"zoe\""), std::string::npos);
  accounts.users.clear();
  EXPECT_EQ(loop.finish(chat.open_direct(ann, "zoe")).error().code, ErrorCode::user_not_found);
  EXPECT_EQ(loop.finish(chat.add_member(ann, kGid, "zoe", "")).error().code,
            ErrorCode::user_not_found);
  EXPECT_EQ(loop.finish(chat.remove_member(ann, kGid, "zoe")).error().code,
            ErrorCode::user_not_found);
  EXPECT_TRUE(store.calls.empty());
}

TEST_F(ChatTest, MentionsEachOfAThousandUsersOnceInTheOrderOfTheirNames) {
  Draft draft{kGid, "hi", "", ""};
  for (std::size_t i = 0; i < Chat::kMostMentions / 2; ++i) {
    accounts.users.push_back(user(1000 - static_cast<std::int64_t>(i), "User" + std::to_string(i)));
    draft.mentions.push_back("user" + std::to_string(i));
    draft.mentions.push_back("USER" + std::to_string(i / 2));
  }
  ASSERT_TRUE(loop.finish(chat.send(ann, draft)));
  const auto& mentioned = store.appended.at(0).mentions;
  ASSERT_EQ(mentioned.size(), Chat::kMostMentions / 2);
  for (std::size_t i = 0; i < mentioned.size(); ++i) {
    EXPECT_EQ(mentioned[i].username, "User" + std::to_string(i));
  }
}

TEST_F(ChatTest, AsksNobodyForMoreMentionsThanAnyMessageMayHave) {
  accounts.users = {user(2, "bob")};
  Draft draft{kGid, "hi", "", ""};
  draft.mentions.assign(Chat::kMostMentions, "bob");
  EXPECT_TRUE(loop.finish(chat.send(ann, draft)));
  draft.mentions.emplace_back("bob");
  EXPECT_EQ(loop.finish(chat.send(ann, draft)).error().code, ErrorCode::too_many_mentions);
  EditDraft edit;
  edit.text = "new";
  edit.mentions = draft.mentions;
  EXPECT_EQ(loop.finish(message_changes.edit(ann, kGid, 1, edit)).error().code,
            ErrorCode::too_many_mentions);
  EXPECT_EQ(accounts.calls.size(), 1U);
}

struct RatedChatTest : ::testing::Test, OnTestLoop, ChatOnFakes {
  RatedChatTest() : ChatOnFakes(loop, one_a_room()) { store.add_room(kGid, 7); }
  static CallRates one_a_room() {
    CallRates rates;
    rates.room_sends = {1, std::chrono::seconds(10)};
    return rates;
  }
};

TEST_F(RatedChatTest, LooksNobodyUpForAMessageThatComesTooSoon) {
  accounts.users = {user(2, "bob")};
  Draft draft{kGid, "hi", "", ""};
  draft.mentions = {"bob"};
  EXPECT_TRUE(loop.finish(chat.send(user(1, "ann"), draft)));
  const auto refused = loop.finish(chat.send(user(1, "ann"), draft));
  EXPECT_EQ(refused.error().code, ErrorCode::room_send_rate_limited);
  draft.mentions.clear();
  EXPECT_FALSE(loop.finish(chat.send(user(1, "ann"), draft)));
  EXPECT_EQ(accounts.calls.size(), 1U);
  EXPECT_EQ(store.appended.size(), 1U);
}

TEST_F(ChatTest, FindsMembersByNameInAnyCase) {
  accounts.users = {user(2, "Bob")};
  ASSERT_TRUE(loop.finish(chat.create_room(ann, {"Lobby", "private"}, {"bOB"})));
  ASSERT_TRUE(loop.finish(chat.open_direct(ann, "BOB")));
  ASSERT_TRUE(loop.finish(chat.add_member(ann, kGid, "bob", "admin")));
  ASSERT_TRUE(loop.finish(chat.remove_member(ann, kGid, "bob")));
  EXPECT_EQ(store.calls, (Texts{"create ann Lobby private Bob", "direct ann Bob",
                                "add wjLJb3Jo ann Bob admin", "remove wjLJb3Jo ann 2"}));
}

TEST_F(ChatTest, GivesOnWhatTheAccountsSay) {
  accounts.error = Error{ErrorCode::unavailable, "away"};
  EXPECT_EQ(loop.finish(chat.open_direct(ann, "bob")).error().code, ErrorCode::unavailable);
  EXPECT_TRUE(loop.finish(chat.create_room(ann, {"Alone", ""}, {})));  // Nobody to look up.
}

}  // namespace
}  // namespace confab::gateway
