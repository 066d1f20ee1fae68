#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/config/options.hpp"

namespace confab::gateway {

/// Which replaced apps' clients are served, and where. Part of GatewayConfig.
struct DialectsConfig {
  using Endpoint = boost::asio::ip::tcp::endpoint;

  /// What there is to set of one dialect.
  struct Dialect {
    std::string name;                ///< As in --dialects and in paths: "chat_backend".
    std::string insecure_what = {};  ///< What its --…-insecure allows; "": there is no such option.
    bool has_tcp = false;            ///< It has raw TCP connections, too.
    std::string port = {};
    std::string tcp_port = {};
    bool insecure = false;
  };

  std::vector<std::string> names;  ///< Those that are switched on.
  bool production = true;
  std::deque<Dialect> all;  ///< Every dialect there is.

  DialectsConfig();

  /// The options are bound to this object.
  void declare(config::Options& options);
  [[nodiscard]] Result<> check() const;

  /// Null for a dialect that there is not.
  [[nodiscard]] const Dialect* find(std::string_view name) const;
  [[nodiscard]] bool is_on(std::string_view name) const;

  /// A port option's value: nothing for "", "8091" on the address of `main`, or an ip:port.
  /// invalid_argument otherwise.
  [[nodiscard]] static Result<std::optional<Endpoint>> endpoint(const std::string& text,
                                                                const Endpoint& main);
};

}  // namespace confab::gateway
