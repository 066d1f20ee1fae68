#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/net/deadline_wheel.hpp"
#include "gateway/socketio/application.hpp"
#include "gateway/socketio/packet.hpp"
#include "gateway/socketio/server.hpp"
#include "gateway/socketio/socket.hpp"

namespace confab::gateway {

/// The Socket.IO side of one Engine.IO session: its sockets, one a namespace.
class SocketConnection : public std::enable_shared_from_this<SocketConnection> {
 public:
  SocketConnection(SocketMount& mount, std::shared_ptr<EngineSession> session);
  ~SocketConnection();
  SocketConnection(const SocketConnection&) = delete;
  SocketConnection& operator=(const SocketConnection&) = delete;

  void start();
  void on_text(std::string_view message);
  void on_binary(std::string_view message);
  /// Calls one of Application's for each socket that is in.
  void tell_all(void (Application::*event)(const std::shared_ptr<Socket>&));
  void on_close(std::string_view reason);

  // From Socket.
  void application_failed() { refuse("application"); }
  void accepted();
  void refused(const Socket& socket);
  void disconnected(Socket& socket);

 private:
  void receive(const SocketPacket& packet, std::vector<std::string> attachments);
  void connect(const SocketPacket& packet);
  void connect_to(const Namespace& nsp, std::string auth_json);
  void receive_event(Socket& socket, const SocketPacket& packet,
                     std::vector<std::string> attachments);
  void receive_ack(Socket& socket, const SocketPacket& packet,
                   std::vector<std::string> attachments);
  void leave(Socket& socket);
  /// Tells the application, after the acks that it waits for.
  void tell_gone(Socket& socket, std::string_view reason);
  /// Closes the connection; `reason` as in SocketEvents.
  void refuse(std::string_view reason);
  /// Calls the application; what it throws closes the connection.
  template <typename Call>
  void guarded(Call call);

  /// A namespace the client is in, or on its way into.
  struct Place {
    const Namespace* nsp;
    /// Null where the server put the client out: what the client had already sent there is then no
    /// error.
    std::shared_ptr<Socket> socket;
  };
  [[nodiscard]] Place* find(std::string_view nsp);
  [[nodiscard]] bool legacy() const { return session_->version() == EngineVersion::v3; }

  /// A binary packet whose attachments are on their way.
  struct Assembly {
    SocketPacket packet;
    std::vector<std::string> attachments;
    std::size_t bytes = 0;
  };

  void on_connect_deadline();

  [[nodiscard]] SocketServer& server() const { return mount_.server; }

  SocketMount& mount_;
  std::shared_ptr<EngineSession> session_;
  /// Only until it is met: a connection may live for days.
  std::unique_ptr<Deadline<&SocketConnection::on_connect_deadline>> connect_deadline_;
  std::vector<Place> places_;
  std::unique_ptr<Assembly> assembly_;
  bool admitted_ = false;  ///< Into some namespace, at some time.
};

}  // namespace confab::gateway
