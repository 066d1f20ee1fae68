#include "gateway/dialects/chat_socketio/chat_session.hpp"

#include "gateway/dialects/chat_socketio/words.hpp"

namespace confab::gateway::dialects::chat_socketio {
namespace {

constexpr std::chrono::milliseconds kFirstPause{1000};
constexpr std::chrono::milliseconds kLongestPause{8000};

}  // namespace

void ChatSession::tell(const Message& message, const User& to) {
  socket().emit(encode_event(socket().namespace_name(), "messages", render(message, to.id)));
}

void ChatSession::warn_of_expiry() {
  rooms_.parts().door.loop.spawn([this, self = shared_from_this()] { return renew_token(self); });
}

/// Until the session is cut off for want of a token. The first tries come soon after each other:
/// where only the answer was lost, the old refresh token is still good for a moment.
Task<> ChatSession::renew_token(std::shared_ptr<ClientSession> self) {
  for (auto pause = kFirstPause; !self->gone(); pause = std::min(pause * 2, kLongestPause)) {
    const auto renewed = co_await try_to_renew();
    if (renewed || !error_traits(renewed.error().code).retryable) co_return;
    co_await rooms_.parts().door.loop.sleep(pause);
  }
}

Task<Result<>> ChatSession::try_to_renew() {
  const auto login = co_await entrance_.refresh(refresh_token_, std::nullopt);
  if (!login) co_return login.error();
  refresh_token_ = login->refresh_token;
  auto identity = co_await rooms_.parts().door.gate.identify(login->access_token);
  if (!identity) co_return identity.error();
  renew(std::move(*identity));
  co_return Result<>();
}

}  // namespace confab::gateway::dialects::chat_socketio
