#include "message_store/domain/room_lanes_test.hpp"

// Messages that reply to another or mention somebody.
namespace confab::message_store {
namespace {

struct RoomLanesReferTest : RoomLanesTest {
  RoomLanesReferTest() {
    const NewRoom crowd{9,
                        "gid9",
                        "room",
                        RoomKind::private_room,
                        {kAda, "", "ada", ""},
                        {{2, "u-2", "bob", "Bob"}}};
    EXPECT_TRUE(store.create(crowd));
    begin({.writers = 2});
  }

  std::future<Result<Appended>> refer(
      std::uint64_t room_id, const std::string& id, std::uint64_t reply_to,
      std::vector<Person> mentions = {}, std::int64_t sender = kAda,
      std::function<void()> before_answer = [] {}) {
    auto sender_of_it = std::make_shared<OneMessage>(std::move(before_answer));
    auto future = sender_of_it->answer.get_future();
    NewMessage message[] = {{room_id, sender, id, "hi", "", 0, reply_to, std::move(mentions)}};
    lanes->append(message, sender_of_it);
    return future;
  }
  std::string body_at(std::uint64_t room_id, std::uint64_t seq) {
    return store.read(room_id, 0, {.from_start = true})->entries.at(seq - 1).body;
  }
  static ErrorCode code(const Result<Appended>& result) {
    return result ? ErrorCode::internal : result.error().code;
  }
};

TEST_F(RoomLanesReferTest, LookNothingUpForPlainMessages) {
  EXPECT_TRUE(send(9, "plain").get());
  EXPECT_EQ(store.look_ups(), 0U);
  EXPECT_TRUE(refer(9, "reply", 1).get());
  EXPECT_EQ(store.look_ups(), 1U);
}

TEST_F(RoomLanesReferTest, StoreAReplyToAMessageOfTheRoomOnly) {
  EXPECT_TRUE(send(9, "plain").get());
  EXPECT_EQ(refer(9, "reply", 1).get()->seq, 2U);
  EXPECT_EQ(body_at(9, 2), R"({"text":"hi","reply_to":1})");
  EXPECT_EQ(code(refer(9, "x", 3).get()), ErrorCode::message_not_found);
  EXPECT_EQ(code(refer(9, "y", 1, {}, kStranger).get()), ErrorCode::not_a_member);
  EXPECT_EQ(code(refer(9, "z", 7, {}, kStranger).get()), ErrorCode::not_a_member);
  EXPECT_EQ(code(refer(77, "z", 1).get()), ErrorCode::room_not_found);
  EXPECT_EQ(refer(9, "reply", 1).get()->seq, 2U) << "a repeat";
  lanes.reset();
  EXPECT_EQ(stored, (std::vector<std::string>{"plain", "reply"}));
}

TEST_F(RoomLanesReferTest, NameOfThoseMentionedWhoAreInTheRoom) {
  EXPECT_TRUE(refer(9, "m", 0, {{2, "u-2", "bob", "Bob"}, {5, "u-5", "eve", "Eve"}}).get());
  EXPECT_EQ(body_at(9, 1), R"({"text":"hi","mentions":[)"
                           R"({"id":2,"uuid":"u-2","username":"bob","name":"Bob"}]})");
  EXPECT_TRUE(refer(9, "n", 0, {{5, "u-5", "eve", "Eve"}}).get());
  EXPECT_EQ(body_at(9, 2), R"({"text":"hi"})");
}

TEST_F(RoomLanesReferTest, KeepTheirPlaceAmongTheOthers) {
  auto first = keep_busy();
  auto before = send(1, "before");
  auto reply = refer(1, "reply", 1);
  auto after = send(1, "after");
  gate.open();
  EXPECT_EQ(before.get()->seq, 2U);
  EXPECT_EQ(reply.get()->seq, 3U);
  EXPECT_EQ(after.get()->seq, 4U);
}

TEST_F(RoomLanesReferTest, TakeWhatTheirSenderHasWaitingBehindThemAlongWhenTheyFail) {
  ASSERT_TRUE(send(9, "plain").get());
  auto reached = std::make_shared<std::promise<void>>();
  auto failing = std::make_shared<std::promise<void>>();
  ASSERT_TRUE(lanes->run(9, [reached, go_on = failing->get_future().share()] {
    reached->set_value();
    go_on.wait();
  }));
  reached->get_future().wait();
  auto reply = refer(9, "reply", 1, {}, kAda, [this] { store.fail_with(std::nullopt); });
  auto mention = refer(9, "mention", 0, {{2, "u-2", "bob", "Bob"}});
  auto after = send(9, "after");
  auto others = send(9, "others", "hi", 2);
  auto elsewhere = send(3, "elsewhere");
  EXPECT_TRUE(elsewhere.get());
  store.fail_with(Error{ErrorCode::unknown_outcome, "lost"});
  failing->set_value();
  EXPECT_EQ(code(reply.get()), ErrorCode::unknown_outcome);
  EXPECT_EQ(code(mention.get()), ErrorCode::unavailable);
  EXPECT_EQ(code(after.get()), ErrorCode::unavailable);
  EXPECT_EQ(others.get()->seq, 2U);
  EXPECT_EQ(refer(9, "reply", 1).get()->seq, 3U);
  EXPECT_EQ(send(9, "after").get()->seq, 4U);
}

TEST_F(RoomLanesReferTest, TakeNothingAlongWhenTheyAreRefusedForGood) {
  auto first = keep_busy();
  auto reply = refer(1, "reply", 77);
  auto after = send(1, "after");
  gate.open();
  EXPECT_EQ(code(reply.get()), ErrorCode::message_not_found);
  EXPECT_EQ(after.get()->seq, 2U);
}

}  // namespace
}  // namespace confab::message_store
