#pragma once

#include <unordered_set>

#include "gateway/dialects/chat_socketio/chat_session.hpp"
#include "gateway/dialects/chat_socketio/words.hpp"
#include "gateway/socketio/application.hpp"

namespace confab::gateway::dialects::chat_socketio {

struct ClientOptions {
  bool make_accounts = false;          ///< Of whoever logs in with a username that is free.
  std::size_t max_strangers = 10'000;  ///< Clients that have not logged in.
};

/// The namespace "/chat": everybody is let in, logs in by an event "login", and talks by events
/// "messages". What one client says is worked off in its order. Event loop only.
class Clients final : public Application {
 public:
  /// From a client's coming to its login; people type first.
  static constexpr std::chrono::minutes kPatience{5};
  /// Events of a client that are not answered, the one being worked off included, and what they
  /// come to. More are refused; a client that has logged in is not read any more from half of it.
  static constexpr std::size_t kMostWaiting = 100;
  static constexpr std::size_t kMostBytes = 256 * 1024;
  static constexpr std::size_t kMostBytesOfStranger = 8 * 1024;

  Clients(DirectRooms& rooms, Entrance& entrance, ClientOptions options)
      : rooms_(rooms), entrance_(entrance), options_(options) {}

  void on_connect(const std::shared_ptr<Socket>& socket, std::string auth_json) override;
  void on_event(const std::shared_ptr<Socket>& socket, IncomingEvent event) override;
  void on_disconnect(const std::shared_ptr<Socket>& socket, std::string_view reason) override;
  /// Closes those that have not logged in, and takes no more.
  void drain();

 private:
  class Client;
  using ClientPtr = std::shared_ptr<Client>;
  using Answer = Task<Result<std::string>>;

  [[nodiscard]] Task<> work_off(ClientPtr client);
  void refuse(Client& client, const std::string& event, std::optional<std::uint64_t> ack_id,
              const Error& error);
  [[nodiscard]] Answer outcome(ClientPtr client, IncomingEvent event);
  [[nodiscard]] Answer log_in(ClientPtr client, boost::json::object data);
  [[nodiscard]] Task<Result<Login>> enter(UserAuth user_auth, CountedAddress address);
  [[nodiscard]] Task<Result<>> begin(ClientPtr client, Login login);
  [[nodiscard]] Answer send(ClientPtr client, boost::json::object data);
  [[nodiscard]] Answer page(ClientPtr client, Meta meta, boost::json::object data);
  void end(Client& client);

  DirectRooms& rooms_;
  Entrance& entrance_;
  const ClientOptions options_;
  std::unordered_set<const Client*> strangers_;
  bool draining_ = false;
};

}  // namespace confab::gateway::dialects::chat_socketio
