#include "gateway/broker/redis_feed_fixture_test.hpp"

namespace confab::gateway {
namespace {

using namespace testing;
using namespace std::chrono_literals;

TEST_F(RedisFeedTest, HearsHowFarOthersHaveRead) {
  join();
  event::v1::RoomEntries payload;
  auto& receipt = *payload.add_receipts();
  receipt.set_room_id(room);
  receipt.set_user_id(2);
  receipt.set_seq(5);
  receipt.set_json(R"({"seq":5})");
  auto elsewhere = payload;
  elsewhere.mutable_receipts(0)->set_room_id(room + 1);
  auto no_json = payload;
  no_json.mutable_receipts(0)->set_json("");
  for (const auto& bad : {elsewhere, no_json, event::v1::RoomEntries()}) {
    publish(room_channel(), bad.SerializeAsString());
  }
  publish(room_channel(), payload.SerializeAsString());
  ASSERT_TRUE(run_until([&] { return !ann->seen.empty(); }));
  EXPECT_EQ(ann->seen, Seen{R"({"seq":5})"});
  EXPECT_EQ(refused[room_channel()], 3);
}

TEST_F(RedisFeedTest, HearsWhatIsPublishedOnceARoomIsFollowed) {
  join();
  publish(room_channel(), wire(1).SerializeAsString());
  auto two = wire(2);
  *two.add_entries() = wire(3).entries(0);
  publish(room_channel(), two.SerializeAsString());
  ASSERT_TRUE(run_until([&] { return ann->seen.size() == 3; }));
  EXPECT_EQ(ann->seen, (Seen{R"({"seq":1})", R"({"seq":2})", R"({"seq":3})"}));
  EXPECT_EQ(refused[room_channel()], 0);
}

TEST_F(RedisFeedTest, CountsMalformedAndMisplacedPayloadsAndDeliversNone) {
  join();
  (void)admit();
  std::vector<std::string> bad = {"", "garbage\xff", event::v1::RoomEntries().SerializeAsString()};
  for (const auto& spoil : std::vector<std::function<void(event::v1::Entry&)>>{
           [](auto& entry) { entry.set_room_id(99); }, [](auto& entry) { entry.set_seq(0); },
           [](auto& entry) { entry.set_msg_id("short"); },
           [](auto& entry) { entry.set_json("no object"); },
           [](auto& entry) { entry.set_json("{\"a\":\"\xff\"}"); }}) {
    auto payload = wire(1);
    spoil(*payload.mutable_entries(0));
    bad.push_back(payload.SerializeAsString());
  }
  auto two_rooms = wire(1);
  *two_rooms.add_entries() = wire(2).entries(0);
  two_rooms.mutable_entries(1)->set_room_id(99);
  bad.push_back(two_rooms.SerializeAsString());
  for (const auto& payload : bad) publish(room_channel(), payload);
  ASSERT_TRUE(run_until([&] { return refused[room_channel()] == static_cast<int>(bad.size()); }));
  publish(room_channel(), wire(1).SerializeAsString());
  ASSERT_TRUE(run_until([&] { return !ann->seen.empty(); }));
  EXPECT_EQ(ann->seen, Seen{R"({"seq":1})"});
}

TEST_F(RedisFeedTest, GivesNoticesToTheirUserAndRefusesThoseOfAnotherChannel) {
  const auto session = admit();
  auto foreign = wire_notice();
  auto other = user_id + 1;
  while (user_shard(other) == user_shard(user_id)) ++other;
  foreign.set_user_id(other);
  auto broken = wire_notice();
  broken.set_json("42");
  publish(users_channel(), foreign.SerializeAsString());
  publish(users_channel(), broken.SerializeAsString());
  publish(users_channel(), "garbage\xff");
  publish(users_channel(), wire_notice().SerializeAsString());
  ASSERT_TRUE(run_until([&] { return !session->notices.empty(); }));
  EXPECT_EQ(refused[users_channel()], 3);
  const auto& notice = session->notices.at(0);
  EXPECT_EQ(notice.room.gid, "wjLJb3Jo");
  EXPECT_EQ(notice.room.room_id, room);
  EXPECT_TRUE(notice.added);
  EXPECT_EQ(notice.seq, 5U);
  EXPECT_EQ(notice.json, R"({"room":"wjLJb3Jo"})");
}

TEST_F(RedisFeedTest, HearsNothingOfWhatItNoLongerFollows) {
  join();
  feed->unfollow_room(room);
  feed->unfollow_room(room);
  publish(room_channel(), wire(1).SerializeAsString());
  ASSERT_TRUE(finish(feed->follow_rooms({room})));  // Confirmed: what came before has been seen.
  EXPECT_TRUE(ann->seen.empty());
  publish(room_channel(), wire(1).SerializeAsString());
  ASSERT_TRUE(run_until([&] { return !ann->seen.empty(); }));
}

TEST_F(RedisFeedTest, ComparesHeadsAndLooksAgainOnceItIsSubscribedAgain) {
  join();
  const auto session = admit();
  store.calls.clear();
  const auto looks = session->looks;
  cut_the_feed();
  // Up, down, up.
  ASSERT_TRUE(run_until(
      [&] { return links.size() >= 3 && store.count("heads 1") > 0 && session->looks > looks; }));
  publish(room_channel(), wire(1).SerializeAsString());
  ASSERT_TRUE(run_until([&] { return !ann->seen.empty(); }));
}

TEST_F(RedisFeedTest, DeliversWhatWasLostWhileItWasAway) {
  join();
  cut_the_feed();
  store.grow_to(room, 3);  // Nobody publishes these.
  ASSERT_TRUE(run_until([&] { return ann->seen.size() == 3; }));
}

TEST_F(RedisFeedTest, GoesOnWithoutAConfirmationThatDoesNotCome) {
  hub.reset();
  address.port = 1;  // Nobody listens there.
  feed = make_feed(address);
  hub = std::make_unique<Hub>(store, *feed, loop, HubCounters{});
  feed->start(*hub, sessions, receipts);
  EXPECT_FALSE(finish(feed->follow_rooms({room})));
}

}  // namespace
}  // namespace confab::gateway
