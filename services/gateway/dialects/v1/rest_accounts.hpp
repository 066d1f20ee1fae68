#pragma once

#include <boost/json/object.hpp>

#include "gateway/domain/entrance.hpp"
#include "gateway/domain/people.hpp"

namespace confab::gateway::dialects {

/// The routes by which users come in and manage their accounts and sessions: those of the REST door
/// that need no user yet, or the very session. Each answers the JSON of docs/protocol.md.
class RestAccounts {
 public:
  using Body = const boost::json::object&;
  using Answer = Task<Result<std::string>>;

  RestAccounts(Accounts& accounts, People& people, Gatekeeper& gate, DoorLimits& limits)
      : accounts_(accounts), entrance_(accounts, limits), people_(people), gate_(gate) {}

  [[nodiscard]] Answer sign_up(Body body, CountedAddress address);
  [[nodiscard]] Answer log_in(Body body, CountedAddress address);
  [[nodiscard]] Answer refresh(Body body, CountedAddress address);

  /// With {"all":true} all sessions of the user end.
  [[nodiscard]] Answer log_out(Identity identity, Body body);
  [[nodiscard]] Answer change_password(Identity identity, Body body);
  [[nodiscard]] Answer delete_account(Identity identity, Body body);
  [[nodiscard]] Answer sessions(Identity identity, Body body);

 private:
  Accounts& accounts_;
  Entrance entrance_;
  People& people_;
  Gatekeeper& gate_;
};

}  // namespace confab::gateway::dialects
