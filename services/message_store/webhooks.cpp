#include "message_store/webhooks.hpp"

#include <thread>

#include "message_store/broker/redis_marks.hpp"
#include "message_store/domain/announcer.hpp"
#include "message_store/domain/webhook_marks.hpp"
#include "message_store/storage/pg_room_log.hpp"
#include "message_store/storage/pg_webhooks.hpp"
#include "message_store/webhook/https_webhook_sender.hpp"
#include "message_store/webhook_reports.hpp"

namespace confab::message_store {
namespace {

/// One endpoint: its worker and the thread that runs it.
struct Lane {
  std::unique_ptr<WebhookReports> reports;
  std::unique_ptr<HttpsWebhookSender> sender;
  std::unique_ptr<WebhookWorker> worker;
  std::thread thread;
};

}  // namespace

struct Webhooks::Impl {
  Impl(const Settings& settings, const Parts& parts)
      : pool(settings.pool),
        log(pool, pool),
        store(pool),
        renderer(parts.people, parts.events, [](std::size_t, const Error&) {}) {}

  Result<> add(WebhookEndpoint endpoint, const Settings& settings, const Parts& parts) {
    auto sender = HttpsWebhookSender::make(endpoint, clock);
    if (!sender) return sender.error();
    auto& lane = lanes.emplace_back();
    lane.reports = std::make_unique<WebhookReports>(endpoint.name, parts.metrics, parts.log);
    lane.sender = std::move(*sender);
    lane.worker = std::make_unique<WebhookWorker>(
        std::move(endpoint),
        WebhookWorker::Ports{
            store, log, [this](std::span<const Entry> entries) { return renderer.render(entries); },
            *lane.sender, *lane.reports, clock, random,
            [] { return std::chrono::steady_clock::now(); }},
        settings.times);
    return {};
  }

  void start(const Settings& settings, const Parts& parts) {
    others = std::make_unique<RedisMarks>(
        parts.publisher, settings.redis, random.bytes(16),
        [this](std::span<const RoomMark> grown) { static_cast<void>(tell_workers(grown)); });
    marks = std::make_unique<WebhookMarks>(parts.events, [this](std::span<const RoomMark> grown) {
      if (!tell_workers(grown)) others->publish(grown);
    });
    for (auto& lane : lanes) {
      // A new endpoint appears before the first message that this store acknowledges.
      lane.worker->step();
      lane.thread = std::thread([&worker = *lane.worker] { worker.run(); });
    }
  }

  /// Whether all endpoints are delivered to from here.
  bool tell_workers(std::span<const RoomMark> grown) {
    bool all = true;
    for (auto& lane : lanes) {
      if (lane.worker->holds()) {
        lane.worker->mark(grown);
      } else {
        all = false;
      }
    }
    return all;
  }

  ~Impl() {
    marks.reset();
    others.reset();
    for (auto& lane : lanes) {
      if (lane.worker) lane.worker->stop();
    }
    for (auto& lane : lanes) {
      if (lane.thread.joinable()) lane.thread.join();
    }
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  const SystemClock clock;
  SystemRandom random;
  postgres::Pool pool;  // Apart from those that serve gateways.
  PgRoomLog log;
  PgWebhooks store;
  Announcer renderer;
  std::vector<Lane> lanes;
  std::unique_ptr<RedisMarks> others;
  std::unique_ptr<WebhookMarks> marks;
};

Result<std::unique_ptr<Webhooks>> Webhooks::start(Settings settings, Parts parts) {
  if (settings.endpoints.empty()) {
    return std::unique_ptr<Webhooks>(new Webhooks(nullptr, parts.events));
  }
  settings.pool.connections = settings.endpoints.size();
  auto impl = std::make_unique<Impl>(settings, parts);
  for (auto& endpoint : std::exchange(settings.endpoints, {})) {
    if (const auto good = impl->add(std::move(endpoint), settings, parts); !good) {
      return good.error();
    }
  }
  impl->start(settings, parts);
  auto& events = *impl->marks;
  return std::unique_ptr<Webhooks>(new Webhooks(std::move(impl), events));
}

Webhooks::Webhooks(std::unique_ptr<Impl> impl, Events& events)
    : impl_(std::move(impl)), events_(events) {}
Webhooks::~Webhooks() = default;

Events& Webhooks::events() { return events_; }

}  // namespace confab::message_store
