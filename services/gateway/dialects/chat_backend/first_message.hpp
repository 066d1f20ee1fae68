#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/result.hpp"

namespace confab::gateway::dialects::chat_backend {

/// What a client says before it hears anything.
struct FirstMessage {
  std::string uuid;
  std::string gid;
  std::string token;  ///< Empty: it knows of none.
};

/// {"uuid":…,"room_gid":…,"token"?:…}; invalid_argument otherwise.
[[nodiscard]] Result<FirstMessage> first_message(const boost::json::object& data);
/// The same out of text, whose strings may also stand in single quotes, as Python prints them.
[[nodiscard]] Result<FirstMessage> first_message(std::string_view text);

/// How far the object that `text` begins with goes; 0 while it goes on, nothing when it begins with
/// something else. Strings in either quotes; white space may come before.
[[nodiscard]] std::optional<std::size_t> end_of_object(std::string_view text);

}  // namespace confab::gateway::dialects::chat_backend
