#pragma once

#include <istream>
#include <string>
#include <vector>

#include "ctl/domain/provisioner.hpp"

namespace confab::ctl {

/// Users, rooms and messages of another app, out of a dump: checked, complete, in the order in
/// which they are to be made.
struct Import {
  std::vector<AccountPlan> accounts;
  std::vector<RoomPlan> rooms;
  std::vector<Conversation> conversations;  ///< One a room that has messages; `gid` as planned.
  std::size_t messages = 0;
  std::size_t locked_out = 0;  ///< Accounts without a password or hash.
};

/// Reads a dump of one JSON object a line (docs/migrating/README.md). Rooms and messages get the
/// same gids and client message ids every time, so that a dump can be imported again. All of it is
/// held in memory. invalid_argument that names the line and what is wrong with it.
[[nodiscard]] Result<Import> read_import(std::istream& dump);

/// What came of it.
struct Imported {
  std::size_t accounts_made = 0;
  std::size_t rooms_made = 0;
  std::size_t messages_added = 0;
};

/// Makes what is not there. `password`: of accounts without their own; empty: one nobody knows.
[[nodiscard]] Result<Imported> run_import(const Import& import, const std::string& password,
                                          Provisioner& provisioner);

}  // namespace confab::ctl
