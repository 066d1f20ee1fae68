// Polling bodies of Engine.IO 4.
#include "payload_rules.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto polled = confab::gateway::parse_payload(confab::gateway::EngineVersion::v4,
                                                     confab::fuzz::text_of(data, size));
  confab::fuzz::require_round_trip(polled, {confab::gateway::EngineVersion::v4, true});
  return 0;
}
