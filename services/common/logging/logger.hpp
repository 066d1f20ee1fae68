#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "common/base/result.hpp"

namespace spdlog {
class logger;
}

namespace confab::logging {

enum class Level { debug, info, warning, error };

/// One field of a log line. Never a message body, password or token.
struct Field {
  using Value = std::variant<std::int64_t, double, bool, std::string_view>;

  Field(std::string_view its_key, std::string_view its_value) : key(its_key), value(its_value) {}
  Field(std::string_view its_key, const char* its_value)
      : key(its_key), value(std::string_view(its_value)) {}
  Field(std::string_view its_key, const std::string& its_value)
      : key(its_key), value(std::string_view(its_value)) {}
  template <typename T>
  requires std::is_arithmetic_v<T> Field(std::string_view its_key, T its_value) : key(its_key) {
    if constexpr (std::is_same_v<T, bool>) {
      value = its_value;
    } else if constexpr (std::is_floating_point_v<T>) {
      value = static_cast<double>(its_value);
    } else {
      value = static_cast<std::int64_t>(its_value);
    }
  }

  std::string_view key;
  Value value;
};

/// Writes one JSON object a line to standard output: ts, level, svc, event, then the fields.
/// Thread-safe and never blocks: lines go through a queue of kQueuedLines, and the oldest are
/// dropped when the reader of standard output is slower.
class Logger {
 public:
  static constexpr std::size_t kQueuedLines = 1024;

  Logger(std::string service, Level least);
  ~Logger();  ///< Writes what is queued.

  /// "debug", "info", "warning" or "error"; invalid_argument otherwise.
  [[nodiscard]] static Result<Level> parse_level(std::string_view name);

  void log(Level level, std::string_view event, std::initializer_list<Field> fields = {});
  void debug(std::string_view event, std::initializer_list<Field> fields = {}) {
    log(Level::debug, event, fields);
  }
  void info(std::string_view event, std::initializer_list<Field> fields = {}) {
    log(Level::info, event, fields);
  }
  void warning(std::string_view event, std::initializer_list<Field> fields = {}) {
    log(Level::warning, event, fields);
  }
  void error(std::string_view event, std::initializer_list<Field> fields = {}) {
    log(Level::error, event, fields);
  }

 private:
  std::string service_;
  Level least_;
  std::shared_ptr<spdlog::logger> sink_;
};

/// The line without its line feed; `milliseconds` since 1970.
[[nodiscard]] std::string format_line(std::int64_t milliseconds, Level level,
                                      std::string_view service, std::string_view event,
                                      std::initializer_list<Field> fields);

}  // namespace confab::logging
