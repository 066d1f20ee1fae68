#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/net/frame_codec.hpp"
#include "gateway/net/web_socket.hpp"

namespace confab::gateway {

/// What waits to be sent on one connection, in order. Bytes that are shared stay shared.
class FrameOutbox {
 public:
  /// A message of this connection alone; its frame header is made here.
  void push_message(Opcode opcode, SharedBytes message);
  /// Whole frames.
  void push_shared(SharedBytes frames);
  /// Bytes that count for no limit: control frames, of which there are few, and the handshake.
  void push_raw(std::string bytes);
  /// Answers a ping. Takes the place of an earlier pong that still waits.
  void push_pong(std::string_view payload);

  /// Describes what is to be sent next, as far as `parts` reach.
  [[nodiscard]] std::size_t describe(std::span<iovec> parts) const;

  /// So many of the described bytes were sent. The payload bytes of what is wholly sent with that.
  std::size_t sent(std::size_t bytes);

  [[nodiscard]] bool empty() const { return first_ == chunks_.size(); }
  /// What waits of push_message(), with a charge for each frame, so that empty ones are bounded
  /// too.
  [[nodiscard]] std::size_t message_bytes() const { return message_bytes_; }
  /// What waits of push_shared().
  [[nodiscard]] std::size_t shared_bytes() const { return shared_bytes_; }

  void clear();
  /// How many chunks it has room for.
  [[nodiscard]] std::size_t capacity() const { return chunks_.capacity(); }

 private:
  enum class Kind : std::uint8_t { message, shared, raw };
  struct Chunk {
    SharedBytes bytes;
    FrameHeaderBytes header{};
    std::uint8_t header_size = 0;
    Kind kind = Kind::raw;

    [[nodiscard]] std::size_t size() const { return header_size + bytes->size(); }
  };

  void leave(const Chunk& chunk);

  std::vector<Chunk> chunks_;  ///< Those before first_ have been sent.
  std::size_t first_ = 0;
  std::size_t begun_ = 0;  ///< Bytes of the first that have been sent.
  std::size_t message_bytes_ = 0;
  std::size_t shared_bytes_ = 0;
  std::string* pong_ = nullptr;  ///< The bytes of a pong of which nothing was sent.
};

}  // namespace confab::gateway
