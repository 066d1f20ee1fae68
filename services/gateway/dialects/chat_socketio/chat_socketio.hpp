#pragma once

#include "gateway/dialects/chat_socketio/clients.hpp"
#include "gateway/dialects/dialect.hpp"
#include "gateway/socketio/server.hpp"

namespace confab::gateway::dialects {

/// The replaced app "chat-socketio" (docs/migrating/chat_socketio.md): two events in the namespace
/// "/chat". Its messages are those of direct rooms.
class ChatSocketIo final : public Dialect {
 public:
  ChatSocketIo(const DialectParts& parts, chat_socketio::ClientOptions options)
      : entrance_(parts.door.accounts, parts.door.guard.limits()),
        rooms_(parts),
        clients_(rooms_, entrance_, options) {}

  void open(SocketMount& mount) override { SocketServer::add_namespace(mount, "/chat", clients_); }
  /// It had no routes.
  [[nodiscard]] Task<HttpResponse> handle(HttpRequest request) override;
  void drain() override { clients_.drain(); }

 private:
  Entrance entrance_;
  DirectRooms rooms_;
  chat_socketio::Clients clients_;
};

}  // namespace confab::gateway::dialects
