#pragma once

#include <charconv>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/rate.hpp"
#include "common/base/result.hpp"

namespace confab::config {

/// What a process was started with.
struct Input {
  std::vector<std::string> arguments;  ///< Without the program's name.
  std::map<std::string, std::string> environment;
};

/// What the arguments ask for besides options.
struct Invocation {
  std::string command;  ///< First word that is no flag; empty for none.
  bool help = false;
  bool version = false;
  bool check_config = false;
  bool print_config = false;
};

/// The options of one service. Each is declared once, bound to a field whose initial value is the
/// default; flags, environment, file, --help and --print-config all come from that declaration.
///
/// Option "pool-size" of service "auth" is read from the file given by --config (a line
/// "pool-size = 8"), then CONFAB_AUTH_POOL_SIZE, then --pool-size=8; the last one wins. A secret
/// may also be a file: CONFAB_AUTH_DATABASE_URL_FILE or --database-url-file. Durations carry their
/// unit: 200ms, 30s, 15m, 24h. Rates are a count and a time: 30/3s, or 0 for none. As a flag, a
/// switch may stand alone: --provisioning is
/// --provisioning=true.
class Options {
 public:
  /// `service` in words with dashes, e.g. "message-store".
  explicit Options(std::string service);

  /// `field` must outlive this object.
  template <typename T>
  void add(std::string name, T& field, std::string help) {
    declare({std::move(name), std::move(help), write_value(field), false, std::is_same_v<T, bool>,
             [&field](std::string_view text) { return read_value(text, field); },
             [&field] { return write_value(field); }});
  }

  /// Masked by --print-config; may be given by a file.
  template <typename T>
  void add_secret(std::string name, T& field, std::string help) {
    declare({name,
             std::move(help),
             {},
             true,
             false,
             [&field](std::string_view text) { return read_value(text, field); },
             [&field] { return std::string(field.empty() ? "" : "********"); }});
    declare_file(std::move(name),
                 [&field](std::string_view text) { return read_value(text, field); });
  }

  /// Reads everything. Fails with invalid_argument naming the first unknown key or bad value.
  [[nodiscard]] Result<Invocation> load(const Input& input);

  /// One line an option: flag, variable, default, meaning.
  [[nodiscard]] std::string help() const;
  /// Effective values in the form of the file, secrets masked.
  [[nodiscard]] std::string print() const;
  [[nodiscard]] const std::string& service() const { return service_; }

 private:
  struct Option {
    std::string name;
    std::string help;
    std::string default_text;
    bool secret;
    bool is_switch;
    std::function<bool(std::string_view)> read;
    std::function<std::string()> write;
  };

  /// The option "<name>-file", whose content `read` gets.
  void declare_file(std::string name, std::function<bool(std::string_view)> read);
  void declare(Option option) { options_.push_back(std::move(option)); }
  [[nodiscard]] std::string variable(std::string_view name) const;
  [[nodiscard]] bool is_switch(std::string_view name) const;
  [[nodiscard]] Result<> set(std::string_view name, std::string_view value,
                             const std::string& origin);
  [[nodiscard]] Result<> read_file(const std::string& path);
  [[nodiscard]] Result<> read_environment(const Input& input);
  [[nodiscard]] Result<Invocation> read_arguments(const Input& input);

  static bool read_value(std::string_view text, std::string& field);
  static bool read_value(std::string_view text, bool& field);
  static bool read_value(std::string_view text, std::vector<std::string>& field);
  static bool read_value(std::string_view text, std::chrono::milliseconds& field);
  static bool read_value(std::string_view text, Rate& field);
  template <std::integral T>
  static bool read_value(std::string_view text, T& field) {
    const auto* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, field);
    return error == std::errc() && stop == end;
  }

  static std::string write_value(const std::string& field) { return field; }
  static std::string write_value(const bool& field) { return field ? "true" : "false"; }
  static std::string write_value(const std::vector<std::string>& field);
  static std::string write_value(std::chrono::milliseconds field);
  static std::string write_value(const Rate& field);
  template <std::integral T>
  static std::string write_value(const T& field) {
    return std::to_string(field);
  }

  std::string service_;
  std::string prefix_;
  std::vector<Option> options_;
};

}  // namespace confab::config
