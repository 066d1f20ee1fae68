// Polling bodies of Engine.IO 4.
#include "payload_rules.hpp"

using namespace confab;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto polled = gateway::parse_payload(gateway::EngineVersion::v4, fuzz::text_of(data, size));
  fuzz::require_round_trip(polled, {gateway::EngineVersion::v4, true});
  return 0;
}
