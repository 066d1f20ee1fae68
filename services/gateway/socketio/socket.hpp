#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/engineio/session.hpp"
#include "gateway/socketio/event.hpp"
#include "gateway/socketio/namespace.hpp"
#include "gateway/socketio/pending_acks.hpp"

namespace confab::gateway {

class SocketConnection;

/// A client in one namespace. Lives on the event loop's thread; may be held for as long as one
/// likes: once the client has gone every call does nothing.
class Socket : public std::enable_shared_from_this<Socket> {
 public:
  Socket(std::weak_ptr<SocketConnection> connection, std::shared_ptr<EngineSession> session,
         const SessionId& id, const Namespace& nsp);

  /// What the client knows itself by. Public, and not the Engine.IO session id, but for clients of
  /// version 3: those make it of that.
  [[nodiscard]] std::string id() const;
  [[nodiscard]] const std::string& namespace_name() const { return nsp_.name; }
  /// The HTTP request that opened the connection: headers, query, address. Empty once accepted; if
  /// there are several namespaces, once so accepted and the connect timeout has passed.
  [[nodiscard]] const HttpRequest& handshake() const { return session_->handshake(); }
  /// The client's address stays in handshake(), also for those who connect anew to the namespace.
  void keep_address() { session_->keep_address(); }
  /// v3: the client has no `auth`, and gives what it has to say as the query of its URL.
  [[nodiscard]] EngineVersion version() const { return session_->version(); }
  [[nodiscard]] Transport transport() const { return session_->transport(); }
  /// Accepted, and not gone since.
  [[nodiscard]] bool connected() const { return state_ == State::connected; }
  /// The client has left, or was turned away.
  [[nodiscard]] bool gone() const { return state_ == State::gone || session_->closed(); }
  /// Bytes queued for the client's connection, of all its namespaces.
  [[nodiscard]] std::size_t outbox_bytes() const { return session_->outbox_bytes(); }

  /// The application's own, for as long as the client is in: let go of after on_disconnect.
  std::shared_ptr<void> app_data;

  /// Lets the client in. Nothing can be sent to it before. `pid`: what it sends back as `auth.pid`
  /// when it connects again; letters, digits and - _ . only. Empty: none.
  void accept(std::string_view pid = {});
  /// Before accept(): the client is to go on under that id, which another socket had before. Not in
  /// version 3.
  void take_over(std::string_view id);
  /// Turns the client away for good: it does not retry. `data_json`: JSON for the error's `data`.
  void refuse(std::string_view message, std::string_view data_json = {});

  /// Packet and attachments leave one after the other, with nothing between.
  void emit(const EncodedEvent& event);
  /// Emits an event that the client answers within `timeout`, or else counts as not having
  /// answered. `args_json` and `attachments` as encode_event() takes them. At most
  /// PendingAcks::kMax may wait: beyond, the event is not sent. `handler` is called from the event
  /// loop, never from inside this call; what it throws closes the client's connection.
  void emit_with_ack(std::string_view name, std::string_view args_json,
                     std::chrono::milliseconds timeout, AckHandler handler,
                     std::vector<SharedBytes> attachments = {});

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
  /// The same at once: what is queued is lost.
  void drop_transport();
  /// Stops or goes on reading what the client sends, of all its namespaces; does nothing while it
  /// polls.
  void set_reading(bool reading);

 private:
  friend class SocketConnection;
  enum class State : std::uint8_t { connecting, connected, gone };

  void settle(const AckHandler& handler, std::optional<ClientAck> ack);
  void receive_ack(std::uint64_t id, ClientAck ack);
  /// No ack comes any more.
  void give_up_acks();

  std::weak_ptr<SocketConnection> connection_;
  std::shared_ptr<EngineSession> session_;
  const Namespace& nsp_;
  std::unique_ptr<PendingAcks> acks_;  ///< Once there was one.
  SessionId id_;
  State state_ = State::connecting;
};

}  // namespace confab::gateway
