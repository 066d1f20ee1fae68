#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "ctl/verify/door.hpp"

namespace confab::ctl {

/// One WebSocket of a client, over TLS or not. Lives on the network's loop; every callback too.
class Wire : public std::enable_shared_from_this<Wire> {
 public:
  struct Events {
    std::function<void(std::string_view message)> message;
    /// It is over; the last callback, and the only one after which none comes.
    std::function<void(std::string why)> closed;
  };

  virtual ~Wire() = default;
  /// Connects; unavailable when that fails. Nothing is heard before begin().
  [[nodiscard]] static Task<Result<std::shared_ptr<Wire>>> open(Network& network, const Door& door,
                                                                const std::string& path);
  /// Tells what comes from now on.
  void begin(Events events);
  /// Sends a text message, after those before it.
  void send(std::string message);
  /// Cuts the connection; closed() follows, unless there was no begin().
  virtual void cut() = 0;

 protected:
  explicit Wire(Network& network) : network_(network) {}
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  [[nodiscard]] virtual Task<Result<std::string>> read() = 0;
  [[nodiscard]] virtual Task<bool> write(const std::string& message) = 0;

 private:
  Task<> read_on();
  Task<> write_on();
  void end(std::string why);

  Network& network_;
  Events events_;
  std::deque<std::string> outgoing_;
  bool is_writing_ = false;
};

}  // namespace confab::ctl
