#pragma once

#include <map>
#include <optional>
#include <set>

#include "ctl/domain/provisioner.hpp"

namespace confab::ctl {

/// Remembers names, as the auth service does.
struct FakeAccountMaker final : AccountMaker {
  std::set<std::string> known;
  std::vector<std::size_t> calls;
  std::vector<AccountPlan> asked;
  std::optional<Error> failure;

  Result<AccountDelivery> make(const AccountOrder& order) override {
    if (failure) return *failure;
    calls.push_back(order.accounts.size());
    AccountDelivery out;
    out.expires_in = order.token_life;
    for (const auto& plan : order.accounts) {
      asked.push_back(plan);
      out.accounts.push_back({static_cast<std::int64_t>(asked.size()), "uuid", plan.username,
                              plan.name.empty() ? plan.username : plan.name,
                              "token-of-" + plan.username, known.insert(plan.username).second});
    }
    return out;
  }
};

/// Remembers rooms and messages, as the message-store does.
struct FakeRoomMaker final : RoomMaker {
  std::map<std::string, RoomPlan> known;
  std::vector<std::size_t> calls;
  std::vector<std::string> past_calls;  ///< "gid:messages gid:messages"
  std::map<std::string, std::vector<Said>> said;
  std::set<std::string> heard;                    ///< gid/client_msg_id
  std::map<std::string, std::string> other_gids;  ///< Of direct rooms that were there, by planned.
  std::optional<Error> failure;

  Result<RoomDelivery> make(Accounts, std::span<const RoomPlan> rooms) override {
    if (failure) return *failure;
    calls.push_back(rooms.size());
    RoomDelivery out;
    for (const auto& room : rooms) {
      const auto other = other_gids.find(room.gid);
      out.gids.push_back(other == other_gids.end() ? room.gid : other->second);
      if (known.emplace(out.gids.back(), room).second) ++out.made;
    }
    return out;
  }

  Result<std::size_t> add_past(Accounts, std::span<const Conversation> conversations) override {
    if (failure) return *failure;
    std::size_t added = 0;
    std::string call;
    for (const auto& one : conversations) {
      call += (call.empty() ? "" : " ") + one.gid + ":" + std::to_string(one.messages.size());
      for (const auto& message : one.messages) {
        const auto key =
            one.gid + "/" + std::to_string(message.sender) + "/" + message.client_msg_id;
        heard.insert(key);
        said[one.gid].push_back(message);
        ++added;
      }
    }
    past_calls.push_back(call);
    return added;
  }
};

}  // namespace confab::ctl
