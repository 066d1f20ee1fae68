#include "gateway/socketio/server.hpp"

#include <cassert>
#include <utility>

#include "gateway/socketio/connection.hpp"

namespace confab::gateway {

SocketServer::SocketServer(EngineServer& engine, SocketOptions options, Random& random,
                           SocketEvents events)
    : engine_(engine), options_(options), random_(random), events_(std::move(events)) {
  engine.serve(*this);
}

SocketServer::~SocketServer() = default;

void SocketServer::add_namespace(std::string name, Application& application) {
  assert(name.starts_with('/'));
  assert(find(name) == nullptr);
  namespaces_.push_back({std::move(name), application});
}

const Namespace* SocketServer::find(std::string_view nsp) const {
  for (const auto& served : namespaces_) {
    if (served.name == nsp) return &served;
  }
  return nullptr;
}

void SocketServer::on_open(const std::shared_ptr<EngineSession>& session) {
  const auto connection = std::make_shared<SocketConnection>(*this, session);
  connections_.emplace(session.get(), connection);
  connection->start();
}

void SocketServer::on_text(EngineSession& session, std::string_view message) {
  connections_.at(&session)->on_text(message);
}

void SocketServer::on_binary(EngineSession& session, std::string_view message) {
  connections_.at(&session)->on_binary(message);
}

void SocketServer::on_drained(EngineSession& session) {
  connections_.at(&session)->tell_all(&Application::on_drained);
}

void SocketServer::on_ping(EngineSession& session) {
  connections_.at(&session)->tell_all(&Application::on_ping);
}

void SocketServer::on_pong(EngineSession& session) {
  connections_.at(&session)->tell_all(&Application::on_pong);
}

void SocketServer::on_close(EngineSession& session, std::string_view reason) {
  const auto connection = connections_.extract(&session);
  if (!connection.empty()) connection.mapped()->on_close(reason);
}

}  // namespace confab::gateway
