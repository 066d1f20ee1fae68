#pragma once

#include <deque>
#include <string>
#include <string_view>

namespace confab::gateway {

class Application;

/// A namespace that is served, "/" or "/name", and by what. Lives as long as the SocketServer.
struct Namespace {
  std::string name;
  Application& application;
};

class SocketServer;

/// A path of the server with namespaces of its own: "/" of one mount is not "/" of another. Lives
/// as long as the SocketServer.
struct SocketMount {
  SocketServer& server;
  std::string path;
  std::deque<Namespace> namespaces = {};
  std::size_t open = 0;  ///< Connections that came by this path.

  /// Null when it is not served.
  [[nodiscard]] const Namespace* find(std::string_view nsp) const {
    for (const auto& served : namespaces) {
      if (served.name == nsp) return &served;
    }
    return nullptr;
  }
};

}  // namespace confab::gateway
