#pragma once

#include "auth/domain/key_ring.hpp"
#include "common/runtime/process.hpp"

namespace confab::auth {

/// The subcommand "rotate-key": adds a signing key that replaces the present one within
/// KeyRing::kActivation. Returns the exit code.
int rotate_key(runtime::Process& process, KeyRing& keys);

}  // namespace confab::auth
