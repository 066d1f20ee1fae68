#include "gateway/dialects/chat_backend/credentials.hpp"

#include "common/base/uuid.hpp"

namespace confab::gateway::dialects::chat_backend {
namespace {

/// Of whom no token says when they cease to be.
constexpr auto kLasting = std::chrono::system_clock::time_point::max() - std::chrono::hours(24);

}  // namespace

Task<Result<Identity>> Credentials::check(std::string uuid, std::string token) {
  const auto parsed = Uuid::parse(uuid);
  if (!parsed) co_return Error{ErrorCode::invalid_argument, "the user must be a uuid"};
  if (!token.empty()) {
    auto identity = co_await gate_.identify(std::move(token));
    if (!identity) co_return identity.error();
    if (Uuid::parse(identity->user.uuid) != parsed) {
      co_return Error{ErrorCode::permission_denied, "the token belongs to another user"};
    }
    co_return identity;
  }
  if (!insecure_) {
    co_return Error{ErrorCode::unauthenticated, "a token is needed: the one that login gives"};
  }
  const auto user = co_await people_.find(parsed->text());
  if (!user) co_return user.error();
  // It is found by other names as well.
  if (Uuid::parse(user->uuid) != parsed) {
    co_return Error{ErrorCode::user_not_found, "there is no such user"};
  }
  Identity identity;
  identity.user = *user;
  identity.expires_at = kLasting;
  co_return identity;
}

}  // namespace confab::gateway::dialects::chat_backend
