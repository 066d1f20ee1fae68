#include "message_store/broker/redis_events.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include "common/base/encoding.hpp"
#include "common/base/sharding.hpp"
#include "common/redis/subscriber.hpp"
#include "common/testing/database.hpp"
#include "confab/event/v1/event.pb.h"

namespace confab::message_store {
namespace {

constexpr std::chrono::seconds kPatience{20};

struct RedisEventsTest : testing::Test {
  using Message = std::pair<std::string, std::string>;

  boost::asio::io_context loop;
  redis::Address address = *redis::parse_address(test_redis_url());
  std::size_t subscribed = 0;
  std::vector<Message> received;
  redis::Subscriber subscriber{
      loop,
      {address},
      {.message = [this](std::string_view channel,
                         std::string_view payload) { received.emplace_back(channel, payload); },
       .subscribed = [this](std::string_view) { ++subscribed; },
       .link = [](auto...) {}}};
  redis::Publisher publisher{{address}, {.link = [](auto...) {}, .dropped = [](std::size_t) {}}};
  RedisEvents events{publisher};
  // The server is shared: ids of this process.
  const std::uint64_t room_id = 0xAB00'0000'0000'0000 + static_cast<std::uint64_t>(getpid());
  const std::int64_t user_id = 7'000'000'000 + getpid();

  void listen_to(const std::string& channel, std::uint32_t bucket) {
    subscriber.start();
    subscriber.subscribe(bucket, channel);
    run_until([&] { return subscribed == 1 && publisher.is_up(); });
  }
  void run_until(const std::function<bool()>& done) {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (!done() && std::chrono::steady_clock::now() < end) {
      loop.run_one_for(std::chrono::milliseconds(50));
    }
    ASSERT_TRUE(done());
  }

  Entry entry(std::uint64_t seq) const {
    Entry out;
    out.room_id = room_id;
    out.gid = "wjLJb3Jo";
    out.epoch = 3;
    out.seq = seq;
    out.msg_id = *Uuid::parse("99f0e998-1360-41e9-ab6c-00e04c681690");
    out.prev_check = std::string("\0\xFF\r\n5678", 8);
    out.kind = EntryKind::member_left;
    out.actor_id = 1;
    out.subject_id = 2;
    out.created_ms = 1'700'000'000'000;
    return out;
  }
};

TEST_F(RedisEventsTest, PublishesTheEntriesOfACommitToTheRoomsChannel) {
  const auto channel = "confab:room:" + hex64(room_id);
  listen_to(channel, bucket_of(room_id));
  const std::vector entries = {entry(5), entry(6)};
  const std::vector<std::string> json = {R"({"seq":5})", R"({"text":"🍵"})"};
  events.committed(entries, json);
  events.committed({&entries[1], 1}, {&json[1], 1});
  run_until([&] { return received.size() == 2; });
  EXPECT_EQ(channel.substr(0, 14), "confab:room:ab");
  EXPECT_EQ(received[0].first, channel);
  event::v1::RoomEntries payload;
  ASSERT_TRUE(payload.ParseFromString(received[0].second));
  ASSERT_EQ(payload.entries_size(), 2);
  const auto& first = payload.entries(0);
  EXPECT_EQ(first.room_id(), room_id);
  EXPECT_EQ(first.epoch(), 3U);
  EXPECT_EQ(first.seq(), 5U);
  EXPECT_EQ(first.msg_id(), entries[0].msg_id.bytes());
  EXPECT_EQ(first.prev_check(), entries[0].prev_check);
  EXPECT_EQ(first.kind(), event::v1::KIND_MEMBER_LEFT);
  EXPECT_EQ(first.actor_id(), 1);
  EXPECT_EQ(first.subject_id(), 2);
  EXPECT_EQ(first.created_ms(), 1'700'000'000'000);
  EXPECT_EQ(first.json(), json[0]);
  EXPECT_EQ(payload.entries(1).json(), json[1]);
  ASSERT_TRUE(payload.ParseFromString(received[1].second));
  EXPECT_EQ(payload.entries(0).seq(), 6U);
}

TEST_F(RedisEventsTest, PublishesReceiptsToTheChannelsOfTheirRooms) {
  const auto channel = "confab:room:" + hex64(room_id);
  listen_to(channel, bucket_of(room_id));
  const Person bob{2, "u-2", "bob", "Bob"};
  const std::vector<Receipt> receipts = {{room_id - 1, "other", bob, 1},
                                         {room_id, "wjLJb3Jo", bob, 7},
                                         {room_id, "wjLJb3Jo", {1, "u-1", "ada", "Ada"}, 8}};
  events.receipts(receipts);
  run_until([&] { return received.size() == 1; });
  event::v1::RoomEntries payload;
  ASSERT_TRUE(payload.ParseFromString(received[0].second));
  EXPECT_EQ(payload.entries_size(), 0);
  ASSERT_EQ(payload.receipts_size(), 2);
  EXPECT_EQ(payload.receipts(0).room_id(), room_id);
  EXPECT_EQ(payload.receipts(0).user_id(), 2);
  EXPECT_EQ(payload.receipts(0).seq(), 7U);
  EXPECT_EQ(payload.receipts(0).json(),
            R"({"room":"wjLJb3Jo","user":{"id":2,"uuid":"u-2","username":"bob","name":"Bob"},)"
            R"("seq":7})");
}

TEST_F(RedisEventsTest, PublishesANoticeToTheUsersChannel) {
  const auto channel = "confab:users:" + std::to_string(user_shard(user_id));
  listen_to(channel, bucket_of(static_cast<std::uint64_t>(user_id)));
  UserNotice notice;
  notice.user_id = user_id;
  notice.room.room_id = room_id;
  notice.room.gid = "wjLJb3Jo";
  notice.room.name = "Tea \"n\"";
  notice.room.kind = RoomKind::public_room;
  notice.room.head.epoch = 3;
  notice.added = true;
  events.notify(notice);
  notice.added = false;
  notice.seq = 9;
  events.notify(notice);
  run_until([&] { return received.size() == 2; });
  EXPECT_EQ(received[0].first, channel);
  event::v1::UserNotice payload;
  ASSERT_TRUE(payload.ParseFromString(received[0].second));
  EXPECT_EQ(payload.user_id(), user_id);
  EXPECT_EQ(payload.room_id(), room_id);
  EXPECT_EQ(payload.gid(), "wjLJb3Jo");
  EXPECT_TRUE(payload.added());
  EXPECT_EQ(payload.seq(), 0U);
  EXPECT_EQ(payload.epoch(), 3U);
  EXPECT_EQ(payload.json(), R"({"room":"wjLJb3Jo","name":"Tea \"n\"","kind":"public"})");
  ASSERT_TRUE(payload.ParseFromString(received[1].second));
  EXPECT_FALSE(payload.added());
  EXPECT_EQ(payload.seq(), 9U);
  EXPECT_EQ(payload.json(), R"({"room":"wjLJb3Jo","name":"Tea \"n\"","kind":"public","seq":9})");
}

}  // namespace
}  // namespace confab::message_store
