#pragma once

#include <chrono>
#include <string>
#include <unordered_set>

#include "gateway/dialects/chat_backend/listeners.hpp"

namespace confab::gateway::dialects::chat_backend {

/// Clients on the raw port: the first that each says is who it is and which room it hears, the rest
/// is heard, not said. Event loop only.
class TcpClients {
 public:
  static constexpr std::size_t kMaxFirstMessage = 8192;
  /// Of what comes after the first message, which nobody reads.
  static constexpr std::size_t kMaxIdleTalk = 64 * 1024;

  struct Options {
    std::chrono::milliseconds hello_timeout{5000};  ///< For the whole first message.
    std::size_t max_strangers = 10'000;             ///< Clients that have not said it.
  };

  TcpClients(Listeners& listeners, Options options) : listeners_(listeners), options_(options) {}
  TcpClients(const TcpClients&) = delete;
  TcpClients& operator=(const TcpClients&) = delete;

  void take(const std::shared_ptr<StreamSocket>& socket);
  /// Closes those that have not said who they are, and takes no more.
  void drain();

 private:
  class Client;

  Listeners& listeners_;
  const Options options_;
  std::unordered_set<Client*> strangers_;
  bool draining_ = false;
};

}  // namespace confab::gateway::dialects::chat_backend
