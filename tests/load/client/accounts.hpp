#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace confab::load {

struct Account {
  std::string token;
  std::string user;
  std::vector<std::uint32_t> rooms;  ///< Indexes into Population::gids.
};

/// Who connects, and which rooms they are in.
struct Population {
  std::vector<Account> accounts;
  std::vector<std::string> gids;
};

/// Reads lines of `token,user,room[,room…]`, as `confabctl seed --tokens` writes them. Throws
/// std::runtime_error that names the file and the line.
[[nodiscard]] Population read_accounts(const std::string& path);

/// The same of a text; `name` is for errors.
[[nodiscard]] Population parse_accounts(const std::string& text, const std::string& name);

}  // namespace confab::load
