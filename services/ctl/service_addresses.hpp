#pragma once

#include <string>
#include <vector>

#include "common/config/options.hpp"

namespace confab::ctl {

/// Where the services are; part of every command's configuration.
struct ServiceAddresses {
  std::string auth = "127.0.0.1:7100";
  std::vector<std::string> message_stores = {"127.0.0.1:7200"};

  /// The options are bound to this object.
  void declare(config::Options& options) {
    options.add("auth-address", auth, "host:port of the auth service");
    options.add("message-stores", message_stores,
                "host:port of each message-store; the next is asked when one is away");
  }
};

/// 8 to 256 bytes (docs/protocol.md, "Limits").
[[nodiscard]] inline bool is_good_password(const std::string& password) {
  return password.size() >= 8 && password.size() <= 256;
}

}  // namespace confab::ctl
