#include <cstdio>
#include <thread>

#include "common/postgres/start.hpp"
#include "message_store/message_store_metrics.hpp"
#include "message_store/storage/migrations.hpp"
#include "message_store/storage/pg_epochs.hpp"
#include "message_store/store_services.hpp"
#include "message_store/webhooks.hpp"

using namespace confab;

namespace {

constexpr std::string_view kBumpEpoch = "bump-epoch";

int bump_epoch(const runtime::Process& process, postgres::Pool& pool,
               const message_store::BumpRequest& request) {
  // A person waits: no backoff, and no work on a schema of another version.
  const auto good =
      postgres::check_schema(pool, message_store::kSchema, message_store::kMigrations);
  if (!good) return process.refuse(good.error());
  message_store::PgEpochs epochs(pool);
  message_store::EpochBump bump(
      epochs, [](std::chrono::milliseconds time) { std::this_thread::sleep_for(time); });
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto done = bump.run(request, std::chrono::floor<std::chrono::seconds>(now));
  if (!done) return process.refuse(done.error());
  std::printf("%s\n", done->c_str());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  message_store::MessageStoreConfig config;
  if (argc > 1 && argv[1] == kBumpEpoch) config.declare_bump();
  runtime::Process process({"message-store", CONFAB_VERSION}, "rooms, members and the rooms' logs",
                           config.options, {"migrate", std::string(kBumpEpoch)});
  if (const auto code = process.begin(argc, argv, [&] { return config.check(); })) return *code;

  message_store::Pools pools(config);
  if (process.command() == "migrate") {
    return postgres::migrate_command(process, pools.writes, message_store::kSchema,
                                     message_store::kMigrations);
  }
  if (process.command() == kBumpEpoch) return bump_epoch(process, pools.writes, config.bump);
  if (const auto code = postgres::await_schema(process, pools.reads, message_store::kSchema,
                                               message_store::kMigrations)) {
    return *code;
  }

  if (config.provisioning) process.log().warning("provisioning_is_on");
  message_store::MessageStoreMetrics metrics(process.metrics());
  message_store::Reports reports(metrics, process.log());
  redis::Publisher publisher(*redis::parse_addresses(config.redis_urls), reports.publisher());
  message_store::Told told(pools, config, publisher, reports);
  const auto webhooks = message_store::Webhooks::start(
      *config.webhook_settings(),
      {told.events, told.people, publisher, process.metrics(), process.log()});
  if (!webhooks) return process.refuse(webhooks.error());
  message_store::StoreServices services(pools, told, (*webhooks)->events(), config, reports);

  const auto server = rpc::Server::start(config.listen, services.services());
  if (!server) return process.refuse(server.error());
  auto& answers = process.expect({"grpc", "the gRPC server does not answer"});
  (*server)->check_itself([&answers] { answers.beat(); });
  process.serving();
  return process.wait();
}
