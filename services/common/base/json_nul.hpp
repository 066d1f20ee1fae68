#pragma once

#include <algorithm>
#include <boost/json/value.hpp>

namespace confab {

/// Whether a string or a key within holds a NUL, which PostgreSQL can store in `json` and not look
/// at. Recursive: how deep `value` is was bounded when it was parsed. For those who link
/// Boost.JSON.
inline bool holds_nul(const boost::json::value& value) {
  if (value.is_string()) return value.get_string().find('\0') != boost::json::string::npos;
  if (value.is_array()) {
    const auto& items = value.get_array();
    return std::any_of(items.begin(), items.end(), holds_nul);
  }
  if (!value.is_object()) return false;
  const auto& fields = value.get_object();
  return std::any_of(fields.begin(), fields.end(), [](const auto& field) {
    return field.key().find('\0') != field.key().npos || holds_nul(field.value());
  });
}

}  // namespace confab
