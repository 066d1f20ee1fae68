#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "gateway/dialects/v1/greeting.hpp"
#include "gateway/dialects/v1/plain_session.hpp"
#include "gateway/domain/door_limits.hpp"
#include "gateway/net/deadline_wheel.hpp"
#include "gateway/net/web_socket.hpp"

namespace confab::gateway::dialects {

class PlainDoor;

/// A plain WebSocket: a stranger until its hello was found good, then a session's.
class PlainConnection final : public WebSocketListener,
                              public std::enable_shared_from_this<PlainConnection> {
 public:
  /// Keeps `place` until the socket is closed.
  PlainConnection(PlainDoor& door, std::shared_ptr<WebSocket> socket, const PlainWire& wire,
                  Place place);

  /// Closes a stranger: sessions end by the SessionBook.
  void turn_away(std::uint16_t code, std::string_view reason);

  void on_text(WebSocket& socket, std::string_view message) override;
  void on_binary(WebSocket& socket, std::string_view message) override;
  void on_drained(WebSocket& socket) override;
  void on_closed(WebSocket& socket, std::string_view reason) override;

 private:
  void receive(WebSocket& socket, std::string_view frame, bool binary);
  void greet(PlainCommand command);
  [[nodiscard]] Task<> let_in(std::optional<std::uint64_t> id, Greeting greeting);
  void refuse_hello(std::optional<std::uint64_t> id, const Error& error);
  void on_no_hello();

  /// What a client needs only until it is known.
  struct Stranger {
    std::shared_ptr<WebSocket> socket;
    Deadline<&PlainConnection::on_no_hello> deadline;
    bool greeted = false;  ///< Its hello is being looked at.
  };
  void forget_stranger();

  PlainDoor& door_;
  const PlainWire& wire_;
  Place place_;
  std::unique_ptr<Stranger> stranger_;
  std::shared_ptr<PlainSession> session_;
  bool in_ = false;  ///< The session is open.
};

}  // namespace confab::gateway::dialects
