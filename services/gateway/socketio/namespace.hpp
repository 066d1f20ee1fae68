#pragma once

#include <string>

namespace confab::gateway {

class Application;

/// A namespace that is served, "/" or "/name", and by what. Lives as long as the SocketServer.
struct Namespace {
  std::string name;
  Application& application;
};

}  // namespace confab::gateway
