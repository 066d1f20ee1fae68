// Polling bodies of Engine.IO 3: the first byte says whether the rest is text or octets.
#include "payload_rules.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  constexpr auto kV3 = confab::gateway::EngineVersion::v3;
  const auto body = confab::fuzz::text_of(data + 1, size - 1);
  const auto polled = data[0] == 'o' ? confab::gateway::parse_octets(body)
                                     : confab::gateway::parse_payload(kV3, body);
  confab::fuzz::require_round_trip(polled, {kV3, true});
  confab::fuzz::require_round_trip(polled, {kV3, false});
  return 0;
}
