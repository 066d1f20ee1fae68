#pragma once

#include <array>
#include <chrono>

#include "common/metrics/metrics.hpp"

namespace confab::auth {

/// The calls that are timed.
enum class Method {
  add_user,
  login,
  refresh,
  logout,
  lookup_users,
  list_revocations,
  provision,
  find_user,
  search_users,
  rename,
  change_password,
  delete_account,
  list_sessions,
  logout_all
};

/// Its name as an RPC.
[[nodiscard]] const char* name(Method method);

/// Everything the auth service counts. Series are looked up once, here; call sites only add.
struct AuthMetrics {
  explicit AuthMetrics(prometheus::Registry& registry)
      : registrations_done(registrations(registry, "ok")),
        registrations_refused(registrations(registry, "refused")),
        registrations_failed(registrations(registry, "error")),
        accounts_provisioned(metrics::counter(registry, "confab_auth_accounts_provisioned_total",
                                              "Accounts made by operators in bulk")),
        logins_done(logins(registry, "ok")),
        logins_invalid(logins(registry, "invalid_credentials")),
        logins_throttled(logins(registry, "rate_limited")),
        logins_failed(logins(registry, "error")),
        refreshes_done(refreshes(registry, "ok")),
        refreshes_repeated(refreshes(registry, "repeated")),
        refreshes_unknown(refreshes(registry, "unknown")),
        refreshes_reused(refreshes(registry, "reused")),
        refreshes_failed(refreshes(registry, "error")),
        revocations(metrics::counter(registry, "confab_auth_revocations_total",
                                     "Sessions ended before their refresh token expired")),
        password_hash_seconds(metrics::seconds(registry, "confab_auth_password_hash_seconds",
                                               "Time of one Argon2id hash")),
        hash_queue_depth(metrics::gauge(registry, "confab_auth_hash_queue_depth",
                                        "Logins and registrations waiting for a hashing thread")),
        request_queue_depth(metrics::gauge(registry, "confab_auth_request_queue_depth",
                                           "Other calls waiting for a thread")),
        rpc_seconds{} {
    for (std::size_t i = 0; i < rpc_seconds.size(); ++i) {
      rpc_seconds[i] = rpc(registry, name(static_cast<Method>(i)));
    }
  }

  /// The time of one call, from its arrival to its answer.
  void observe(Method method, std::chrono::duration<double> time) {
    rpc_seconds[static_cast<std::size_t>(method)]->Observe(time.count());
  }

  prometheus::Counter& registrations_done;
  prometheus::Counter& registrations_refused;
  prometheus::Counter& registrations_failed;
  prometheus::Counter& accounts_provisioned;
  prometheus::Counter& logins_done;
  prometheus::Counter& logins_invalid;
  prometheus::Counter& logins_throttled;
  prometheus::Counter& logins_failed;
  prometheus::Counter& refreshes_done;
  prometheus::Counter& refreshes_repeated;
  prometheus::Counter& refreshes_unknown;
  prometheus::Counter& refreshes_reused;
  prometheus::Counter& refreshes_failed;
  prometheus::Counter& revocations;
  prometheus::Histogram& password_hash_seconds;
  prometheus::Gauge& hash_queue_depth;
  prometheus::Gauge& request_queue_depth;
  std::array<prometheus::Histogram*, 14> rpc_seconds;  ///< By Method.

 private:
  static prometheus::Counter& registrations(prometheus::Registry& registry, const char* result) {
    return metrics::counter(registry, "confab_auth_registrations_total", "Users who signed up",
                            {{"result", result}});
  }
  static prometheus::Counter& logins(prometheus::Registry& registry, const char* result) {
    return metrics::counter(registry, "confab_auth_logins_total", "Logins by password",
                            {{"result", result}});
  }
  static prometheus::Counter& refreshes(prometheus::Registry& registry, const char* result) {
    return metrics::counter(registry, "confab_auth_refreshes_total", "Refresh tokens presented",
                            {{"result", result}});
  }
  static prometheus::Histogram* rpc(prometheus::Registry& registry, const char* method) {
    return &metrics::seconds(registry, "confab_auth_rpc_seconds",
                             "Time of a call from its arrival to its answer", {{"method", method}});
  }
};

}  // namespace confab::auth
