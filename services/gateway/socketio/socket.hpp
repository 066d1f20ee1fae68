#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/engineio/session.hpp"
#include "gateway/socketio/event.hpp"

namespace confab::gateway {

class SocketConnection;

/// A client in one namespace. Lives on the event loop's thread; may be held for as long as one
/// likes: once the client has gone every call does nothing.
class Socket : public std::enable_shared_from_this<Socket> {
 public:
  Socket(std::weak_ptr<SocketConnection> connection, std::shared_ptr<EngineSession> session,
         const SessionId& id, std::string nsp);

  /// Public, and not the Engine.IO session id.
  [[nodiscard]] std::string_view id() const { return id_.view(); }
  [[nodiscard]] const std::string& namespace_name() const { return nsp_; }
  /// The HTTP request that opened the connection: headers, query, address. Empty once accepted.
  [[nodiscard]] const HttpRequest& handshake() const { return session_->handshake(); }
  [[nodiscard]] Transport transport() const { return session_->transport(); }
  /// Accepted, and not gone since.
  [[nodiscard]] bool connected() const { return state_ == State::connected; }
  /// Bytes queued for the client's connection, of all its namespaces.
  [[nodiscard]] std::size_t outbox_bytes() const { return session_->outbox_bytes(); }

  /// Lets the client in. Nothing can be sent to it before. `pid`: what it sends back as `auth.pid`
  /// when it connects again; letters, digits, - and _ only. Empty: none.
  void accept(std::string_view pid = {});
  /// Turns the client away for good: it does not retry. `data_json`: JSON for the error's `data`.
  void refuse(std::string_view message, std::string_view data_json = {});

  void emit(const EncodedEvent& event);

  /// Events for many sockets, made once for all of them. Whether this one takes them as frames now
  /// (EventFrames), or else as packets, which end up in other forms.
  [[nodiscard]] bool takes_frames() const { return transport() == Transport::websocket; }
  /// False, and nothing is sent, when the client reads too slowly; Application::on_drained() tells
  /// when it has caught up.
  [[nodiscard]] bool emit_frames(const SharedBytes& frames);
  [[nodiscard]] bool emit_packets(const std::vector<SharedBytes>& packets);
  /// Answers the event of that ack_id. `args_json`: a JSON array, sent as it is.
  void ack(std::uint64_t id, std::string_view args_json, std::vector<SharedBytes> attachments = {});

  /// Puts the client out of the namespace for good: it does not come back by itself.
  void disconnect();
  /// Closes the whole connection, after what is queued, so that the client reconnects.
  void close_transport(std::uint16_t code = 1000, std::string_view reason = {});

 private:
  friend class SocketConnection;
  enum class State { connecting, connected, gone };

  std::weak_ptr<SocketConnection> connection_;
  std::shared_ptr<EngineSession> session_;
  const SessionId id_;
  const std::string nsp_;
  State state_ = State::connecting;
};

}  // namespace confab::gateway
