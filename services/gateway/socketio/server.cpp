#include "gateway/socketio/server.hpp"

#include <cassert>
#include <utility>

#include "gateway/socketio/connection.hpp"

namespace confab::gateway {

SocketServer::SocketServer(EngineServer& engine, SocketOptions options, Random& random,
                           SocketEvents events)
    : engine_(engine), options_(options), random_(random), events_(std::move(events)) {
  mounts_.push_back({*this, engine.options().path});
  engine.serve(*this);
}

SocketServer::~SocketServer() = default;

SocketMount& SocketServer::mount(const std::string& path) {
  engine_.open_path(path);
  return mounts_.emplace_back(SocketMount{*this, path});
}

void SocketServer::add_namespace(SocketMount& mount, std::string name, Application& application) {
  assert(name.starts_with('/'));
  assert(mount.find(name) == nullptr);
  mount.namespaces.push_back({std::move(name), application});
}

SocketMount& SocketServer::mount_of(const EngineSession& session) {
  for (auto& mount : mounts_) {
    // The handshake may have come without the slash at the end.
    const auto& path = session.handshake().path;
    if (mount.path.starts_with(path) || path.starts_with(mount.path)) return mount;
  }
  return mounts_.front();
}

void SocketServer::on_open(const std::shared_ptr<EngineSession>& session) {
  const auto connection = std::make_shared<SocketConnection>(mount_of(*session), session);
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
