#include <sodium.h>

#include "auth/auth_config.hpp"
#include "auth/commands.hpp"
#include "auth/crypto/argon2_hasher.hpp"
#include "auth/crypto/jwt_token_issuer.hpp"
#include "auth/logged_audit_trail.hpp"
#include "auth/maintenance.hpp"
#include "auth/rpc/auth_rpc.hpp"
#include "auth/rpc/profiles_rpc.hpp"
#include "auth/rpc/provisioning_rpc.hpp"
#include "auth/storage/migrations.hpp"
#include "auth/storage/pg_account_store.hpp"
#include "auth/storage/pg_signing_key_store.hpp"
#include "auth/storage/user_ids.hpp"
#include "common/postgres/start.hpp"
#include "common/rpc/server.hpp"
#include "common/runtime/process.hpp"

using namespace confab;

int main(int argc, char** argv) {
  auth::AuthConfig config;
  runtime::Process process({"auth", CONFAB_VERSION}, "accounts, sessions and signing keys",
                           config.options, {"migrate", "rotate-key", "skip-ids"});
  if (const auto code = process.begin(argc, argv, [&] { return config.check(); })) return *code;
  if (sodium_init() < 0) return process.refuse({ErrorCode::internal, "libsodium cannot start"});

  postgres::Pool pool(config.pool());
  if (process.command() == "migrate") {
    return postgres::migrate_command(process, pool, auth::kSchema, auth::kMigrations);
  }

  const SystemClock clock;
  SystemRandom random;
  auth::PgSigningKeyStore key_store(pool);
  auth::KeyRing keys(key_store, random, clock, config.effective_lives().longest_access());
  const auto prepare = [&] {
    const auto good = postgres::check_schema(pool, auth::kSchema, auth::kMigrations);
    return good ? keys.load() : good;
  };
  if (const auto code = process.await("postgres", prepare)) return *code;
  if (process.command() == "rotate-key") return auth::rotate_key(process, keys);
  if (process.command() == "skip-ids") {
    return auth::skip_ids(process, random,
                          [&](auto count) { return auth::skip_user_ids(pool, count); });
  }

  if (config.insecure_fast_hashing) process.log().warning("insecure_fast_hashing");
  if (config.provisioning) process.log().warning("provisioning_is_on");
  auth::AuthMetrics metrics(process.metrics());
  auth::LoggedAuditTrail audit(metrics, process.log());
  auth::PgAccountStore store(pool);
  const auth::JwtTokenIssuer tokens(keys, jwt::Party{});
  auth::Argon2Hasher hasher(config.effective_hashing_cost(), random, [&](auto time) {
    metrics.password_hash_seconds.Observe(time.count());
  });
  auth::SessionService sessions(store, tokens, audit, random, clock, config.effective_lives());
  auth::LoginThrottle throttle(config.login_limit, clock);
  auth::AccountService accounts(store, sessions, hasher, throttle, audit, random);

  WorkerPool hashing(config.hash_threads, config.hash_queue);
  WorkerPool workers(config.database_connections, config.request_queue);
  auth::AuthRpc rpc(accounts, sessions, tokens, hashing, workers, metrics, process.log());
  auth::ProfileService profiles(store, hasher, throttle, audit);
  auth::ProfilesRpc profiles_rpc(profiles, sessions, hashing, workers, metrics, process.log());
  auth::Provisioning provisioning(store, sessions, hasher, audit, random);
  auth::ProvisioningRpc provisioning_rpc(provisioning, hashing, metrics, process.log());
  std::vector<grpc::Service*> services{&rpc, &profiles_rpc};
  if (config.provisioning) services.push_back(&provisioning_rpc);
  const auth::Maintenance maintenance(keys, sessions, process.log());
  const auto server = rpc::Server::start(config.listen, services);
  if (!server) return process.refuse(server.error());
  auto& answers = process.expect({"grpc", "the gRPC server does not answer"});
  (*server)->check_itself([&answers] { answers.beat(); });
  process.serving();
  return process.wait();
}
