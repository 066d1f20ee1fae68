#pragma once

#include <boost/json/value.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"
#include "gateway/domain/types.hpp"

namespace confab::gateway::dialects {

// Of what a client says; more is refused (docs/protocol.md, "Limits").
inline constexpr std::size_t kMaxDepth = 16;    ///< Levels of nesting.
inline constexpr std::size_t kMaxKeys = 64;     ///< Of one object.
inline constexpr std::size_t kMaxItems = 1000;  ///< Of one array.

/// Reads the fields of a command's data. The first bad one is kept as the error; a number given as
/// a string is bad, null counts as absent.
class Fields {
 public:
  explicit Fields(const boost::json::object& data) : data_(data) {}

  [[nodiscard]] std::string required_text(std::string_view name);
  [[nodiscard]] std::string text(std::string_view name);
  /// Nothing when absent.
  [[nodiscard]] std::optional<std::string> optional_text(std::string_view name);
  [[nodiscard]] std::optional<std::uint64_t> number(std::string_view name);
  [[nodiscard]] std::uint64_t required_number(std::string_view name);
  [[nodiscard]] std::optional<bool> flag(std::string_view name);
  [[nodiscard]] std::vector<std::string> texts(std::string_view name);
  /// The object as compact JSON; "" when absent.
  [[nodiscard]] std::string object_json(std::string_view name);
  /// {"epoch":…,"seq":…}
  [[nodiscard]] std::optional<Position> position(std::string_view name);

  /// Success when all fields read so far were good.
  [[nodiscard]] const Result<>& good() const { return good_; }
  /// The field must be `what`: the error, unless there is one already.
  void refuse(std::string_view name, std::string_view what);

 private:
  [[nodiscard]] const boost::json::value* find(std::string_view name) const;

  const boost::json::object& data_;
  Result<> good_;
};

/// Parses client JSON within the limits above, valid UTF-8. invalid_argument otherwise,
/// payload_too_large for too many keys or items. An envelope around what a client says has
/// `more_levels` of its own.
[[nodiscard]] Result<boost::json::value> parse_value(std::string_view text,
                                                     std::size_t more_levels = 0);
/// The same of an object; invalid_argument for anything else.
[[nodiscard]] Result<boost::json::object> parse_object(std::string_view text,
                                                       std::size_t more_levels = 0);
/// payload_too_large for too many keys or items in what was parsed elsewhere, to kMaxDepth levels.
[[nodiscard]] Result<> check_width(const boost::json::value& value);

}  // namespace confab::gateway::dialects
