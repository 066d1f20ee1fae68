#include "message_store/broker/redis_marks.hpp"

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <thread>

#include "common/redis/subscriber.hpp"
#include "confab/event/v1/event.pb.h"

namespace confab::message_store {
namespace {

constexpr auto kChannel = "confab:webhooks";
constexpr std::uint32_t kBucket = 0;
constexpr int kMarksPerMessage = 1000;

}  // namespace

struct RedisMarks::Ear {
  Ear(const std::vector<redis::Address>& addresses, std::string its_origin, Heard its_heard)
      : origin(std::move(its_origin)),
        heard(std::move(its_heard)),
        subscriber(
            loop, addresses,
            {.message = [this](std::string_view, std::string_view payload) { hear(payload); },
             .subscribed = [this](std::string_view) { listening = true; },
             .link =
                 [this](auto, auto, bool up, auto) {
                   if (!up) listening = false;
                 }}) {
    subscriber.start();
    subscriber.subscribe(kBucket, kChannel);
    thread = std::thread([this] { loop.run(); });
  }
  ~Ear() {
    loop.stop();
    thread.join();
  }
  Ear(const Ear&) = delete;
  Ear& operator=(const Ear&) = delete;

  void hear(std::string_view payload) const {
    event::v1::RoomMarks parsed;
    if (!parsed.ParseFromArray(payload.data(), static_cast<int>(payload.size()))) return;
    if (parsed.origin() == origin) return;
    std::vector<RoomMark> marks;
    for (const auto& mark : parsed.marks()) {
      if (mark.seq() > 0) marks.push_back({mark.room_id(), mark.seq(), mark.gid()});
    }
    heard(marks);
  }

  const std::string origin;
  const Heard heard;
  std::atomic<bool> listening{false};
  boost::asio::io_context loop{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work =
      boost::asio::make_work_guard(loop);
  redis::Subscriber subscriber;
  std::thread thread;
};

RedisMarks::RedisMarks(redis::Publisher& publisher, const std::vector<redis::Address>& addresses,
                       std::string origin, Heard heard)
    : publisher_(publisher),
      origin_(origin),
      ear_(std::make_unique<Ear>(addresses, std::move(origin), std::move(heard))) {}

RedisMarks::~RedisMarks() = default;

bool RedisMarks::is_listening() const { return ear_->listening; }

void RedisMarks::publish(std::span<const RoomMark> marks) {
  std::vector<redis::Publisher::Message> messages;
  event::v1::RoomMarks payload;
  for (std::size_t i = 0; i < marks.size(); ++i) {
    auto& mark = *payload.add_marks();
    mark.set_room_id(marks[i].room_id);
    mark.set_seq(marks[i].seq);
    mark.set_gid(marks[i].gid);
    if (payload.marks_size() < kMarksPerMessage && i + 1 < marks.size()) continue;
    payload.set_origin(origin_);
    messages.push_back({kBucket, kChannel, payload.SerializeAsString()});
    payload.Clear();
  }
  publisher_.publish(messages);
}

}  // namespace confab::message_store
