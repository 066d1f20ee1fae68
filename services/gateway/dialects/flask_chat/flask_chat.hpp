#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <vector>

#include "gateway/dialects/dialect.hpp"
#include "gateway/dialects/direct_rooms.hpp"
#include "gateway/dialects/flask_chat/socketio_clients.hpp"
#include "gateway/domain/entrance.hpp"
#include "gateway/socketio/server.hpp"

namespace confab::gateway::dialects {

/// The replaced app "Chat app backend" in Flask (docs/migrating/flask_chat.md): its REST routes and
/// its Socket.IO events. Its messages are those of direct rooms.
class FlaskChat final : public Dialect {
 public:
  explicit FlaskChat(const DialectParts& parts, std::size_t max_body_bytes = 64 * 1024);

  void open(SocketMount& mount) override { SocketServer::add_namespace(mount, "/", clients_); }
  [[nodiscard]] Task<HttpResponse> handle(HttpRequest request) override;

 private:
  struct Route;
  /// What a route is given.
  struct Call {
    const HttpRequest& request;
    std::string argument;  ///< The last part of a path that has one.
    boost::json::object body = {};
    Identity identity = {};  ///< Of routes for those who are known.
  };
  /// JSON.
  using Answer = Task<Result<std::string>>;

  [[nodiscard]] Answer perform(const Route& route, Call& call);
  [[nodiscard]] Answer greet(Call& call);
  [[nodiscard]] Answer sign_up(Call& call);
  [[nodiscard]] Answer log_in(Call& call);
  [[nodiscard]] Answer me(Call& call);
  [[nodiscard]] Answer log_out(Call& call);
  [[nodiscard]] Answer messages(Call& call);
  [[nodiscard]] Answer send_by_id(Call& call);
  [[nodiscard]] Answer send_by_name(Call& call);
  [[nodiscard]] Answer chats(Call& call);
  [[nodiscard]] Answer send(Call& call, User to);

  DialectParts parts_;
  const std::size_t max_body_bytes_;
  Entrance entrance_;
  DirectRooms rooms_;
  flask_chat::SocketIoClients clients_;
};

}  // namespace confab::gateway::dialects
