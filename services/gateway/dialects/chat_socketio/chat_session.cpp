#include "gateway/dialects/chat_socketio/chat_session.hpp"

#include "gateway/dialects/chat_socketio/words.hpp"

namespace confab::gateway::dialects::chat_socketio {

void ChatSession::tell(const Message& message, const User& to) {
  socket().emit(encode_event(socket().namespace_name(), "messages", render(message, to.id)));
}

void ChatSession::warn_of_expiry() {
  rooms_.parts().door.loop.spawn([this, self = shared_from_this()] { return renew_token(self); });
}

/// Without a new token it is cut off soon after, and logs in again.
Task<> ChatSession::renew_token(std::shared_ptr<ClientSession> self) {
  const auto login = co_await entrance_.refresh(refresh_token_, std::nullopt);
  if (!login || self->gone()) co_return;
  refresh_token_ = login->refresh_token;
  auto identity = co_await rooms_.parts().door.gate.identify(login->access_token);
  if (identity) renew(std::move(*identity));
}

}  // namespace confab::gateway::dialects::chat_socketio
