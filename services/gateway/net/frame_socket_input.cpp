// What a FrameSocket does with what it reads.
#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <utility>

#include "gateway/net/frame_loop.hpp"
#include "gateway/net/frame_socket.hpp"

namespace confab::gateway {

/// Reads once; what is left wakes the next wait, after the others had their turn.
void FrameSocket::receive() {
  const auto buffer = loop().read_buffer();
  const auto size = ::recv(descriptor_, buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) return;
  if (size <= 0) return drop(End::lost);
  if (keep_alive_ms_ > 0 && !closing_) {
    pinged_ = false;
    loop().deadlines().set_after(*this, std::chrono::milliseconds(keep_alive_ms_));
  }
  read_frames(buffer.first(static_cast<std::size_t>(size)));
}

void FrameSocket::read_frames(std::span<char> input) {
  while (end_ == End::none && fault_ == End::none && !peer_closed_) {
    const auto event = parser_.next(input);
    if (event.kind == FrameEvent::Kind::none) return;
    act_on(event);
  }
}

void FrameSocket::act_on(const FrameEvent& event) {
  switch (event.kind) {
    case FrameEvent::Kind::text:
    case FrameEvent::Kind::binary:
      // After close() only the peer's close frame counts.
      if (!closing_) deliver(event);
      return;
    case FrameEvent::Kind::ping:
      if (closing_) return;
      outbox().push_pong(event.payload);
      return flush_later();
    case FrameEvent::Kind::close:
      return on_peer_close(event.code);
    case FrameEvent::Kind::fault:
      return on_fault(event.code);
    case FrameEvent::Kind::pong:
    case FrameEvent::Kind::none:
      return;
  }
}

void FrameSocket::deliver(const FrameEvent& event) {
  open_.events().received(event.payload.size());
  tell([&](WebSocketListener& listener) {
    if (event.kind == FrameEvent::Kind::text) return listener.on_text(*this, event.payload);
    listener.on_binary(*this, event.payload);
  });
}

void FrameSocket::on_peer_close(std::uint16_t code) {
  peer_closed_ = true;
  if (!closing_) begin_closing(code);
  if (!outbox_) drop(End::closed);
}

/// Says what was wrong and ends the sending side; the peer is given time to read that, since
/// closing over what it still sends would take it away again.
void FrameSocket::on_fault(std::uint16_t code) {
  fault_ = code == close_code::kTooBig ? End::too_big : End::protocol;
  if (!closing_) begin_closing(code);
  if (!outbox_) on_all_sent();
}

}  // namespace confab::gateway
