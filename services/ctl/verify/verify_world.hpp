#pragma once

#include <memory>
#include <string>
#include <vector>

#include "ctl/domain/history.hpp"
#include "ctl/domain/verify_plan.hpp"
#include "ctl/verify/rest.hpp"
#include "ctl/verify/verify_client.hpp"

namespace confab::ctl {

/// The throw-away people and rooms of a run, at the installation. The first user owns all rooms and
/// never leaves one; all users are in all rooms.
class VerifyWorld {
 public:
  VerifyWorld(Network& network, const std::vector<Door>& doors, Random& random)
      : network_(network), doors_(doors), random_(random) {}

  /// Signs up and makes rooms. What it has made until it fails, clean_up() takes away.
  [[nodiscard]] Task<Result<>> make(std::size_t users, std::size_t rooms);
  /// Archives the rooms and deletes the accounts; what could not be, in words.
  [[nodiscard]] Task<std::vector<std::string>> clean_up();

  /// Lets the user into the room again.
  [[nodiscard]] Task<Result<>> let_in(std::string gid, std::string username);
  /// Where the room's log ends.
  [[nodiscard]] Task<Result<LogPlace>> head(std::string gid);
  /// The room's log as that gateway tells it.
  [[nodiscard]] Task<Result<History::Log>> log(const Door& door, std::string gid);

  [[nodiscard]] const std::vector<VerifyUser>& users() const { return users_; }
  [[nodiscard]] const std::vector<std::string>& rooms() const { return rooms_; }

 private:
  [[nodiscard]] Task<Result<>> sign_up(std::string username);
  [[nodiscard]] Task<Result<>> make_room(std::string name);
  [[nodiscard]] const std::string& owner_token() const { return users_.front().token; }

  Network& network_;
  const std::vector<Door>& doors_;
  Random& random_;
  std::vector<VerifyUser> users_;
  std::vector<std::string> rooms_;
};

}  // namespace confab::ctl
