#include "auth/maintenance.hpp"

namespace confab::auth {

void Maintenance::reload(KeyRing& keys, logging::Logger& log) {
  if (const auto done = keys.load(); !done) {
    log.warning("signing_keys_not_read", {{"why", done.error().message}});
  }
}

void Maintenance::purge(SessionService& sessions, logging::Logger& log) {
  if (const auto purged = sessions.purge()) {
    log.info("sessions_purged", {{"sessions", *purged}});
  } else {
    log.warning("sessions_not_purged", {{"why", purged.error().message}});
  }
}

}  // namespace confab::auth
