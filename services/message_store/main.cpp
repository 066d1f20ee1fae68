#include "common/base/clock.hpp"
#include "common/postgres/start.hpp"
#include "common/rpc/server.hpp"
#include "message_store/background.hpp"
#include "message_store/broker/redis_events.hpp"
#include "message_store/message_store_config.hpp"
#include "message_store/message_store_metrics.hpp"
#include "message_store/reports.hpp"
#include "message_store/rpc/message_store_rpc.hpp"
#include "message_store/rpc/people_rpc.hpp"
#include "message_store/rpc/provisioning_rpc.hpp"
#include "message_store/storage/migrations.hpp"
#include "message_store/storage/pg_blocks.hpp"
#include "message_store/storage/pg_profiles.hpp"
#include "message_store/storage/pg_room_import.hpp"
#include "message_store/storage/pg_room_log.hpp"
#include "message_store/storage/pg_rooms.hpp"
#include "message_store/storage/pg_search.hpp"
#include "message_store/storage/pg_search_index.hpp"

using namespace confab;

int main(int argc, char** argv) {
  message_store::MessageStoreConfig config;
  runtime::Process process({"message-store", CONFAB_VERSION}, "rooms, members and the rooms' logs",
                           config.options, {"migrate"});
  if (const auto code = process.begin(argc, argv, [&] { return config.check(); })) return *code;

  postgres::Pool writes(config.write_pool());
  postgres::Pool reads(config.read_pool());
  postgres::Pool searches(config.search_pool());
  postgres::Pool background(config.background_pool());
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
  message_store::RedisEvents to_gateways(publisher);
  message_store::PgSearchIndex index(background, background);
  message_store::SearchIndexer indexer(index, config.indexer(), reports.indexing());
  message_store::IndexedEvents events(to_gateways, indexer);
  message_store::People people(rooms);
  message_store::Announcer announcer(people, events, reports.unpublished());
  message_store::RoomLanes lanes(
      log, random, config.lanes(),
      [&](std::span<const message_store::Entry> stored) {
        reports.stored(stored.size());
        announcer.committed(stored);
      },
      reports.batches());
  message_store::RoomService service(rooms, log, lanes, people, announcer, clock, random);
  WorkerPool workers(config.readers, config.max_queued);
  message_store::MessageStoreRpc rpc(service, lanes, workers, reports.failures());

  message_store::PgBlocks blocks(writes, reads);
  message_store::PgProfiles profiles(writes, background);
  message_store::PgErasures erasures(background, background);
  message_store::PeopleService people_service(profiles, blocks, erasures, people);
  message_store::PgSearch search(searches, config.search_timeout);
  message_store::SearchService search_service(search, people);
  WorkerPool searchers(config.searchers, config.max_searches);
  message_store::PeopleRpc people_rpc(people_service, search_service, workers, searchers,
                                      reports.failures());

  message_store::PgRoomImport import_store(writes);
  message_store::RoomImport import(import_store, clock, random);
  message_store::ProvisioningRpc provisioning(import, workers, reports.failures());
  std::vector<grpc::Service*> services{&rpc, &people_rpc};
  if (config.provisioning) services.push_back(&provisioning);

  const message_store::Background in_background(people_service, erasures, service, reports);
  std::optional<message_store::IndexerThread> indexing;
  if (config.search_index) indexing.emplace(indexer);
  const auto server = rpc::Server::start(config.listen, services);
  if (!server) return process.refuse(server.error());
  process.serving();
  return process.wait();
}
