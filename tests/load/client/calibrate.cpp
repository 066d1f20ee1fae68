#include "client/calibrate.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <stdexcept>
#include <thread>
#include <vector>

namespace confab::load {
namespace {

double clock_seconds(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

[[noreturn]] void give_up(const char* what) {
  throw std::runtime_error(std::string(what) + ": " + std::strerror(errno));
}

/// Connected pairs over loopback TCP.
class SocketPairs {
 public:
  explicit SocketPairs(std::size_t count) {
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    auto* generic = static_cast<sockaddr*>(static_cast<void*>(&address));
    if (::bind(listener, generic, length) != 0 || ::listen(listener, 1024) != 0 ||
        ::getsockname(listener, generic, &length) != 0) {
      give_up("listen");
    }
    for (std::size_t i = 0; i < count; ++i) {
      const int to = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
      if (to < 0 || ::connect(to, generic, sizeof address) != 0) give_up("connect");
      const int from = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (from < 0) give_up("accept");
      const int on = 1;
      ::setsockopt(to, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      writers.push_back(to);
      readers.push_back(from);
    }
    ::close(listener);
  }
  ~SocketPairs() {
    for (const int fd : writers) ::close(fd);
    for (const int fd : readers) ::close(fd);
  }
  SocketPairs(const SocketPairs&) = delete;
  SocketPairs& operator=(const SocketPairs&) = delete;

  std::vector<int> writers;
  std::vector<int> readers;
};

/// Reads everything, and tells by `received` how much that was.
void read_until(const std::vector<int>& sockets, std::atomic<std::size_t>& received,
                const std::atomic<bool>& stop) {
  const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
  for (const int fd : sockets) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    ::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
  }
  std::array<epoll_event, 64> events{};
  std::array<char, 65536> bytes{};
  while (!stop.load(std::memory_order_relaxed)) {
    const int count = ::epoll_wait(epoll, events.data(), static_cast<int>(events.size()), 10);
    std::size_t got = 0;
    for (int i = 0; i < count; ++i) {
      const auto size =
          ::recv(events[static_cast<std::size_t>(i)].data.fd, bytes.data(), bytes.size(), 0);
      got += size > 0 ? static_cast<std::size_t>(size) : 0;
    }
    received += got;
    received.notify_one();
  }
  ::close(epoll);
}

/// A fan-out to all sockets, whose readers have read everything before; returns its bytes.
std::size_t send_round(const std::vector<int>& sockets, const std::string& message) {
  for (const int fd : sockets) {
    static_cast<void>(::send(fd, message.data(), message.size(), MSG_NOSIGNAL));
  }
  return sockets.size() * message.size();
}

}  // namespace

std::string calibrate(double seconds, std::size_t sockets, std::size_t bytes) {
  const SocketPairs pairs(sockets);
  std::atomic<bool> stop{false};
  std::atomic<std::size_t> received{0};
  std::thread reader([&] { read_until(pairs.readers, received, stop); });
  const std::string message(bytes, 'x');
  const auto begin = clock_seconds(CLOCK_MONOTONIC);
  double used = 0;
  std::size_t sends = 0;
  std::size_t sent = 0;
  while (clock_seconds(CLOCK_MONOTONIC) - begin < seconds) {
    const auto cpu = clock_seconds(CLOCK_THREAD_CPUTIME_ID);
    sent += send_round(pairs.writers, message);
    used += clock_seconds(CLOCK_THREAD_CPUTIME_ID) - cpu;
    sends += pairs.writers.size();
    for (auto now = received.load(); now < sent; now = received.load()) received.wait(now);
  }
  stop = true;
  reader.join();
  return fmt::format(R"("send_us":{:.4f},"sends":{})", used * 1e6 / static_cast<double>(sends),
                     sends);
}

}  // namespace confab::load
