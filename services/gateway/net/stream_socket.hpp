#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "gateway/net/deadline_wheel.hpp"
#include "gateway/net/shared_bytes.hpp"
#include "gateway/net/tcp.hpp"

namespace confab::gateway {

class StreamSocket;

/// What a raw TCP connection tells whom it serves. From the event loop, never from inside a call to
/// the socket.
class StreamListener {
 public:
  virtual ~StreamListener() = default;
  /// Some bytes came, as TCP cuts them; good during the call only.
  virtual void on_data(StreamSocket& socket, std::string_view bytes) = 0;
  /// Once. Nothing is said after it.
  virtual void on_closed(StreamSocket& socket) = 0;
};

/// A raw TCP connection. Lives on its event loop; keeps itself for as long as it is open.
class StreamSocket : public std::enable_shared_from_this<StreamSocket> {
 public:
  /// For what is queued to be sent and for the client to close, once the socket is to close.
  static constexpr std::chrono::seconds kFarewell{5};

  /// Holds on to `open` until it is closed.
  StreamSocket(TcpSocket socket, DeadlineWheel& deadlines, std::size_t max_outbox_bytes,
               std::shared_ptr<void> open);
  ~StreamSocket();
  StreamSocket(const StreamSocket&) = delete;
  StreamSocket& operator=(const StreamSocket&) = delete;

  /// The client's IP address without the port.
  [[nodiscard]] const std::string& remote_address() const { return remote_address_; }
  [[nodiscard]] bool closed() const { return closing_; }
  /// Bytes that wait for the client to read on.
  [[nodiscard]] std::size_t outbox_bytes() const { return outbox_bytes_; }

  /// Begins to read. Once.
  void start(std::shared_ptr<StreamListener> listener);
  /// Queues bytes, which leave by writes of their own. A client that has so many waiting that the
  /// outbox is full is cut off. Does nothing once closed.
  void send(SharedBytes bytes);
  /// Sends what is queued and ends the stream. The client, which then closes, has kFarewell.
  void close();
  /// Closes at once: what is queued is lost.
  void cut();

 private:
  void await_input();
  void receive();
  void write_next();
  void say_goodbye();
  void announce();

  TcpSocket socket_;
  DeadlineWheel& deadlines_;
  const std::size_t max_outbox_bytes_;
  std::shared_ptr<void> open_;
  std::string remote_address_;
  std::shared_ptr<StreamListener> listener_;
  std::deque<SharedBytes> outbox_;
  std::size_t outbox_bytes_ = 0;
  Deadline<&StreamSocket::cut> farewell_{*this};
  bool writing_ = false;
  bool closing_ = false;
};

}  // namespace confab::gateway
