#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace confab::gateway {

/// Polling by script elements, for browsers without cross-origin requests. `j` is the query
/// parameter of that name; of it only digits count.

/// The script that hands a payload, valid UTF-8, to the client.
[[nodiscard]] std::string jsonp_script(std::string_view j, std::string_view payload);

/// The payload in a posted form; nothing when there is none in it.
[[nodiscard]] std::optional<std::string> jsonp_payload(std::string_view form);

}  // namespace confab::gateway
