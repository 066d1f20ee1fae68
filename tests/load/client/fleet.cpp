#include "client/fleet.hpp"

#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <stdexcept>

namespace confab::load {
namespace {

constexpr std::uint64_t kInput = ~std::uint64_t{0};  // epoll's mark of standard input.
constexpr std::int64_t kNsPerSecond = 1'000'000'000;

sockaddr_in source_address(std::size_t number) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + static_cast<std::uint32_t>(number));
  return address;
}

template <typename Address>
const sockaddr* generic(const Address& address) {
  return static_cast<const sockaddr*>(static_cast<const void*>(&address));
}

/// A socket that begins to connect; throws when there are no descriptors or ports left.
int begin_connect(const sockaddr_in& source, const sockaddr_in& server) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) throw std::runtime_error(std::string("socket: ") + std::strerror(errno));
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  if (::bind(fd, generic(source), sizeof source) != 0 ||
      (::connect(fd, generic(server), sizeof server) != 0 && errno != EINPROGRESS)) {
    const std::string why = std::strerror(errno);
    ::close(fd);
    throw std::runtime_error("connect: " + why);
  }
  return fd;
}

}  // namespace

std::int64_t now_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * kNsPerSecond + now.tv_nsec;
}

Fleet::Fleet(FleetOptions options, Population population)
    : options_(std::move(options)),
      population_(std::move(population)),
      connections_(population_.accounts.size()),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      buffer_(kReadBytes) {
  for (std::size_t i = 0; i < connections_.size(); ++i) {
    connections_[i].account = static_cast<std::uint32_t>(i);
  }
}

void Fleet::watch_input(bool wanted) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = kInput;
  const auto operation = wanted ? EPOLL_CTL_ADD : EPOLL_CTL_DEL;
  const int failed = ::epoll_ctl(epoll_, operation, STDIN_FILENO, &event);
  input_is_file_ = wanted && failed != 0 && errno == EPERM;
}

Fleet::~Fleet() {
  for (auto& connection : connections_) drop(connection);
  ::close(epoll_);
}

void Fleet::poll(std::int64_t timeout_ns) {
  const timespec timeout{timeout_ns / kNsPerSecond, timeout_ns % kNsPerSecond};
  const int count =
      ::epoll_pwait2(epoll_, events_.data(), static_cast<int>(events_.size()), &timeout, nullptr);
  input_ready_ = input_is_file_;
  for (int i = 0; i < count; ++i) {
    const auto& event = events_[static_cast<std::size_t>(i)];
    if (event.data.u64 == kInput) {
      input_ready_ = true;
    } else {
      handle(connections_[event.data.u64], event.events);
    }
  }
}

void Fleet::open(std::size_t account) {
  auto& connection = connections_[account];
  const auto& server = options_.servers[account % options_.servers.size()];
  connection.fd = begin_connect(source_address(account % options_.sources), server);
  connection.state = Connection::State::connecting;
  connection.started_ns = now_ns();
  connection.seen.assign(population_.accounts[account].rooms.size(), {});
  connection.partial.clear();
  connection.fragment.clear();
  connection.unsent.clear();
  connection.wants_write = true;
  watch(connection, EPOLL_CTL_ADD, EPOLLIN | EPOLLOUT);
}

void Fleet::drop(Connection& connection) {
  if (connection.fd >= 0) ::close(connection.fd);
  connection.fd = -1;
  connection.state = Connection::State::idle;
}

void Fleet::stall(Connection& connection, bool stalled) {
  if (connection.fd < 0) return;
  if (stalled) connection.troubles = 0;
  watch(connection, EPOLL_CTL_MOD, stalled ? 0U : EPOLLIN);
  connection.state = stalled ? Connection::State::stalled : Connection::State::ready;
}

void Fleet::send(Connection& connection, std::string_view text) {
  std::string frame;
  frame.reserve(text.size() + 14);
  append_frame(frame, Opcode::text, text);
  write(connection, frame);
}

void Fleet::forget_losses() {
  losses_ = 0;
  troubles_ = 0;
  first_loss_.clear();
}

void Fleet::watch(Connection& connection, int operation, std::uint32_t events) const {
  epoll_event event{};
  event.events = events;
  event.data.u64 = connection.account;
  ::epoll_ctl(epoll_, operation, connection.fd, &event);
}

void Fleet::write(Connection& connection, std::string_view bytes) {
  if (connection.fd < 0) return;
  if (connection.unsent.empty()) {
    const auto sent = ::send(connection.fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN) return fail(connection, std::strerror(errno));
    if (sent > 0) bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  if (bytes.empty()) return;
  connection.unsent.append(bytes);
  if (!connection.wants_write) watch(connection, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
  connection.wants_write = true;
}

}  // namespace confab::load
