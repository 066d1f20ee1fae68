#pragma once

#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "gateway/net/deadline_wheel.hpp"
#include "gateway/net/frame_outbox.hpp"

namespace confab::gateway {

class FrameSocket;

/// What the WebSockets of an event loop share, so that an idle one needs next to nothing: the
/// buffer that all read into, the deadlines, and the list of those that have something to send.
class FrameLoop : public std::enable_shared_from_this<FrameLoop> {
 public:
  FrameLoop(boost::asio::io_context& io, DeadlineWheel::Now now);

  [[nodiscard]] DeadlineWheel& deadlines() { return deadlines_; }
  /// For as long as one connection deals with what it has read.
  [[nodiscard]] std::span<char> read_buffer() { return read_buffer_; }

  /// Calls socket.flush() once, after what the event loop has ready now. So all that is said to a
  /// connection in one turn leaves with one system call.
  void flush_later(FrameSocket& socket);
  void forget(FrameSocket& socket);

  [[nodiscard]] std::unique_ptr<FrameOutbox> take_outbox();
  void give_back(std::unique_ptr<FrameOutbox> outbox);

 private:
  void post_flush();
  void flush_all();

  boost::asio::io_context& io_;
  DeadlineWheel deadlines_;
  std::vector<char> read_buffer_;
  std::vector<FrameSocket*> unflushed_;  ///< Null where one was forgotten.
  std::vector<std::unique_ptr<FrameOutbox>> spare_;
};

}  // namespace confab::gateway
