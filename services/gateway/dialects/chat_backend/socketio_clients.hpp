#pragma once

#include <chrono>
#include <unordered_set>

#include "gateway/dialects/chat_backend/listeners.hpp"
#include "gateway/socketio/application.hpp"

namespace confab::gateway::dialects::chat_backend {

/// Clients on Socket.IO, namespace "/": everybody is let in, and hears a room after an event "auth"
/// that says what is said first on the raw port. Event loop only.
class SocketIoClients final : public Application {
 public:
  /// From a client's coming to its first "auth"; people choose a room first.
  static constexpr std::chrono::seconds kPatience{45};

  /// `max_strangers`: clients that have not said who they are.
  SocketIoClients(Listeners& listeners, std::size_t max_strangers)
      : listeners_(listeners), max_strangers_(max_strangers) {}
  SocketIoClients(const SocketIoClients&) = delete;
  SocketIoClients& operator=(const SocketIoClients&) = delete;

  void on_connect(const std::shared_ptr<Socket>& socket, std::string auth_json) override;
  void on_event(const std::shared_ptr<Socket>& socket, IncomingEvent event) override;
  void on_disconnect(const std::shared_ptr<Socket>& socket, std::string_view reason) override;
  /// Closes those that have not said who they are, and takes no more.
  void drain();

 private:
  class Client;
  using ClientPtr = std::shared_ptr<Client>;

  [[nodiscard]] Task<> authenticate(ClientPtr client, FirstMessage message,
                                    std::optional<std::uint64_t> ack_id);
  [[nodiscard]] Task<Result<>> hear(ClientPtr client, FirstMessage message);
  [[nodiscard]] Task<Result<>> let_in(ClientPtr client, Identity identity, std::string gid);

  Listeners& listeners_;
  const std::size_t max_strangers_;
  std::unordered_set<const Client*> strangers_;
  bool draining_ = false;
};

}  // namespace confab::gateway::dialects::chat_backend
