#include "gateway/broker/redis_feed.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>

#include "common/base/encoding.hpp"
#include "common/base/sharding.hpp"
#include "common/redis/link.hpp"
#include "common/redis/seal.hpp"
#include "common/testing/database.hpp"
#include "confab/event/v1/event.pb.h"
#include "gateway/domain/fake_people.hpp"
#include "gateway/loop/asio_loop.hpp"

namespace confab::gateway {
namespace {

using namespace testing;
using namespace std::chrono_literals;

constexpr auto kPatience = 20s;

class QuietSession final : public Session {
 public:
  explicit QuietSession(std::int64_t user_id) { who.user = user(user_id, "ann"); }
  [[nodiscard]] std::int64_t user_id() const override { return who.user.id; }
  [[nodiscard]] bool gone() const override { return false; }
  void deliver(const EventBatch&) override {}
  bool offer(const EventBatch&) override { return true; }
  [[nodiscard]] const Identity& identity() const override { return who; }
  [[nodiscard]] std::size_t outbox_bytes() const override { return 0; }
  void notice(const UserNotice& notice) override { notices.push_back(notice); }
  void look_again() override { ++looks; }
  void warn_of_expiry() override {}
  void end(EndReason) override {}

  Identity who;
  std::vector<UserNotice> notices;
  int looks = 0;
};

struct RedisFeedTest : ::testing::Test {
  boost::asio::io_context io{1};
  AsioLoop loop{io, [](std::string_view what) { ADD_FAILURE() << what; }};
  redis::Address address = *redis::parse_address(test_redis_url());
  // Of this process, since the server is shared.
  const std::uint64_t room = (static_cast<std::uint64_t>(getpid()) << 20) + 1;
  const std::int64_t user_id = static_cast<std::int64_t>(room);
  FakeStore store{loop};
  /// By channel: those of users are shared with other tests at the same server, whose payloads for
  /// them are no fault here.
  std::map<std::string, int, std::less<>> refused;
  std::vector<bool> links;
  /// The feed enters as a user of its own, so that its connection can be cut and no other.
  const std::string redis_user = "feed" + std::to_string(getpid());
  std::unique_ptr<RedisFeed> feed = make_feed(as_user());
  std::unique_ptr<Hub> hub = std::make_unique<Hub>(store, *feed, loop, HubCounters{});
  SessionBook sessions{loop};
  Receipts receipts{*hub, loop};
  std::shared_ptr<RecordingSubscriber> ann = std::make_shared<RecordingSubscriber>(1);
  /// Another client of the server, for everything that is done to the feed.
  bool admin_up = false;
  std::vector<std::string> admin_replies;
  std::shared_ptr<redis::Link> admin = std::make_shared<redis::Link>(
      io, address,
      redis::LinkEvents{.up = [this] { admin_up = true; },
                        .reply =
                            [this](const redis::Reply& reply) {
                              admin_replies.emplace_back(reply.parts.empty() ? "" : reply.parts[0]);
                            },
                        .down = [](auto) {}});

  redis::Address as_user() {
    auto own = address;
    own.user = redis_user;
    own.password = "secret";
    return own;
  }

  std::unique_ptr<RedisFeed> make_feed(const redis::Address& at) {
    return std::make_unique<RedisFeed>(
        io, loop, std::vector{at},
        FeedCounters{.payload_refused = [this](auto channel) { ++refused[std::string(channel)]; },
                     .link = [this](auto, bool up, auto) { links.push_back(up); }});
  }

  void SetUp() override {
    store.logs[room];
    admin->start();
    ASSERT_TRUE(run_until([&] { return admin_up; }));
    command({"ACL", "SETUSER", redis_user, "on", ">secret", "&*", "+@all"});
    feed->start(*hub, sessions, receipts);
  }
  void TearDown() override {
    command({"ACL", "DELUSER", redis_user});
    admin->stop();
  }

  /// Done by the server.
  void command(std::initializer_list<std::string_view> words) {
    const auto before = admin_replies.size();
    admin->send(redis::command(words));
    ASSERT_TRUE(run_until([&] { return admin_replies.size() > before; }));
  }
  void cut_the_feed() { command({"CLIENT", "KILL", "USER", redis_user}); }

  bool run_until(const std::function<bool()>& done) {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (!done()) {
      if (std::chrono::steady_clock::now() > end) return false;
      io.restart();
      io.run_one_for(10ms);
    }
    return true;
  }

  template <typename T>
  T finish(Task<T> task) {
    std::optional<T> result;
    boost::asio::co_spawn(io, std::move(task), [&](const std::exception_ptr&, T value) {
      result.emplace(std::move(value));
    });
    EXPECT_TRUE(run_until([&] { return result.has_value(); }));
    return std::move(result.value());
  }

  void join() {
    const std::vector<Admission> rooms(1, {{room, "gid"}, store.logs[room].head()});
    ASSERT_TRUE(finish(hub->join(ann, rooms)));
  }

  std::shared_ptr<QuietSession> admit() {
    auto session = std::make_shared<QuietSession>(user_id);
    sessions.admit(session);
    // Confirmed after the notices' channels, which were asked for before.
    EXPECT_TRUE(finish(feed->follow_rooms({room})));
    return session;
  }

  [[nodiscard]] std::string room_channel() const { return "confab:room:" + hex64(room); }
  [[nodiscard]] std::string users_channel() const {
    return "confab:users:" + std::to_string(user_shard(user_id));
  }

  void publish(const std::string& channel, const std::string& payload) {
    command({"PUBLISH", channel, payload});
  }

  /// What the store would send of the entry `seq`.
  event::v1::RoomEntries wire(std::uint64_t seq) {
    event::v1::RoomEntries out;
    auto& entry = *out.add_entries();
    entry.set_room_id(room);
    entry.set_epoch(1);
    entry.set_seq(seq);
    entry.set_msg_id(std::string(16, static_cast<char>('a' + seq)));
    if (seq > 1) entry.set_prev_check(std::string(8, static_cast<char>('a' + seq - 1)));
    entry.set_kind(event::v1::KIND_MESSAGE);
    entry.set_json(testing::entry(room, seq).json);
    return out;
  }

  event::v1::UserNotice wire_notice() {
    event::v1::UserNotice notice;
    notice.set_user_id(user_id);
    notice.set_room_id(room);
    notice.set_gid("wjLJb3Jo");
    notice.set_added(true);
    notice.set_epoch(1);
    notice.set_seq(5);
    notice.set_json(R"({"room":"wjLJb3Jo"})");
    return notice;
  }
};

using Seen = std::vector<std::string>;

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

TEST_F(RedisFeedTest, RefusesASealedPayloadWithAnyBitFlippedOrAnythingCutOff) {
  join();
  auto payload = wire(1).SerializeAsString();
  const auto unsealed = payload.size();
  redis::seal(payload);
  int bad = 0;
  for (std::size_t bit = 0; bit < payload.size() * 8; ++bit, ++bad) {
    auto flipped = payload;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    admin->send(redis::command({"PUBLISH", room_channel(), flipped}));
  }
  for (std::size_t size = 0; size < payload.size(); ++size) {
    if (size == unsealed) continue;  // As stores of before publish it, and right.
    admin->send(redis::command({"PUBLISH", room_channel(), payload.substr(0, size)}));
    ++bad;
  }
  ASSERT_TRUE(run_until([&] { return refused[room_channel()] == bad; }));
  EXPECT_TRUE(ann->seen.empty());
  publish(room_channel(), payload);
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
