#pragma once

#include "auth/domain/key_ring.hpp"
#include "auth/domain/session_service.hpp"
#include "common/base/periodic_task.hpp"
#include "common/logging/logger.hpp"

namespace confab::auth {

/// What happens by itself while the service runs: signing keys of other processes are read, dead
/// sessions are forgotten. A failure is logged and waits for the next time.
class Maintenance {
 public:
  Maintenance(KeyRing& keys, SessionService& sessions, logging::Logger& log)
      : reload_(KeyRing::kReloadPeriod, [&keys, &log] { reload(keys, log); }),
        purge_(kPurgePeriod, [&sessions, &log] { purge(sessions, log); }) {}

 private:
  static constexpr std::chrono::minutes kPurgePeriod{60};

  static void reload(KeyRing& keys, logging::Logger& log);
  static void purge(SessionService& sessions, logging::Logger& log);

  PeriodicTask reload_;
  PeriodicTask purge_;
};

}  // namespace confab::auth
