#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ctl/domain/provisioner.hpp"

namespace confab::ctl {

/// What to seed. The same values always give the same names, gids and members.
struct SeedPlan {
  std::size_t users = 0;
  std::size_t rooms = 0;
  std::size_t members = 0;  ///< Of each room.
  std::string prefix = "seed-";
  std::uint64_t seed = 1;
};

/// The most users, and the most memberships of all rooms together.
inline constexpr std::size_t kMostUsers = 1'000'000;
inline constexpr std::size_t kMostMemberships = 10'000'000;
/// invalid_argument naming the option that cannot be.
[[nodiscard]] Result<> check(const SeedPlan& plan);

/// The name of user `number`, from 0: the prefix and a number from 1.
[[nodiscard]] std::string username(const SeedPlan& plan, std::size_t number);

/// The rooms of a plan that has been checked. Users are dealt like cards, so that each is in as
/// many rooms as any other, or in one more or less.
[[nodiscard]] std::vector<RoomPlan> lay_out(const SeedPlan& plan);

}  // namespace confab::ctl
