#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "gateway/net/deadline_wheel.hpp"
#include "gateway/net/frame_outbox.hpp"
#include "gateway/net/frame_parser.hpp"
#include "gateway/net/http_connection.hpp"
#include "gateway/net/tcp.hpp"
#include "gateway/net/web_socket.hpp"

namespace confab::gateway {

/// A WebSocket on a TCP socket of its own. Once it was started, its event loop (FrameLoop) holds it
/// until the connection has ended and tells it when there is something to read. What is sent leaves
/// with the turn of the event loop.
class FrameSocket final : public WebSocket,
                          private DeadlineEntry,
                          public std::enable_shared_from_this<FrameSocket> {
 public:
  /// `answer` to the upgrade request is sent before everything else.
  FrameSocket(TcpSocket socket, OpenConnection open, const UpgradeAccept& limits,
              std::string answer);
  ~FrameSocket() override;

  void start(std::shared_ptr<WebSocketListener> listener) override;
  void send_text(SharedBytes message) override { send(Opcode::text, std::move(message)); }
  void send_binary(SharedBytes message) override { send(Opcode::binary, std::move(message)); }
  [[nodiscard]] bool send_frames(const SharedBytes& frames) override;
  void set_reading(bool reading) override;
  void close(std::uint16_t code, std::string_view reason) override;
  void abort() override { drop(End::aborted); }
  [[nodiscard]] std::size_t outbox_bytes() const override;

 private:
  friend class FrameLoop;

  static constexpr auto kNowhere = std::numeric_limits<std::uint32_t>::max();

  enum class End : std::uint8_t {
    none,
    closed,
    aborted,
    overflow,
    too_big,
    protocol,
    timeout,
    lost
  };
  [[nodiscard]] static std::string_view name_of(End end);
  [[nodiscard]] FrameLoop& loop() const { return open_.loop(); }
  /// No more messages go in either direction.
  [[nodiscard]] bool ending() const { return closing_ || end_ != End::none; }

  void on_ready(std::uint32_t events);
  /// Has on_ready() called for what is waited for now.
  void watch();

  // Reading: frame_socket_input.cpp.
  void receive();
  void read_frames(std::span<char> input);
  void act_on(const FrameEvent& event);
  void deliver(const FrameEvent& event);
  /// Calls the listener; what it throws closes the connection.
  template <typename Call>
  void tell(Call call);
  void on_peer_close(std::uint16_t code);
  void on_fault(std::uint16_t code);

  // Writing.
  void send(Opcode opcode, SharedBytes message);
  [[nodiscard]] FrameOutbox& outbox();
  void flush_later();
  void flush();
  void wait_writable();
  void on_all_sent();

  // Ending.
  void begin_closing(std::uint16_t code, std::string_view reason = {});
  void on_deadline() override;
  void drop(End end);
  void finish();

  OpenConnection open_;  ///< First: the loop it holds outlives the other members.
  std::shared_ptr<WebSocketListener> listener_;
  int descriptor_;  ///< -1 once the connection was dropped.
  FrameParser parser_;
  std::unique_ptr<FrameOutbox> outbox_;  ///< Only while something waits.
  const std::uint32_t max_outbox_bytes_;
  const std::uint32_t max_backlog_bytes_;
  const std::uint32_t keep_alive_ms_;
  std::uint32_t unflushed_at_ = kNowhere;  ///< The places in FrameLoop's lists.
  std::uint32_t held_at_ = kNowhere;
  std::uint32_t watched_ = 0;  ///< The events of FrameLoop::watch().

  End end_ = End::none;    ///< Why the connection was dropped.
  End fault_ = End::none;  ///< What the peer did wrong; from then on its bytes are thrown away.
  bool closing_ = false;   ///< Our close frame is queued or sent.
  bool peer_closed_ = false;
  bool started_ = false;
  bool waiting_writable_ = false;
  bool held_ = false;            ///< set_reading(false).
  bool parked_ = false;          ///< Held, and not watched for something to read.
  bool refused_frames_ = false;  ///< The listener waits for on_drained.
  bool pinged_ = false;          ///< Nothing has come since keep-alive asked for it.
};

template <typename Call>
void FrameSocket::tell(Call call) {
  if (!listener_) return;
  try {
    call(*listener_);
  } catch (const std::exception& error) {
    open_.events().handler_failed(error.what());
    close(close_code::kInternalError, "internal error");
  }
}

}  // namespace confab::gateway
