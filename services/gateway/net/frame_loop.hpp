#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "gateway/net/deadline_wheel.hpp"
#include "gateway/net/frame_outbox.hpp"

namespace confab::gateway {

class FrameSocket;

/// What the WebSockets of an event loop share, so that an idle one needs next to nothing: the
/// buffer that all read into, the deadlines, the list of those that have something to send, and the
/// epoll set they are in. Asio knows that set only, which it watches as one descriptor: it would
/// make a system call for each message to watch each socket, and keep 300 bytes for it.
class FrameLoop : public std::enable_shared_from_this<FrameLoop> {
 public:
  /// Throws std::system_error when there is no descriptor for the set.
  FrameLoop(boost::asio::io_context& io, DeadlineWheel::Now now);
  ~FrameLoop();
  FrameLoop(const FrameLoop&) = delete;
  FrameLoop& operator=(const FrameLoop&) = delete;

  [[nodiscard]] DeadlineWheel& deadlines() { return deadlines_; }
  /// For as long as one connection deals with what it has read.
  [[nodiscard]] std::span<char> read_buffer() { return read_buffer_; }

  /// Calls socket.on_ready() whenever one of `events` (EPOLLIN, EPOLLOUT) can be dealt with, until
  /// the next call; none ends that. Holds the socket from the first call until it has finished.
  /// False when the kernel has no room for it.
  [[nodiscard]] bool watch(FrameSocket& socket, std::uint32_t events);
  /// Calls socket.finish() in the next turn. Its descriptor is closed.
  void finish_later(FrameSocket& socket);

  /// Calls socket.flush() once, after what the event loop has ready now. So all that is said to a
  /// connection in one turn leaves with one system call.
  void flush_later(FrameSocket& socket);
  void forget(FrameSocket& socket);

  [[nodiscard]] std::unique_ptr<FrameOutbox> take_outbox();
  void give_back(std::unique_ptr<FrameOutbox> outbox);

 private:
  using Descriptor =
      boost::asio::posix::basic_stream_descriptor<boost::asio::io_context::executor_type>;
  struct Waiting;

  void wait();
  void serve_ready();
  void finish_all();
  void post_flush();
  void flush_all();
  void abandon();

  boost::asio::io_context& io_;
  DeadlineWheel deadlines_;
  std::vector<char> read_buffer_;
  Descriptor poll_;                                  ///< The epoll set.
  std::vector<std::shared_ptr<FrameSocket>> held_;   ///< Each knows its place: held_at_.
  std::vector<std::shared_ptr<FrameSocket>> ended_;  ///< To be finished.
  std::vector<FrameSocket*> unflushed_;              ///< Null where one was forgotten.
  bool waiting_ = false;
  bool flush_posted_ = false;
  bool in_turn_ = false;  ///< Which ends with a flush.
  std::vector<std::unique_ptr<FrameOutbox>> spare_;
};

}  // namespace confab::gateway
