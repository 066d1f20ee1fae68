#include "ctl/domain/provisioner.hpp"

#include <algorithm>
#include <utility>

namespace confab::ctl {
namespace {

/// How many rooms from `first` on one call can make.
std::size_t batch_of(std::span<const RoomPlan> rooms, std::size_t first) {
  std::size_t count = 0;
  std::size_t members = 0;
  while (first + count < rooms.size() && count < RoomMaker::kMostRooms) {
    members += rooms[first + count].members.size();
    if (members > kMostMembers) break;
    ++count;
  }
  return count;
}

/// Conversations, or parts of them, on their way into one call.
class Batch {
 public:
  using Send = std::function<Result<>(std::span<const Conversation>)>;
  explicit Batch(Send send) : send_(std::move(send)) {}

  Result<> add(Conversation conversation) {
    if (parts_.size() == RoomMaker::kMostRooms) {
      if (const auto sent = flush(); !sent) return sent;
    }
    parts_.push_back({conversation.gid, {}});
    for (auto& message : conversation.messages) {
      const auto bytes = message.text.size() + message.attributes.size();
      const bool full =
          messages_ == Provisioner::kMostMessages || bytes_ + bytes > Provisioner::kMostBytes;
      if (full && messages_ > 0) {
        if (const auto sent = flush(); !sent) return sent;
        parts_.push_back({conversation.gid, {}});
      }
      ++messages_;
      bytes_ += bytes;
      parts_.back().messages.push_back(std::move(message));
    }
    return {};
  }

  Result<> flush() {
    const auto parts = std::exchange(parts_, {});
    const auto messages = std::exchange(messages_, 0);
    bytes_ = 0;
    return messages > 0 ? send_(parts) : Result<>();
  }

 private:
  Send send_;
  std::vector<Conversation> parts_;
  std::size_t messages_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace

Result<AccountDelivery> Provisioner::make_accounts(const AccountOrder& order) {
  const bool apart = (!order.password.empty() && !order.hash_once) ||
                     std::any_of(order.accounts.begin(), order.accounts.end(),
                                 [](const AccountPlan& plan) { return !plan.password.empty(); });
  const auto most = apart ? kHashedApart : AccountMaker::kMostAccounts;
  AccountDelivery out;
  while (out.accounts.size() < order.accounts.size()) {
    const auto first = order.accounts.begin() + static_cast<std::ptrdiff_t>(out.accounts.size());
    const auto count = std::min(most, order.accounts.size() - out.accounts.size());
    const AccountOrder part{{first, first + static_cast<std::ptrdiff_t>(count)},
                            order.password,
                            order.hash_once,
                            order.token_life};
    auto delivery = accounts_.make(part);
    if (!delivery) return delivery.error();
    if (delivery->accounts.size() != count) {
      return Error{ErrorCode::internal, "the auth service answered with other accounts"};
    }
    if (out.accounts.empty()) out.expires_in = delivery->expires_in;
    std::move(delivery->accounts.begin(), delivery->accounts.end(),
              std::back_inserter(out.accounts));
    progress_("accounts", out.accounts.size(), order.accounts.size());
  }
  return out;
}

Result<RoomDelivery> Provisioner::make_rooms(Accounts accounts, std::span<const RoomPlan> rooms) {
  RoomDelivery out;
  while (out.gids.size() < rooms.size()) {
    const auto count = batch_of(rooms, out.gids.size());
    if (count == 0) {
      return Error{ErrorCode::invalid_argument,
                   "room \"" + rooms[out.gids.size()].name + "\" has too many members"};
    }
    auto made = rooms_.make(accounts, rooms.subspan(out.gids.size(), count));
    if (!made) return made.error();
    if (made->gids.size() != count) {
      return Error{ErrorCode::internal, "the message-store answered with other rooms"};
    }
    out.made += made->made;
    std::move(made->gids.begin(), made->gids.end(), std::back_inserter(out.gids));
    progress_("rooms", out.gids.size(), rooms.size());
  }
  return out;
}

Result<std::size_t> Provisioner::add_past(Accounts accounts, std::size_t conversations,
                                          std::size_t total, const NextConversation& next) {
  std::size_t added = 0;
  std::size_t sent = 0;
  Batch batch([&](std::span<const Conversation> parts) -> Result<> {
    const auto done = rooms_.add_past(accounts, parts);
    if (!done) return done.error();
    added += *done;
    for (const auto& part : parts) sent += part.messages.size();
    progress_("messages", sent, total);
    return {};
  });
  for (std::size_t i = 0; i < conversations; ++i) {
    if (const auto done = batch.add(next(i)); !done) return done.error();
  }
  if (const auto done = batch.flush(); !done) return done.error();
  return added;
}

}  // namespace confab::ctl

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

#include "ctl/domain/fake_services.hpp"

namespace confab::ctl {
namespace {

struct ProvisionerTest : testing::Test {
  FakeAccountMaker accounts;
  FakeRoomMaker rooms;
  Provisioner provisioner{accounts, rooms, [](auto...) {}};

  static AccountOrder order(std::size_t count) {
    AccountOrder order;
    for (std::size_t i = 0; i < count; ++i)
      order.accounts.push_back({std::to_string(i), "", "", ""});
    return order;
  }
  static Conversation talk(const std::string& gid, std::size_t messages, std::size_t bytes = 1) {
    Conversation out{gid, {}};
    for (std::size_t i = 0; i < messages; ++i) {
      out.messages.push_back({0, std::to_string(i), std::string(bytes, 'x'), "", 1000});
    }
    return out;
  }
  std::size_t add(const std::vector<Conversation>& all) {
    return *provisioner.add_past({}, all.size(), 1, [&](std::size_t i) { return all[i]; });
  }
};

TEST_F(ProvisionerTest, AsksForFewAccountsACallWhenEachPasswordIsHashedByItself) {
  auto wanted = order(120);
  wanted.accounts[7].password = "password1";
  ASSERT_EQ(provisioner.make_accounts(wanted)->accounts.size(), 120U);
  EXPECT_EQ(accounts.calls, (std::vector<std::size_t>{50, 50, 20}));
  accounts.calls.clear();
  wanted.accounts[7].password.clear();
  wanted.accounts[7].hash = "a hash";
  ASSERT_TRUE(provisioner.make_accounts(wanted));
  EXPECT_EQ(accounts.calls, std::vector<std::size_t>{120});
}

TEST_F(ProvisionerTest, FillsEachCallWithMessagesAndNeverMore) {
  EXPECT_EQ(add({talk("a", 3), talk("b", 12'000), talk("c", 2)}), 12'005U);
  EXPECT_EQ(rooms.past_calls, (std::vector<std::string>{"a:3 b:4997", "b:5000", "b:2003 c:2"}));
}

TEST_F(ProvisionerTest, KeepsEachCallOfLongMessagesSmall) {
  EXPECT_EQ(add({talk("a", 5, 400'000)}), 5U);
  EXPECT_EQ(rooms.past_calls, (std::vector<std::string>{"a:2", "a:2", "a:1"}));
}

TEST_F(ProvisionerTest, NamesAtMostAThousandRoomsACall) {
  std::vector<Conversation> all(1500, talk("a", 1));
  EXPECT_EQ(add(all), 1500U);
  EXPECT_EQ(rooms.past_calls.size(), 2U);
  EXPECT_EQ(add({}), 0U);
  EXPECT_EQ(add({talk("a", 0)}), 0U);
  EXPECT_EQ(rooms.past_calls.size(), 2U) << "nothing to say";
}

TEST_F(ProvisionerTest, RefusesARoomThatNoCallCanMake) {
  const std::vector<RoomPlan> huge{{"gid", "huge", std::vector<std::size_t>(20'001, 0)}};
  EXPECT_EQ(provisioner.make_rooms({}, huge).error().code, ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace confab::ctl
#endif
