#include "common/base/clock.hpp"
#include "common/postgres/start.hpp"
#include "common/rpc/server.hpp"
#include "message_store/broker/redis_events.hpp"
#include "message_store/message_store_config.hpp"
#include "message_store/message_store_metrics.hpp"
#include "message_store/reports.hpp"
#include "message_store/rpc/message_store_rpc.hpp"
#include "message_store/rpc/messages_rpc.hpp"
#include "message_store/rpc/provisioning_rpc.hpp"
#include "message_store/rpc/rooms_rpc.hpp"
#include "message_store/storage/migrations.hpp"
#include "message_store/storage/pg_read_positions.hpp"
#include "message_store/storage/pg_room_changes.hpp"
#include "message_store/storage/pg_room_import.hpp"
#include "message_store/storage/pg_room_lists.hpp"
#include "message_store/storage/pg_room_log.hpp"
#include "message_store/storage/pg_rooms.hpp"
#include "message_store/webhooks.hpp"

using namespace confab;

int main(int argc, char** argv) {
  message_store::MessageStoreConfig config;
  runtime::Process process({"message-store", CONFAB_VERSION}, "rooms, members and the rooms' logs",
                           config.options, {"migrate"});
  if (const auto code = process.begin(argc, argv, [&] { return config.check(); })) return *code;

  postgres::Pool writes(config.write_pool());
  postgres::Pool reads(config.read_pool());
  if (process.command() == "migrate") {
    return postgres::migrate_command(process, writes, message_store::kSchema,
                                     message_store::kMigrations);
  }
  if (const auto code = postgres::await_schema(process, reads, message_store::kSchema,
                                               message_store::kMigrations)) {
    return *code;
  }

  if (config.provisioning) process.log().warning("provisioning_is_on");
  message_store::MessageStoreMetrics metrics(process.metrics());
  message_store::Reports reports(metrics, process.log());
  redis::Publisher publisher(*redis::parse_addresses(config.redis_urls), reports.publisher());
  const SystemClock clock;
  SystemRandom random;
  message_store::PgRooms rooms(writes, reads);
  message_store::PgRoomLog log(writes, reads);
  message_store::RedisEvents events(publisher);
  message_store::People people(rooms);
  const auto webhooks = message_store::Webhooks::start(
      *config.webhook_settings(), {events, people, publisher, process.metrics(), process.log()});
  if (!webhooks) return process.refuse(webhooks.error());
  message_store::Announcer announcer(people, (*webhooks)->events(), reports.unpublished());
  message_store::RoomLanes lanes(
      log, random, config.lanes(),
      [&](std::span<const message_store::Entry> stored) {
        reports.stored(stored.size());
        announcer.committed(stored);
      },
      reports.batches());
  message_store::RoomService service(rooms, log, lanes, people, announcer, clock, random);
  message_store::MessageService messages(log, lanes, people, announcer, random, config.edit_window);
  WorkerPool workers(config.readers, config.max_queued);
  message_store::MessageStoreRpc rpc(service, lanes, workers, reports.failures());
  message_store::MessagesRpc messages_rpc(messages, workers, reports.failures());

  message_store::PgRoomChanges changes(writes);
  message_store::PgRoomLists lists(writes, reads);
  message_store::PgReadPositions positions(writes, reads);
  message_store::RoomDesk desk(rooms, log, changes, lanes, people, announcer, clock, random);
  message_store::RoomDirectory directory(rooms, lists);
  message_store::ReadDesk read_desk(rooms, positions, announcer);
  message_store::RoomsRpc rooms_rpc(desk, directory, read_desk, workers, reports.failures());

  message_store::PgRoomImport import_store(writes);
  message_store::RoomImport import(import_store, clock, random);
  message_store::ProvisioningRpc provisioning(import, workers, reports.failures());
  std::vector<grpc::Service*> services{&rpc, &messages_rpc, &rooms_rpc};
  if (config.provisioning) services.push_back(&provisioning);

  const auto server = rpc::Server::start(config.listen, services);
  if (!server) return process.refuse(server.error());
  process.serving();
  return process.wait();
}
