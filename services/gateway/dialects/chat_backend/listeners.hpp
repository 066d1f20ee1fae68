#pragma once

#include "gateway/dialects/chat_backend/credentials.hpp"
#include "gateway/dialects/chat_backend/first_message.hpp"
#include "gateway/dialects/chat_backend/listener_session.hpp"
#include "gateway/dialects/dialect.hpp"

namespace confab::gateway::dialects::chat_backend {

/// How connections come to hear rooms, whatever carries them. Event loop only.
class Listeners {
 public:
  using SessionPtr = std::shared_ptr<ListenerSession>;

  Listeners(const DialectParts& parts, Credentials& credentials)
      : parts_(parts), credentials_(credentials) {}

  /// Who speaks. Counts as one subscription of theirs.
  [[nodiscard]] Task<Result<Identity>> identify(FirstMessage message);
  /// Who knows the gid of a public room is taken into it.
  [[nodiscard]] Task<Result<Admission>> find_room(User user, std::string gid);

  /// The session's place among its user's, which it is to keep. too_many_connections.
  [[nodiscard]] Result<Place> place_for(const Identity& identity);
  [[nodiscard]] Task<Result<>> hear(SessionPtr session, Admission room);
  void leave(const SessionPtr& session) { parts_.host.put_out(session, true); }

  [[nodiscard]] const DialectParts& parts() const { return parts_; }

  /// Takes the user into the room if it is public.
  [[nodiscard]] Task<Result<>> enter(User user, std::string gid);

 private:
  DialectParts parts_;
  Credentials& credentials_;
};

}  // namespace confab::gateway::dialects::chat_backend
