#pragma once

#include <string>
#include <string_view>

#include "gateway/engineio/options.hpp"
#include "gateway/net/http.hpp"

namespace confab::gateway {

class EngineSession;

/// Why a request is refused, by the number clients read.
enum class EngineError {
  unknown_transport = 0,
  unknown_session = 1,
  bad_method = 2,
  bad_request = 3,
  unsupported_protocol = 5,
};

/// 400 with {"code":..,"message":..}, as answers to polling requests.
[[nodiscard]] HttpResponse error_answer(EngineError error);

/// 400 with the message alone, as answers to upgrades.
[[nodiscard]] HttpResponse upgrade_error_answer(EngineError error);

/// The reason under which EngineEvents counts it.
[[nodiscard]] std::string_view refusal_reason(EngineError error);

/// The packet that opens a session; `sid` is what the client is to name it by.
[[nodiscard]] std::string open_packet(const EngineSession& session, std::string_view sid,
                                      const EngineOptions& options);

}  // namespace confab::gateway
