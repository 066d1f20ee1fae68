#pragma once

#include <chrono>
#include <functional>
#include <iosfwd>
#include <span>
#include <string_view>

#include "ctl/domain/seed_layout.hpp"

namespace confab::ctl {

struct Account {
  std::int64_t id = 0;
  std::string uuid;
  std::string username;
  std::string name;
  std::string access_token;
  bool made = false;  ///< Otherwise it was there.
};

struct AccountOrder {
  std::vector<std::string> usernames;
  std::string password;  ///< Empty: one that nobody knows.
  bool hash_once = false;
  std::chrono::seconds token_life{0};  ///< 0: as long as the service allows.
};

struct AccountDelivery {
  std::vector<Account> accounts;  ///< In the order of the usernames.
  std::chrono::seconds expires_in{0};
};

/// Port: the auth service. Blocks. A second call with the same names finds the same accounts.
class AccountMaker {
 public:
  static constexpr std::size_t kMostAccounts = 1000;  ///< A call.

  virtual ~AccountMaker() = default;
  [[nodiscard]] virtual Result<AccountDelivery> make(const AccountOrder& order) = 0;
};

/// Port: the message-store. Blocks. A second call with the same rooms finds them.
class RoomMaker {
 public:
  static constexpr std::size_t kMostRooms = 1000;  ///< A call.

  virtual ~RoomMaker() = default;
  /// Members are numbers in `accounts`. How many rooms were made. At most kMostRooms with
  /// kMostMembers members together.
  [[nodiscard]] virtual Result<std::size_t> make(std::span<const Account> accounts,
                                                 std::span<const SeedRoom> rooms) = 0;
};

/// What was seeded.
struct Seeded {
  std::vector<Account> accounts;
  std::vector<SeedRoom> rooms;
  std::size_t accounts_made = 0;
  std::size_t rooms_made = 0;
  std::chrono::seconds expires_in{0};  ///< Of the tokens that were given first.
};

/// Makes what a plan says, in as few calls as the services allow.
class Seeder {
 public:
  using Progress = std::function<void(std::string_view what, std::size_t done, std::size_t total)>;
  struct Secrets {
    std::string password;        ///< Empty: one that nobody knows.
    bool same_password = false;  ///< Hash it once for all.
    std::chrono::seconds token_life{0};
  };

  Seeder(AccountMaker& accounts, RoomMaker& rooms, Progress progress)
      : accounts_(accounts), rooms_(rooms), progress_(std::move(progress)) {}

  /// The first error of a service. What was made until then stays, and is found the next time.
  [[nodiscard]] Result<Seeded> run(const SeedPlan& plan, const Secrets& secrets);

 private:
  [[nodiscard]] Result<> make_accounts(const SeedPlan& plan, const Secrets& secrets, Seeded& out);
  [[nodiscard]] Result<> make_rooms(Seeded& out);

  AccountMaker& accounts_;
  RoomMaker& rooms_;
  Progress progress_;
};

/// A line an account: token,username,gid,gid…
void write_tokens(const Seeded& seeded, std::ostream& out);

}  // namespace confab::ctl
