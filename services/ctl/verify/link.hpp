#pragma once

#include <boost/asio/steady_timer.hpp>
#include <boost/json/object.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>

#include "ctl/verify/wire.hpp"

namespace confab::ctl {

enum class Speech {
  plain,     ///< /v1/ws in JSON.
  socketio,  ///< Socket.IO 5 on Engine.IO 4, by WebSocket.
};

/// An authenticated connection to a gateway, whatever it speaks: commands and events.
class Link : public std::enable_shared_from_this<Link> {
 public:
  /// An answer that is later cuts the connection; gateways answer within 5 s.
  static constexpr std::chrono::seconds kAnswerTime{12};

  struct Events {
    std::function<void(std::string_view name, const boost::json::object& data)> event;
    std::function<void(const std::string& why)> down;  ///< The last callback.
  };
  /// Called with the answer's data and ok, or with the error's object. Not called when the
  /// connection breaks before.
  using Answered = std::function<void(bool ok, const boost::json::object& data)>;

  /// Connects and says hello; unavailable when that fails.
  [[nodiscard]] static Task<Result<std::shared_ptr<Link>>> open(Network& network, const Door& door,
                                                                Speech speech, std::string token,
                                                                Events events);
  Link(Network& network, Speech speech, Events events);

  void ask(std::string_view command, boost::json::object data, Answered answered);
  void cut() { wire_->cut(); }

 private:
  void heard(std::string_view message);
  void heard_plain(const boost::json::object& frame);
  void heard_socketio(std::string_view packet);
  void answer(std::uint64_t id, bool ok, const boost::json::object& data);
  void hello(const std::string& token);
  void greeted(bool ok, std::string why);
  void ended(const std::string& why);
  void watch();

  struct Asked {
    Answered answered;
    std::chrono::steady_clock::time_point deadline;
  };

  const Speech speech_;
  Events events_;
  std::shared_ptr<Wire> wire_;
  boost::asio::steady_timer watch_;
  boost::asio::steady_timer greeting_;  // Expires when it is over.
  std::map<std::uint64_t, Asked> asked_;
  std::uint64_t last_id_ = 0;
  bool is_in_ = false;
  bool is_over_ = false;
  std::string why_;
};

}  // namespace confab::ctl
