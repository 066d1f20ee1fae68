#pragma once

#include "common/base/random.hpp"
#include "gateway/dialects/v1/commands.hpp"
#include "gateway/dialects/v1/door_guard.hpp"
#include "gateway/domain/hub.hpp"
#include "gateway/domain/session_book.hpp"

namespace confab::gateway::dialects {

/// The domain as the doors use it.
struct DoorParts {
  Gatekeeper& gate;
  Accounts& accounts;
  Chat& chat;
  Commands& commands;
  Hub& hub;
  SessionBook& sessions;
  Loop& loop;
  Random& random;
  DoorGuard& guard;
};

}  // namespace confab::gateway::dialects
