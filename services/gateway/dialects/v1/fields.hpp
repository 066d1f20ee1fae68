#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"
#include "gateway/domain/types.hpp"

namespace confab::gateway::dialects {

/// Reads the fields of a command's data. The first bad one is kept as the error; a number given as
/// a string is bad, null counts as absent.
class Fields {
 public:
  explicit Fields(const boost::json::object& data) : data_(data) {}

  [[nodiscard]] std::string required_text(std::string_view name);
  [[nodiscard]] std::string text(std::string_view name);
  [[nodiscard]] std::optional<std::uint64_t> number(std::string_view name);
  /// False when absent.
  [[nodiscard]] bool flag(std::string_view name);
  [[nodiscard]] std::vector<std::string> texts(std::string_view name);
  /// The object as compact JSON; "" when absent.
  [[nodiscard]] std::string object_json(std::string_view name);
  /// {"epoch":…,"seq":…}
  [[nodiscard]] std::optional<Position> position(std::string_view name);

  /// Success when all fields read so far were good.
  [[nodiscard]] const Result<>& good() const { return good_; }

 private:
  [[nodiscard]] const boost::json::value* find(std::string_view name) const;
  void refuse(std::string_view name, std::string_view what);

  const boost::json::object& data_;
  Result<> good_;
};

/// Parses client JSON: at most 16 deep, valid UTF-8, an object. invalid_argument otherwise.
[[nodiscard]] Result<boost::json::object> parse_object(std::string_view text);

}  // namespace confab::gateway::dialects
