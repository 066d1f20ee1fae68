#pragma once

#include <boost/json/object.hpp>
#include <chrono>
#include <string>

#include "gateway/dialects/chat_backend/credentials.hpp"
#include "gateway/dialects/chat_backend/listeners.hpp"
#include "gateway/dialects/chat_backend/socketio_clients.hpp"
#include "gateway/dialects/chat_backend/tcp_clients.hpp"
#include "gateway/dialects/dialect.hpp"
#include "gateway/dialects/message_pages.hpp"
#include "gateway/domain/entrance.hpp"
#include "gateway/socketio/server.hpp"

namespace confab::gateway::dialects {

struct ChatBackendOptions {
  bool insecure = false;                          ///< A uuid alone will do for who a client is.
  std::chrono::milliseconds hello_timeout{5000};  ///< For the first message on the raw port.
  std::size_t max_strangers = 10'000;             ///< Connections that have not said who they are.
  std::size_t max_body_bytes = 64 * 1024;
};

/// The replaced app "ChatBackend" (docs/migrating/chat_backend.md): its REST routes, its raw TCP
/// port, its Socket.IO event. Every answer of a route is {"ok":…} with status 200, as it was there.
class ChatBackend final : public Dialect {
 public:
  ChatBackend(const DialectParts& parts, ChatBackendOptions options);

  void open(SocketMount& mount) override { SocketServer::add_namespace(mount, "/", socketio_); }
  [[nodiscard]] Task<HttpResponse> handle(HttpRequest request) override;
  void take(const std::shared_ptr<StreamSocket>& socket) override { tcp_.take(socket); }
  void drain() override {
    tcp_.drain();
    socketio_.drain();
  }

 private:
  struct Route;
  /// What a route is given.
  struct Call {
    const HttpRequest& request;
    boost::json::object body = {};
  };
  /// JSON for "data", or "".
  using Answer = Task<Result<std::string>>;

  [[nodiscard]] Answer sign_up(Call& call);
  [[nodiscard]] Answer log_in(Call& call);
  [[nodiscard]] Answer create_room(Call& call);
  [[nodiscard]] Answer send_message(Call& call);
  [[nodiscard]] Answer history(Call& call);

  /// The user whom the request's headers name, with one more command of that name counted.
  [[nodiscard]] Task<Result<User>> caller(const Call& call, std::string_view command);
  [[nodiscard]] Answer perform(const Route& route, Call& call);
  [[nodiscard]] Task<Result<Sent>> send(User user, Draft draft);

  DialectParts parts_;
  const ChatBackendOptions options_;
  Entrance entrance_;
  chat_backend::Credentials credentials_;
  chat_backend::Listeners listeners_;
  chat_backend::SocketIoClients socketio_;
  chat_backend::TcpClients tcp_;
};

}  // namespace confab::gateway::dialects
