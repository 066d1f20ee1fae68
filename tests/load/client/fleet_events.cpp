// The half of Fleet that handles what arrives.
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "client/fleet.hpp"

namespace confab::load {
namespace {

using State = Connection::State;

/// ["gid",…]: the rooms of an account.
std::string listed_rooms(const Population& population, const Account& account) {
  std::string list = "[";
  for (const auto room : account.rooms) {
    if (list.size() > 1) list += ',';
    list += '"' + population.gids[room] + '"';
  }
  return list + "]";
}

}  // namespace

void Fleet::handle(Connection& connection, std::uint32_t events) {
  if (connection.fd < 0) return;
  if (connection.state == State::connecting) {
    if ((events & (EPOLLERR | EPOLLHUP)) != 0) return fail(connection, "connection refused");
    if ((events & EPOLLOUT) != 0) connected(connection);
    return;
  }
  if ((events & EPOLLOUT) != 0 && connection.wants_write) {
    connection.wants_write = false;
    watch(connection, EPOLL_CTL_MOD, EPOLLIN);
    const auto unsent = std::exchange(connection.unsent, {});
    write(connection, unsent);
  }
  if (connection.fd >= 0 && (events & (EPOLLIN | EPOLLERR | EPOLLHUP)) != 0) read(connection);
}

void Fleet::connected(Connection& connection) {
  connection.wants_write = false;
  watch(connection, EPOLL_CTL_MOD, EPOLLIN);
  connection.state = State::upgrading;
  write(connection, upgrade_request(options_.dialect, "127.0.0.1"));
}

void Fleet::read(Connection& connection) {
  // What is left of the last read stands before the new bytes, so that frames are whole.
  const auto kept = connection.partial.size();
  if (kept + 65536 > buffer_.size()) buffer_.resize(2 * (kept + 65536));
  connection.partial.copy(buffer_.data(), kept);
  const auto got = ::recv(connection.fd, buffer_.data() + kept, buffer_.size() - kept, 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got == 0) return fail(connection, "closed by the server");
  if (got < 0) return fail(connection, std::strerror(errno));
  connection.partial.clear();
  take_bytes(connection, {buffer_.data(), kept + static_cast<std::size_t>(got)});
}

void Fleet::take_bytes(Connection& connection, std::string_view bytes) {
  if (connection.state == State::upgrading && !take_upgrade(connection, bytes)) {
    if (connection.fd >= 0) connection.partial = bytes;
    return;
  }
  while (connection.fd >= 0) {
    const auto frame = take_frame(bytes);
    if (!frame) break;
    take_message(connection, *frame);
  }
  if (connection.fd >= 0) connection.partial = bytes;
}

bool Fleet::take_upgrade(Connection& connection, std::string_view& bytes) {
  const auto end = bytes.find("\r\n\r\n");
  if (end == std::string_view::npos) return false;
  if (!bytes.starts_with("HTTP/1.1 101")) {
    fail(connection, "the upgrade was answered " + std::string(bytes.substr(0, bytes.find('\r'))));
    return false;
  }
  bytes.remove_prefix(end + 4);
  connection.state = State::greeting;
  if (options_.dialect == Dialect::plain) greet(connection);
  return true;
}

void Fleet::take_message(Connection& connection, const Frame& frame) {
  if (static_cast<unsigned>(frame.opcode) >= 8) return take_control(connection, frame);
  if (frame.fin && connection.fragment.empty()) return take_text(connection, frame.payload);
  connection.fragment.append(frame.payload);
  if (!frame.fin) return;
  const auto whole = std::exchange(connection.fragment, {});
  take_text(connection, whole);
}

void Fleet::take_control(Connection& connection, const Frame& frame) {
  if (frame.opcode == Opcode::ping) {
    std::string pong;
    append_frame(pong, Opcode::pong, frame.payload);
    write(connection, pong);
  } else if (frame.opcode == Opcode::close) {
    const auto reason =
        frame.payload.size() > 2 ? std::string(frame.payload.substr(2)) : "without a reason";
    fail(connection, "the server closed the WebSocket: " + reason);
  }
}

void Fleet::take_text(Connection& connection, std::string_view text) {
  const auto message = read_message(options_.dialect, text);
  switch (message.kind) {
    case Incoming::Kind::entry:
      return take_entry(connection, message);
    case Incoming::Kind::answer:
      return on_answer(message);
    case Incoming::Kind::opened:
      return greet(connection);
    case Incoming::Kind::ready:
      connection.state = State::ready;
      connection.ticket = message.ticket;
      return on_ready(connection);
    case Incoming::Kind::refused:
      return fail(connection, "refused: " + std::string(text.substr(0, 200)));
    case Incoming::Kind::closed:
      return fail(connection, "the server closed the session");
    case Incoming::Kind::ping:
      return send(connection, kSocketIoPong);
    case Incoming::Kind::trouble:
      ++troubles_;
      ++connection.troubles;
      return;
    case Incoming::Kind::other:
      return;
  }
}

void Fleet::take_entry(Connection& connection, const Incoming& entry) {
  const auto& rooms = population_.accounts[connection.account].rooms;
  for (std::size_t i = 0; i < rooms.size(); ++i) {
    if (population_.gids[rooms[i]] == entry.gid) {
      connection.seen[i].add(entry.seq);
      break;
    }
  }
  on_entry(entry);
}

void Fleet::greet(Connection& connection) {
  const auto& account = population_.accounts[connection.account];
  std::string listed;
  if (options_.rooms == Rooms::listed) listed = listed_rooms(population_, account);
  send(connection, hello_message(options_.dialect, {.token = account.token,
                                                    .ticket = connection.ticket,
                                                    .rooms = options_.rooms,
                                                    .listed = listed}));
}

void Fleet::fail(Connection& connection, const std::string& why) {
  const auto before = connection.state;
  drop(connection);
  connection.state = State::broken;
  if (before == State::stalled) {
    ++stalled_losses_;
    return;
  }
  if (before != State::ready) return on_failed(connection, why);
  ++losses_;
  if (first_loss_.empty()) first_loss_ = why;
}

}  // namespace confab::load
