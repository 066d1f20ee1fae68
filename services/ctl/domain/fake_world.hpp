#pragma once

#include <chrono>

#include "ctl/domain/numbers.hpp"
#include "ctl/domain/provisioner.hpp"

namespace confab::ctl {

/// What to fill a system with. The same values always give the same people, rooms and messages.
struct FakePlan {
  std::size_t users = 0;
  std::size_t messages = 0;
  std::uint64_t seed = 1;
  std::size_t weeks = 6;
  std::chrono::sys_seconds until{};  ///< After the last message.
};

inline constexpr std::size_t kMostFakeUsers = 1'000'000;
inline constexpr std::size_t kMostFakeMessages = 100'000'000;
inline constexpr std::size_t kMostWeeks = 520;

/// invalid_argument naming the option that cannot be.
[[nodiscard]] Result<> check(const FakePlan& plan);

/// People, the rooms they share, and how much is said in each. What is said is made when it is
/// asked for, so that all of it never has to be in memory.
class FakeWorld {
 public:
  /// Of a plan that has been checked.
  explicit FakeWorld(const FakePlan& plan);

  [[nodiscard]] const std::vector<AccountPlan>& people() const { return people_; }
  [[nodiscard]] const std::vector<RoomPlan>& rooms() const { return rooms_; }
  [[nodiscard]] std::size_t messages() const { return plan_.messages; }
  /// All that is said in the room of that index, with its planned gid.
  [[nodiscard]] Conversation talk_in(std::size_t room) const;

 private:
  void add_rooms();
  void add_direct_rooms(std::size_t most, Numbers& numbers);
  void share_messages();
  [[nodiscard]] std::vector<std::int64_t> times(std::size_t count, Numbers& numbers,
                                                std::vector<bool>& fresh) const;

  FakePlan plan_;
  std::vector<AccountPlan> people_;
  std::vector<RoomPlan> rooms_;
  std::vector<std::size_t> messages_;  // Of each room.
};

/// What there is after a run.
struct Faked {
  std::size_t accounts = 0, accounts_made = 0;
  std::size_t rooms = 0, rooms_made = 0;
  std::size_t messages = 0;    ///< That were added.
  std::size_t left_alone = 0;  ///< Direct rooms that others had made.
  std::string someone;         ///< A username to log in with.
};

/// Makes the world. `password`: of all the accounts that are made.
[[nodiscard]] Result<Faked> make_world(const FakeWorld& world, const std::string& password,
                                       Provisioner& provisioner);

}  // namespace confab::ctl
