#pragma once

#include <string>
#include <string_view>

#include "common/base/encoding.hpp"

namespace confab::gateway::dialects {

/// Writes {"key":value,…}; the caller closes it.
class Object {
 public:
  Object& text(std::string_view key, std::string_view value) {
    append_json_string(begin(key), value);
    return *this;
  }
  template <typename Number>
  Object& number(std::string_view key, Number value) {
    begin(key) += std::to_string(value);
    return *this;
  }
  Object& flag(std::string_view key, bool value) { return json(key, value ? "true" : "false"); }
  Object& json(std::string_view key, std::string_view value) {
    begin(key) += value;
    return *this;
  }
  [[nodiscard]] std::string close() { return std::move(out_) + "}"; }

 private:
  std::string& begin(std::string_view key) {
    if (out_.size() > 1) out_ += ',';
    out_ += '"';
    out_ += key;
    return out_ += "\":";
  }
  std::string out_ = "{";
};

template <typename Items, typename ToJson>
std::string array(const Items& items, ToJson to_json) {
  std::string out = "[";
  for (const auto& item : items) {
    if (out.size() > 1) out += ',';
    out += to_json(item);
  }
  return out + "]";
}

}  // namespace confab::gateway::dialects
