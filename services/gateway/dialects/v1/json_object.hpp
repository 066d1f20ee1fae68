#pragma once

#include <string>
#include <string_view>

#include "common/base/encoding.hpp"

namespace confab::gateway::dialects {

/// Writes {"key":value,…}; the caller closes it.
class Object {
 public:
  Object() {
    out_.reserve(kUsualBytes);
    out_ += '{';
  }
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
  [[nodiscard]] std::string close() {
    out_ += '}';
    return std::move(out_);
  }

 private:
  std::string& begin(std::string_view key) {
    if (out_.size() > 1) out_ += ',';
    out_ += '"';
    out_ += key;
    return out_ += "\":";
  }
  static constexpr std::size_t kUsualBytes = 256;
  std::string out_;
};

template <typename Items, typename ToJson>
[[nodiscard]] std::string array(const Items& items, ToJson to_json) {
  std::string out = "[";
  for (const auto& item : items) {
    const std::string json = to_json(item);
    if (out.size() > 1) {
      out += ',';
    } else {
      out.reserve(items.size() * (json.size() + json.size() / 8 + 1) + 2);
    }
    out += json;
  }
  return out + "]";
}

}  // namespace confab::gateway::dialects
