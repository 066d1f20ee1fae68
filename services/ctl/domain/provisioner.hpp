#pragma once

#include <chrono>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"

namespace confab::ctl {

struct Account {
  std::int64_t id = 0;
  std::string uuid;
  std::string username;
  std::string name;
  std::string access_token;
  bool made = false;  ///< Otherwise it was there.
};

struct AccountPlan {
  std::string username;
  std::string name;      ///< Empty: the username.
  std::string password;  ///< Empty: that of the order.
  std::string hash;      ///< In place of a password, as auth/v1/provisioning.proto tells.
};

struct AccountOrder {
  std::vector<AccountPlan> accounts;
  std::string password;  ///< Of those without their own. Empty: one that nobody knows.
  bool hash_once = false;
  std::chrono::seconds token_life{0};  ///< 0: as long as the service allows.
};

struct AccountDelivery {
  std::vector<Account> accounts;  ///< In the order of the plans.
  std::chrono::seconds expires_in{0};
};

/// The most members of the rooms of one call (message_store/v1/provisioning.proto).
inline constexpr std::size_t kMostMembers = 20'000;

struct RoomPlan {
  std::string gid;
  std::string name;                  ///< Empty for a direct room.
  std::vector<std::size_t> members;  ///< Places in the accounts; the first owns the room.
  std::string kind{};                ///< Empty: private.
  std::string topic{};
  std::int64_t created_ms = 0;  ///< 0: now.
};

struct RoomDelivery {
  std::size_t made = 0;           ///< The others were there.
  std::vector<std::string> gids;  ///< As planned, but of direct rooms that were there.
};

/// A message said in the past.
struct Said {
  std::size_t sender = 0;  ///< Place in the accounts.
  std::string client_msg_id;
  std::string text;
  std::string attributes{};  ///< A JSON object or empty.
  std::int64_t ms = 0;       ///< Since 1970.
};

struct Conversation {
  std::string gid;
  std::vector<Said> messages;  ///< By rising time.
};

using Accounts = std::span<const Account>;

/// Port: the auth service. Blocks. A second call with the same names finds the same accounts.
class AccountMaker {
 public:
  static constexpr std::size_t kMostAccounts = 1000;  ///< A call.

  virtual ~AccountMaker() = default;
  [[nodiscard]] virtual Result<AccountDelivery> make(const AccountOrder& order) = 0;
};

/// Port: the message-store. Blocks. A second call with the same finds what is there.
class RoomMaker {
 public:
  static constexpr std::size_t kMostRooms = 1000;  ///< A call.

  virtual ~RoomMaker() = default;
  /// At most kMostRooms with kMostMembers members together.
  [[nodiscard]] virtual Result<RoomDelivery> make(Accounts accounts,
                                                  std::span<const RoomPlan> rooms) = 0;
  /// How many were added; the others were there. At most kMostRooms, each once, with
  /// Provisioner::kMostMessages messages together.
  [[nodiscard]] virtual Result<std::size_t> add_past(
      Accounts accounts, std::span<const Conversation> conversations) = 0;
};

/// Told how far it is.
using Progress = std::function<void(std::string_view what, std::size_t done, std::size_t total)>;

/// Makes accounts, rooms and their past in as few calls as the services allow. Each stops at the
/// first error of a service: what was made until then stays, and is found the next time.
class Provisioner {
 public:
  /// Accounts a call when each password is hashed by itself, which takes tens of milliseconds.
  static constexpr std::size_t kHashedApart = 50;
  static constexpr std::size_t kMostMessages = 5000;    ///< A call.
  static constexpr std::size_t kMostBytes = 1'000'000;  ///< Of their texts and attributes.

  Provisioner(AccountMaker& accounts, RoomMaker& rooms, Progress progress)
      : accounts_(accounts), rooms_(rooms), progress_(std::move(progress)) {}

  /// `order` of any size. The life of the tokens is that of those given first.
  [[nodiscard]] Result<AccountDelivery> make_accounts(const AccountOrder& order);
  [[nodiscard]] Result<RoomDelivery> make_rooms(Accounts accounts, std::span<const RoomPlan> rooms);

  /// One conversation after the other, of which each is asked for when it is its turn. How many
  /// messages were added; `total` is how many there are, for the progress.
  using NextConversation = std::function<Conversation(std::size_t index)>;
  [[nodiscard]] Result<std::size_t> add_past(Accounts accounts, std::size_t conversations,
                                             std::size_t total, const NextConversation& next);

 private:
  AccountMaker& accounts_;
  RoomMaker& rooms_;
  Progress progress_;
};

}  // namespace confab::ctl
