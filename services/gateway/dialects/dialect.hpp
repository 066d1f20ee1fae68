#pragma once

#include <memory>

#include "gateway/dialects/v1/session_host.hpp"
#include "gateway/domain/people.hpp"
#include "gateway/domain/rooms.hpp"
#include "gateway/net/stream_socket.hpp"
#include "gateway/socketio/namespace.hpp"

namespace confab::gateway::dialects {

/// What the dialect of a replaced app is made of; all of it stands before it.
struct DialectParts {
  DoorParts door;
  Rooms& rooms;
  People& people;
  SessionHost& host;
  DeadlineWheel& deadlines;
};

/// What the clients of one replaced app speak, translated to the domain's commands and events. It
/// holds no rule and nothing that lasts. Mounted below a path of its own, which it need not know.
/// Event loop only.
class Dialect {
 public:
  Dialect() = default;
  virtual ~Dialect() = default;
  Dialect(const Dialect&) = delete;
  Dialect& operator=(const Dialect&) = delete;

  /// Opens its Socket.IO namespaces. Once, before any client comes.
  virtual void open(SocketMount& mount) = 0;

  /// Answers a request. Its path begins where the dialect's does: "/login".
  [[nodiscard]] virtual Task<HttpResponse> handle(HttpRequest request) = 0;

  /// Serves a raw TCP connection; only of dialects that have such a port.
  virtual void take(const std::shared_ptr<StreamSocket>& socket) { socket->cut(); }

  /// Closes clients that are not known yet, and takes no more of them. Sessions end by Drain.
  virtual void drain() {}
};

}  // namespace confab::gateway::dialects
