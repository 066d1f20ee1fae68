#pragma once

#include <functional>

#include "auth/domain/key_ring.hpp"
#include "common/runtime/process.hpp"

namespace confab::auth {

/// The subcommand "rotate-key": adds a signing key that replaces the present one within
/// KeyRing::kActivation. Returns the exit code.
int rotate_key(runtime::Process& process, KeyRing& keys);

/// The subcommand "skip-ids": new users get ids that nobody has had, also whom the database has
/// forgotten. `skip` passes over so many and answers the last of them. Returns the exit code.
int skip_ids(runtime::Process& process, Random& random,
             const std::function<Result<std::int64_t>(std::int64_t)>& skip);

}  // namespace confab::auth
