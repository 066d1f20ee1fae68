#include "message_store/webhooks.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <condition_variable>
#include <set>

#include "common/testing/reserved_port.hpp"
#include "message_store/domain/event_json.hpp"
#include "message_store/domain/fakes.hpp"
#include "message_store/storage/postgres_store_test.hpp"
#include "message_store/webhook/hook_server_test.hpp"

namespace confab::message_store {
namespace {

using std::chrono::milliseconds;
using Reply = HookServer::Reply;

constexpr std::chrono::seconds kPatience{60};

/// A consumer as docs/webhooks.md advises: it drops events it has seen, by msg_id. Thread-safe.
class Consumer {
 public:
  /// What each request, counted from 0, is answered.
  explicit Consumer(std::function<Reply(std::size_t request)> script = {})
      : script_(std::move(script)) {}

  Reply take(const HookServer::Request& request) {
    std::unique_lock lock(mutex_);
    auto reply = script_ ? script_(requests_) : Reply();
    ++requests_;
    const auto body = boost::json::parse(request.body());
    const std::string room(body.at("room").as_string());
    EXPECT_TRUE(busy_.insert(room).second) << "two requests for one room at one time";
    lock.unlock();
    std::this_thread::yield();
    lock.lock();
    busy_.erase(room);
    // Also when the answer gets lost, so that it is sent again.
    if (reply.status / 100 == 2) remember(room, body);
    changed_.notify_all();
    return reply;
  }

  bool await(std::size_t events) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, [&] { return ids_.size() >= events; });
  }
  std::size_t requests() {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  /// Whether of each room 1, 2, 3 ... came, in this order.
  bool is_complete() {
    const std::lock_guard lock(mutex_);
    for (const auto& [room, seqs] : seqs_) {
      for (std::size_t i = 0; i < seqs.size(); ++i) {
        if (seqs[i] != static_cast<std::int64_t>(i) + 1) return false;
      }
    }
    return true;
  }

 private:
  void remember(const std::string& room, const boost::json::value& body) {
    for (const auto& event : body.at("events").as_array()) {
      if (!ids_.insert(std::string(event.at("msg_id").as_string())).second) continue;
      seqs_[room].push_back(event.at("seq").as_int64());
    }
  }

  const std::function<Reply(std::size_t)> script_;
  std::mutex mutex_;  // Guards all below.
  std::condition_variable changed_;
  std::size_t requests_ = 0;
  std::set<std::string> busy_;
  std::set<std::string> ids_;
  std::map<std::string, std::vector<std::int64_t>> seqs_;
};

struct WebhooksTest : testing::Test {
  PostgresStore stored;
  const std::vector<redis::Address> addresses = {*redis::parse_address(test_redis_url())};
  redis::Publisher publisher{addresses, {.link = [](auto...) {}, .dropped = [](std::size_t) {}}};
  RecordingEvents gateways;
  People people{stored.rooms};
  prometheus::Registry metrics;
  logging::Logger log{"test", logging::Level::error};
  SystemRandom random;
  const Person ada{1, "a0000000-0000-4000-8000-000000000001", "ada", "Ada"};

  /// A message-store's webhooks.
  std::unique_ptr<Webhooks> store_with(const std::vector<std::uint16_t>& ports) {
    Webhooks::Settings settings;
    for (const auto port : ports) {
      auto& endpoint = settings.endpoints.emplace_back();
      endpoint.name = "to-" + std::to_string(port);
      endpoint.url = {false, "127.0.0.1", std::to_string(port), "/"};
      endpoint.keys = {std::string(32, 'k')};
      endpoint.timeout = milliseconds(300);
    }
    settings.times.lease_beyond_request = milliseconds(900);
    settings.times.sweep = milliseconds(200);
    settings.times.rests = {milliseconds(20), milliseconds(100)};
    settings.pool = stored.pool.options();
    settings.redis = addresses;
    return *Webhooks::start(std::move(settings), {gateways, people, publisher, metrics, log});
  }

  void make_rooms(std::uint64_t rooms) {
    for (std::uint64_t room = 1; room <= rooms; ++room) {
      ASSERT_TRUE(stored.rooms.create(
          {room, "gid" + std::to_string(room), "Tea", RoomKind::private_room, ada, {}}));
    }
  }
  /// Commits, and tells it as the store does; a nullptr is a store that dies just then.
  void send(std::uint64_t room, Webhooks* told) {
    const auto id = Uuid::make(random);
    const Draft one{1, id.text(), id, message_body("hi", "")};
    auto outcome = stored.log.append(room, {&one, 1});
    ASSERT_TRUE(outcome);
    if (told != nullptr) told->events().committed(outcome->stored, Texts(1, "{}"));
  }

  using Texts = std::vector<std::string>;
};

TEST_F(WebhooksTest, AServerThatFailsInEveryWayGetsEverythingInOrder) {
  Consumer consumer([](std::size_t request) {
    Reply reply;
    switch (request % 8) {
      case 0:
        reply.status = 500;
        break;
      case 1:
        reply.status = 302;
        reply.header = "Location";
        reply.value = "http://127.0.0.1:1/";
        break;
      case 2:
        reply.hang = true;
        break;
      case 3:
        reply.cut = true;
        break;
      case 4:
        reply.then_close = true;
        break;
      default:
        break;
    }
    return reply;
  });
  HookServer server([&](const HookServer::Request& request) { return consumer.take(request); });
  const auto store = store_with({server.port()});
  make_rooms(3);
  for (int i = 0; i < 30; ++i) send(1 + static_cast<std::uint64_t>(i) % 3, store.get());
  EXPECT_TRUE(consumer.await(30));
  for (int i = 0; i < 30; ++i) send(1 + static_cast<std::uint64_t>(i) % 3, store.get());
  EXPECT_TRUE(consumer.await(60));
  EXPECT_TRUE(consumer.is_complete());
  EXPECT_EQ(gateways.told().size(), 60U) << "the gateways are told, too";
}

TEST_F(WebhooksTest, AServerThatWasAwayGetsWhatItMissed) {
  Consumer consumer;
  const auto answer = [&](const HookServer::Request& request) { return consumer.take(request); };
  const ReservedPort port;
  auto server = std::make_unique<HookServer>(answer, port.number());
  const auto store = store_with({port.number()});
  make_rooms(4);
  send(1, store.get());
  ASSERT_TRUE(consumer.await(1));
  server.reset();
  for (int i = 0; i < 250; ++i) send(1 + static_cast<std::uint64_t>(i) % 4, store.get());
  server = std::make_unique<HookServer>(answer, port.number());
  EXPECT_TRUE(consumer.await(251));
  EXPECT_TRUE(consumer.is_complete());
  EXPECT_LT(consumer.requests(), 40U) << "in batches";
}

TEST_F(WebhooksTest, OfTwoStoresOneDeliversAndTheOtherTakesOver) {
  Consumer consumer;
  HookServer server([&](const HookServer::Request& request) { return consumer.take(request); });
  auto first = store_with({server.port()});
  auto second = store_with({server.port()});
  make_rooms(4);
  for (int i = 0; i < 60; ++i) {
    send(1 + static_cast<std::uint64_t>(i) % 4, i % 2 == 0 ? first.get() : second.get());
    if (i % 10 == 0) send(1, nullptr);
  }
  EXPECT_TRUE(consumer.await(66));
  first.reset();
  for (int i = 0; i < 20; ++i) send(1 + static_cast<std::uint64_t>(i) % 4, second.get());
  EXPECT_TRUE(consumer.await(86));
  EXPECT_TRUE(consumer.is_complete());
}

TEST_F(WebhooksTest, ASlowServerDoesNotHoldUpAnother) {
  Consumer slow([](std::size_t) {
    Reply reply;
    reply.hang = true;
    reply.status = 500;
    return reply;
  });
  Consumer quick;
  HookServer slow_server([&](const HookServer::Request& request) { return slow.take(request); });
  HookServer quick_server([&](const HookServer::Request& request) { return quick.take(request); });
  const auto store = store_with({slow_server.port(), quick_server.port()});
  make_rooms(8);
  for (int i = 0; i < 100; ++i) send(1 + static_cast<std::uint64_t>(i) % 8, store.get());
  EXPECT_TRUE(quick.await(100));
  EXPECT_TRUE(quick.is_complete());
}

}  // namespace
}  // namespace confab::message_store
