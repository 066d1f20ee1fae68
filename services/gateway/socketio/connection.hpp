#pragma once

#include <boost/asio/steady_timer.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/socketio/application.hpp"
#include "gateway/socketio/packet.hpp"
#include "gateway/socketio/server.hpp"
#include "gateway/socketio/socket.hpp"

namespace confab::gateway {

/// The Socket.IO side of one Engine.IO session: its sockets, one a namespace.
class SocketConnection : public std::enable_shared_from_this<SocketConnection> {
 public:
  SocketConnection(SocketServer& server, std::shared_ptr<EngineSession> session);

  void start();
  void on_text(std::string_view message);
  void on_binary(std::string_view message);
  void on_drained();
  void on_close(std::string_view reason);

  // From Socket.
  void accepted() { connect_timer_.cancel(); }
  void refused(const Socket& socket) { sockets_.erase(socket.namespace_name()); }
  void disconnected(Socket& socket);

 private:
  void receive(const SocketPacket& packet);
  void connect(const SocketPacket& packet);
  void receive_event(Socket& socket, const SocketPacket& packet);
  void leave(Socket& socket);
  /// Closes the connection; `reason` as in SocketEvents.
  void refuse(std::string_view reason);
  /// Calls the application; what it throws closes the connection.
  template <typename Call>
  void guarded(Call call);

  SocketServer& server_;
  std::shared_ptr<EngineSession> session_;
  boost::asio::steady_timer connect_timer_;
  /// By namespace. Null where the server put the client out: what the client had already sent there
  /// is then no error.
  std::map<std::string, std::shared_ptr<Socket>> sockets_;

  std::optional<SocketPacket> pending_;  ///< A binary packet whose attachments are on their way.
  std::vector<std::string> attachments_;
  std::size_t attachment_bytes_ = 0;
};

}  // namespace confab::gateway
