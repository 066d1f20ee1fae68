#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "common/base/random.hpp"
#include "gateway/engineio/server.hpp"
#include "gateway/socketio/application.hpp"
#include "gateway/socketio/namespace.hpp"

namespace confab::gateway {

class SocketConnection;

struct SocketOptions {
  /// For a connection to be let into its first namespace, from its opening on.
  std::chrono::milliseconds connect_timeout{45'000};
};

/// What the server reports to whoever counts; called on the event loop, and must not call back.
struct SocketEvents {
  /// A connection closed because of what its client sent. `reason` is one of: "packet", "state",
  /// "connect_timeout", "application" (which threw).
  std::function<void(std::string_view reason)> connection_refused = [](std::string_view) {};
};

/// Socket.IO on an EngineServer: protocol 5 on sessions of Engine.IO 4, protocol 4 on those of
/// Engine.IO 3. Must live as long as the event loop runs.
class SocketServer final : public EngineHandler {
 public:
  /// Takes over `engine`: serves it as its handler.
  SocketServer(EngineServer& engine, SocketOptions options, Random& random,
               SocketEvents events = {});
  ~SocketServer() override;

  /// Opens one more path to clients, such as "/a/socket.io/". Before HttpServer::start().
  [[nodiscard]] SocketMount& mount(const std::string& path);
  /// Opens a namespace of the path, "/" or "/name", which `application` serves. Before
  /// HttpServer::start().
  static void add_namespace(SocketMount& mount, std::string name, Application& application);
  /// The same on the engine's own path.
  void add_namespace(std::string name, Application& application) {
    add_namespace(mounts_.front(), std::move(name), application);
  }

  void on_open(const std::shared_ptr<EngineSession>& session) override;
  void on_text(EngineSession& session, std::string_view message) override;
  void on_binary(EngineSession& session, std::string_view message) override;
  void on_drained(EngineSession& session) override;
  void on_ping(EngineSession& session) override;
  void on_pong(EngineSession& session) override;
  void on_close(EngineSession& session, std::string_view reason) override;

 private:
  friend class SocketConnection;

  [[nodiscard]] static std::shared_ptr<SocketConnection> connection_of(EngineSession& session);
  [[nodiscard]] SocketMount& mount_of(const EngineSession& session);

  EngineServer& engine_;
  const SocketOptions options_;
  Random& random_;
  SocketEvents events_;
  std::deque<SocketMount> mounts_;  ///< The engine's own path first.
};

}  // namespace confab::gateway
