#pragma once

// Test support: an event loop on a thread of its own, and clients that block the test's thread.

#include <poll.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <chrono>
#include <cstdint>
#include <future>
#include <map>
#include <string>
#include <string_view>
#include <thread>

namespace confab::gateway::testing {

using boost::asio::ip::tcp;

/// Runs an io_context until it is destroyed. Declare it before what runs on it, and destroy that
/// only after stop().
class Loop {
 public:
  Loop() : work_(io_.get_executor()), thread_([this] { io_.run(); }) {}
  ~Loop() { stop(); }

  boost::asio::io_context& io() { return io_; }

  void stop() {
    io_.stop();
    if (thread_.joinable()) thread_.join();
  }

  /// Runs `call` on the loop's thread; gives its result.
  template <typename Call>
  auto run(Call call) {
    std::packaged_task<decltype(call())()> task(std::move(call));
    auto result = task.get_future();
    boost::asio::post(io_, std::move(task));
    return result.get();
  }

 private:
  boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  std::thread thread_;
};

inline tcp::endpoint local(std::uint16_t port) {
  return {boost::asio::ip::address_v4::loopback(), port};
}

struct Answer {
  int status = 0;
  std::string head;
  std::string body;
};

/// Speaks HTTP as written, right or wrong.
class TestClient {
 public:
  explicit TestClient(std::uint16_t port) { socket_.connect(local(port)); }

  void send(std::string_view text) { boost::asio::write(socket_, boost::asio::buffer(text)); }

  /// Reads one answer.
  Answer read(bool has_body = true) {
    Answer answer;
    const auto size =
        boost::asio::read_until(socket_, boost::asio::dynamic_buffer(buffer_), "\r\n\r\n");
    answer.head = take(size);
    answer.status = std::stoi(answer.head.substr(9, 3));
    constexpr std::string_view kLength = "Content-Length: ";
    const auto found = answer.head.find(kLength);
    if (found == std::string::npos || !has_body) return answer;
    const auto length = std::stoul(answer.head.substr(found + kLength.size()));
    if (buffer_.size() < length) {
      boost::asio::read(socket_, boost::asio::dynamic_buffer(buffer_),
                        boost::asio::transfer_exactly(length - buffer_.size()));
    }
    answer.body = take(length);
    return answer;
  }

  Answer get(const std::string& target, const std::string& headers = "") {
    send("GET " + target + " HTTP/1.1\r\nHost: test\r\n" + headers + "\r\n");
    return read();
  }

  Answer post(const std::string& target, const std::string& body) {
    send("POST " + target + " HTTP/1.1\r\nHost: test\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + body);
    return read();
  }

  /// Everything until the server closes.
  std::string read_to_end() {
    boost::system::error_code end;
    boost::asio::read(socket_, boost::asio::dynamic_buffer(buffer_), end);
    return take(buffer_.size());
  }

  tcp::socket& socket() { return socket_; }

 private:
  std::string take(std::size_t size) {
    auto taken = buffer_.substr(0, size);
    buffer_.erase(0, size);
    return taken;
  }

  boost::asio::io_context io_;
  tcp::socket socket_{io_};
  std::string buffer_;
};

/// A blocking WebSocket.
class TestWebSocket {
 public:
  TestWebSocket(std::uint16_t port, const std::string& target,
                const std::map<std::string, std::string>& headers = {}) {
    stream_.next_layer().connect(local(port));
    stream_.set_option(boost::beast::websocket::stream_base::decorator(
        [&headers](boost::beast::websocket::request_type& request) {
          for (const auto& [name, value] : headers) request.set(name, value);
        }));
    stream_.read_message_max(0);
    boost::beast::websocket::response_type response;
    stream_.handshake(response, "test", target, refused_);
    status_ = static_cast<int>(response.result_int());
    subprotocol_ = std::string(response[boost::beast::http::field::sec_websocket_protocol]);
  }

  void send(std::string_view text, bool binary = false) {
    stream_.binary(binary);
    stream_.write(boost::asio::buffer(text));
  }

  /// Whether the kernel takes more from this end, or comes to within the time. From any thread.
  [[nodiscard]] bool can_send_within(std::chrono::milliseconds time) {
    pollfd wanted{stream_.next_layer().native_handle(), POLLOUT, 0};
    return ::poll(&wanted, 1, static_cast<int>(time.count())) > 0;
  }

  /// The next message; throws when the connection has ended.
  std::string read() {
    boost::beast::flat_buffer buffer;
    stream_.read(buffer);
    return boost::beast::buffers_to_string(buffer.data());
  }

  /// Reads to the end; the server's close code, 0 without a close frame.
  int read_close_code() {
    boost::system::error_code error;
    while (!error) {
      boost::beast::flat_buffer buffer;
      stream_.read(buffer, error);
    }
    return stream_.reason().code;
  }

  [[nodiscard]] bool binary() const { return stream_.got_binary(); }
  [[nodiscard]] int status() const { return status_; }
  [[nodiscard]] const std::string& subprotocol() const { return subprotocol_; }
  void close() { stream_.close(boost::beast::websocket::close_code::normal); }

 private:
  boost::asio::io_context io_;
  boost::beast::websocket::stream<tcp::socket> stream_{io_};
  boost::system::error_code refused_;
  int status_ = 0;
  std::string subprotocol_;
};

}  // namespace confab::gateway::testing
