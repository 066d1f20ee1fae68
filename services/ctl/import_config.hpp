#pragma once

#include "ctl/service_addresses.hpp"

namespace confab::ctl {

/// What "confabctl import" is told.
struct ImportConfig {
  ServiceAddresses addresses;
  std::string file;
  std::string password;
  bool check_only = false;

  config::Options options{"ctl"};

  ImportConfig();
  ImportConfig(const ImportConfig&) = delete;  // The options point at the fields.
  ImportConfig& operator=(const ImportConfig&) = delete;

  /// invalid_argument naming the first option that is missing or cannot work.
  [[nodiscard]] Result<> check() const;
};

}  // namespace confab::ctl
