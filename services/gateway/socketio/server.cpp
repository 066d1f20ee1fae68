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
  session->app_data = connection;
  connection->start();
}

std::shared_ptr<SocketConnection> SocketServer::connection_of(EngineSession& session) {
  return std::static_pointer_cast<SocketConnection>(session.app_data);
}

void SocketServer::on_text(EngineSession& session, std::string_view message) {
  connection_of(session)->on_text(message);
}

void SocketServer::on_binary(EngineSession& session, std::string_view message) {
  connection_of(session)->on_binary(message);
}

void SocketServer::on_drained(EngineSession& session) {
  connection_of(session)->tell_all(&Application::on_drained);
}

void SocketServer::on_ping(EngineSession& session) {
  connection_of(session)->tell_all(&Application::on_ping);
}

void SocketServer::on_pong(EngineSession& session) {
  connection_of(session)->tell_all(&Application::on_pong);
}

void SocketServer::on_close(EngineSession& session, std::string_view reason) {
  if (const auto connection = connection_of(session)) connection->on_close(reason);
}

}  // namespace confab::gateway
