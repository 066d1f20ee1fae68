#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>

#include "common/base/encoding.hpp"
#include "common/base/sharding.hpp"
#include "common/redis/link.hpp"
#include "common/testing/database.hpp"
#include "confab/event/v1/event.pb.h"
#include "gateway/broker/redis_feed.hpp"
#include "gateway/domain/fake_people.hpp"
#include "gateway/loop/asio_loop.hpp"

// The feed at a real Redis, with a client of the server for what is done to it.
namespace confab::gateway {

using testing::FakeStore;
using testing::RecordingSubscriber;

inline constexpr std::chrono::seconds kPatience{20};

class QuietSession final : public Session {
 public:
  explicit QuietSession(std::int64_t user_id) { who.user = testing::user(user_id, "ann"); }
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
      io.run_one_for(std::chrono::milliseconds(10));
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

}  // namespace confab::gateway
