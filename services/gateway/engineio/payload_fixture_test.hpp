#pragma once

// Test support: packets to send.

#include <memory>
#include <string>
#include <utility>

#include "gateway/engineio/packet.hpp"

namespace confab::gateway::testing {

inline EnginePacket text(std::string bytes) {
  return {std::make_shared<const std::string>(std::move(bytes)), false};
}

inline EnginePacket binary(std::string bytes) {
  return {std::make_shared<const std::string>(std::move(bytes)), true};
}

}  // namespace confab::gateway::testing
