#pragma once

#include <string>

#include "gateway/domain/people.hpp"

namespace confab::gateway::dialects::chat_backend {

/// Who a client is: the bearer of a token, who must be the user whose uuid it names; or, where that
/// is allowed, whoever names a uuid. Event loop only.
class Credentials {
 public:
  /// `insecure`: the uuid alone will do.
  Credentials(Gatekeeper& gate, People& people, bool insecure)
      : gate_(gate), people_(people), insecure_(insecure) {}

  /// `token` may be empty. unauthenticated without a good one, permission_denied for that of
  /// another user. Of a uuid alone the identity is of no session, and lasts.
  [[nodiscard]] Task<Result<Identity>> check(std::string uuid, std::string token);

 private:
  Gatekeeper& gate_;
  People& people_;
  const bool insecure_;
};

}  // namespace confab::gateway::dialects::chat_backend
