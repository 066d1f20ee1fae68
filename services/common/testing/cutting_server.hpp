#pragma once

#include <array>
#include <atomic>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <string>
#include <thread>
#include <vector>

namespace confab {

/// Speaks as much HTTP/2 as it takes to be given one whole call, and then closes the connection, as
/// a service does that is killed once it has committed.
class CuttingServer {
 public:
  CuttingServer() : thread_([this] { serve(); }) {}
  ~CuttingServer() { thread_.join(); }
  CuttingServer(const CuttingServer&) = delete;
  CuttingServer& operator=(const CuttingServer&) = delete;

  [[nodiscard]] const std::string& address() const { return address_; }
  /// Whether a whole call came.
  [[nodiscard]] bool was_asked() const { return was_asked_; }

 private:
  static constexpr std::size_t kPreface = 24;
  static constexpr unsigned char kData = 0;
  static constexpr unsigned char kEndStream = 1;

  void serve() {
    auto socket = acceptor_.accept();
    acceptor_.close();  // Who connects again is refused.
    const std::array<unsigned char, 9> settings{0, 0, 0, 4, 0, 0, 0, 0, 0};
    boost::asio::write(socket, boost::asio::buffer(settings));
    std::vector<unsigned char> bytes(kPreface);
    boost::asio::read(socket, boost::asio::buffer(bytes));
    for (;;) {
      std::array<unsigned char, 9> header{};
      boost::asio::read(socket, boost::asio::buffer(header));
      bytes.resize(static_cast<std::size_t>(header[0]) << 16U | header[1] << 8U | header[2]);
      boost::asio::read(socket, boost::asio::buffer(bytes));
      if (header[3] != kData || (header[4] & kEndStream) == 0) continue;
      was_asked_ = true;
      return;
    }
  }

  boost::asio::io_context io_;
  boost::asio::ip::tcp::acceptor acceptor_{io_, {boost::asio::ip::address_v4::loopback(), 0}};
  const std::string address_ = "127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port());
  std::atomic<bool> was_asked_{false};
  std::thread thread_;
};

}  // namespace confab
