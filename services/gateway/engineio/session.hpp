#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/engineio/options.hpp"
#include "gateway/engineio/packet.hpp"
#include "gateway/engineio/poll_queue.hpp"
#include "gateway/engineio/session_id.hpp"
#include "gateway/net/deadline_wheel.hpp"
#include "gateway/net/http.hpp"
#include "gateway/net/web_socket.hpp"

namespace confab::gateway {

class EngineServer;

/// One client, whichever transport carries it at the moment. Lives on the event loop's thread.
class EngineSession final : public WebSocketListener,
                            public std::enable_shared_from_this<EngineSession> {
 public:
  EngineSession(EngineServer& server, const SessionId& id, HttpRequest handshake,
                EngineVersion version, Transport transport);

  /// What EngineServer finds it by: the start of its sid. Secret: whoever knows it can speak for
  /// the client.
  [[nodiscard]] std::string_view id() const { return id_.view(); }
  /// What the client names it by.
  [[nodiscard]] std::string sid() const;
  [[nodiscard]] EngineVersion version() const { return version_; }
  [[nodiscard]] Transport transport() const { return transport_; }
  /// The request that opened the session, without its body; empty once it was let go of.
  [[nodiscard]] const HttpRequest& handshake() const;
  /// Frees its memory: a session may live for days.
  void forget_handshake();
  /// The client's address is to stay in handshake() when the rest of it is let go of.
  void keep_address() { keeps_address_ = true; }
  [[nodiscard]] bool closed() const { return closed_; }
  /// Of the event loop it lives on.
  [[nodiscard]] boost::asio::io_context& io() const;
  [[nodiscard]] DeadlineWheel& deadlines() const;
  /// Bytes queued for the client.
  [[nodiscard]] std::size_t outbox_bytes() const;

  /// Queues one message. `packet` is the whole Engine.IO packet, '4' and then the message, so that
  /// many sessions can share it. Does nothing once closed; cuts a client off whose outbox is full.
  void send_text(SharedBytes packet);
  /// Queues one binary message.
  void send_binary(SharedBytes message);
  /// Queues what many sessions share: on a WebSocket whole frames, else packets. False, and nothing
  /// is queued, when the client reads too slowly; EngineHandler::on_drained() tells when it has
  /// caught up. True once closed.
  [[nodiscard]] bool send_frames(const SharedBytes& frames);
  [[nodiscard]] bool send_shared(const std::vector<SharedBytes>& packets);

  /// The application's own, for as long as it is told of the session: let go of after on_close.
  std::shared_ptr<void> app_data;

  /// Sends what is queued and closes. Clients then reconnect by themselves.
  void close(std::uint16_t code = 1000, std::string_view reason = {});

  /// Stops or goes on reading what the client sends by WebSocket; polls are read as they come.
  void set_reading(bool reading);
  /// Drops the connection and what is queued for it. Clients then reconnect by themselves, too.
  void drop();

  // What follows is for EngineServer.

  /// Holds on to it until the session is closed.
  void keep(std::shared_ptr<void> place) { place_ = std::move(place); }
  /// Begins the heartbeat; with a WebSocket for sessions which open on one.
  void open(std::shared_ptr<WebSocket> socket);
  /// Answers a polling GET, once there is something to say. `j`: the query parameter of JSONP.
  [[nodiscard]] boost::asio::awaitable<HttpResponse> poll(std::optional<std::string> j);
  /// The answer to a poll now: what is queued, or else a noop.
  [[nodiscard]] HttpResponse poll_answer(const std::optional<std::string>& j);
  /// Answers a polling POST.
  [[nodiscard]] HttpResponse post(const HttpRequest& request);
  /// Takes a WebSocket that wants to replace polling.
  void probe(std::shared_ptr<WebSocket> socket);
  /// Closes the session if its deadline has passed, without waiting for the timer to fire.
  void check_deadline();

 private:
  using Time = std::chrono::steady_clock::time_point;

  void send_packet(EnginePacket packet);
  void send_frame(EnginePacket packet);
  void wake_poll();

  [[nodiscard]] HttpResponse refuse_post();

  /// Acts on one packet; false when it may not come from a client, which closes the session.
  bool receive(const PacketView& packet);
  void receive_frame(std::string_view frame, bool binary);
  void deliver(const PacketView& packet);
  [[nodiscard]] bool receive_ping(std::string_view data);
  [[nodiscard]] bool receive_pong();

  // Of the WebSocket that carries the session, or of the probe; from any other nothing is heard.
  void on_text(WebSocket& from, std::string_view frame) override;
  void on_binary(WebSocket& from, std::string_view message) override;
  void on_drained(WebSocket& from) override;
  void on_closed(WebSocket& from, std::string_view reason) override;

  void receive_probe(std::string_view frame);
  void complete_upgrade();
  void on_probe_time();
  void drop_probe();

  void await_heartbeat();
  void set_deadline(Time deadline);
  void on_deadline();
  void tell_drained();

  void end(std::string_view reason);
  void announce_close(std::string_view reason);

  /// The WebSocket of an upgrade under way.
  struct Probe {
    std::shared_ptr<WebSocket> socket;
    Time deadline;
    Deadline<&EngineSession::on_probe_time> time;  ///< Repeats the noop; gives the upgrade up.
    bool answered = false;                         ///< It has said "2probe".
  };
  /// What only polling needs.
  struct Polling {
    PollQueue queue;                              ///< What the next poll takes.
    boost::asio::steady_timer* parked = nullptr;  ///< The poll that waits, if one does.
    std::unique_ptr<Probe> probe;
  };
  [[nodiscard]] Polling& polling();
  [[nodiscard]] bool is_parked() const { return polling_ && polling_->parked != nullptr; }
  void free_polling();

  [[nodiscard]] bool is_probe(const WebSocket& socket) const {
    return polling_ && polling_->probe && polling_->probe->socket.get() == &socket;
  }

  EngineServer& server_;
  std::unique_ptr<const HttpRequest> handshake_;
  std::unique_ptr<Polling> polling_;
  std::shared_ptr<WebSocket> socket_;  ///< Once on websocket.
  std::shared_ptr<void> place_;

  /// Next ping, or end of the wait for a pong or a last poll.
  Deadline<&EngineSession::on_deadline> timer_{*this};

  const SessionId id_;
  const EngineVersion version_;
  const bool base64_;  ///< Binary goes to the client as text.
  Transport transport_;
  bool keeps_address_ = false;
  bool closed_ = false;  ///< The application is, or will be, told; nothing more is delivered.
  /// The client is to be heard of by the deadline: in version 3 always, else after a ping.
  bool awaiting_heartbeat_;
  bool refused_ = false;  ///< send_shared() refused, and the application has not been told since.
};

}  // namespace confab::gateway
