#include "common/base/clock.hpp"
#include "common/postgres/migrate.hpp"
#include "common/rpc/server.hpp"
#include "common/runtime/process.hpp"
#include "message_store/broker/redis_events.hpp"
#include "message_store/message_store_config.hpp"
#include "message_store/message_store_metrics.hpp"
#include "message_store/rpc/message_store_rpc.hpp"
#include "message_store/storage/migrations.hpp"
#include "message_store/storage/pg_room_log.hpp"
#include "message_store/storage/pg_rooms.hpp"

using namespace confab;

int main(int argc, char** argv) {
  message_store::MessageStoreConfig config;
  runtime::Process process({"message-store", CONFAB_VERSION},
                           "keeps rooms, members and the rooms' logs\n\n"
                           "usage: confab-message-store [migrate] [options]",
                           config.options, {"migrate"});
  if (const auto code = process.begin(argc, argv, [&] { return config.check(); })) return *code;

  const auto pool_options = [&](std::size_t connections) {
    return postgres::PoolOptions{.url = config.database_url,
                                 .connections = connections,
                                 .application_name = "confab-message-store",
                                 .statement_timeout = config.statement_timeout,
                                 .lock_timeout = config.lock_timeout};
  };
  postgres::Pool writes(pool_options(config.writers + 2));
  postgres::Pool reads(pool_options(config.readers));
  if (process.command() == "migrate") {
    const auto migrate = [&]() -> Result<> {
      const auto applied =
          postgres::migrate(writes, message_store::kSchema, message_store::kMigrations);
      if (!applied) return applied.error();
      process.log().info("migrated", {{"applied", *applied}});
      return {};
    };
    return process.await("postgres", migrate).value_or(0);
  }
  std::vector<redis::Address> addresses;
  for (const auto& url : config.redis_urls) {
    const auto address = redis::parse_address(url);
    if (!address) return process.refuse(address.error());
    addresses.push_back(*address);
  }
  const auto gave_up = process.await("postgres", [&] {
    return postgres::check_schema(reads, message_store::kSchema, message_store::kMigrations);
  });
  if (gave_up) return *gave_up;

  message_store::MessageStoreMetrics metrics(process.metrics());
  redis::Publisher publisher(
      addresses, {.link =
                      [&](std::string_view host, bool up, std::string_view why) {
                        metrics.redis_up.Set(up ? 1 : 0);
                        process.log().info("redis", {{"host", host}, {"up", up}, {"why", why}});
                      },
                  .dropped = [&](std::size_t count) {
                    metrics.publish_dropped.Increment(static_cast<double>(count));
                  }});
  SystemClock clock;
  SystemRandom random;
  message_store::PgRooms rooms(reads);
  message_store::PgRoomLog log(writes, reads);
  message_store::RedisEvents events(publisher);
  message_store::People people(rooms);
  message_store::Announcer announcer(people, events);
  message_store::RoomLanes lanes(
      log, random,
      {.writers = config.writers, .max_batch = config.max_batch, .max_queued = config.max_queued},
      [&](const std::vector<message_store::Entry>& stored) {
        metrics.stored.Increment(static_cast<double>(stored.size()));
        announcer.committed(stored);
      },
      [&](const message_store::BatchReport& report) { metrics.count(report); });
  message_store::RoomService service(rooms, log, lanes, people, announcer, clock, random);
  WorkerPool workers(config.readers, config.max_queued);
  message_store::MessageStoreRpc rpc(service, lanes, workers);

  const auto server = rpc::Server::start(config.listen, {&rpc});
  if (!server) return process.refuse(server.error());
  process.serving();
  return process.wait();
}
