#pragma once

#include <array>
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "common/base/random.hpp"
#include "gateway/engineio/handler.hpp"
#include "gateway/engineio/options.hpp"
#include "gateway/engineio/session.hpp"
#include "gateway/engineio/session_cookie.hpp"
#include "gateway/engineio/session_router.hpp"
#include "gateway/net/http_server.hpp"

namespace confab::gateway {

/// Engine.IO, protocols 4 and 3, on an HttpServer: sessions on HTTP long-polling, on WebSocket, and
/// from the first to the second. Runs on the HttpServer's event loop; must live as long as that
/// runs.
class EngineServer {
 public:
  /// Without a router a request for a session that is not here is refused.
  EngineServer(HttpServer& http, EngineOptions options, Random& random, EngineEvents events = {},
               SessionRouter* router = nullptr);
  ~EngineServer();
  EngineServer(const EngineServer&) = delete;
  EngineServer& operator=(const EngineServer&) = delete;

  /// Opens options.path to clients, for `handler`. Once, before HttpServer::start().
  void serve(EngineHandler& handler);
  /// Opens one more path to clients, for the same handler, which may tell it by the handshake. A
  /// session is found by any of the paths. Before HttpServer::start().
  void open_path(const std::string& path);

  /// Sets that cookie, which is valid(), with each session that opens by polling; without this none
  /// is set. Before HttpServer::start().
  void set_cookie(SessionCookie cookie) { cookie_ = std::move(cookie); }

  /// Answer what another process has forwarded here. It is never forwarded again, and opens no
  /// session.
  [[nodiscard]] boost::asio::awaitable<HttpResponse> handle_forwarded(HttpRequest request);
  [[nodiscard]] boost::asio::awaitable<UpgradeDecision> upgrade_forwarded(HttpRequest request);

  /// What the client names the session by: its id, and what tells any gateway who has it.
  [[nodiscard]] std::string sid_of(const EngineSession& session) const;

  [[nodiscard]] std::size_t open_sessions(Transport transport, EngineVersion version) const;
  /// Of both versions.
  [[nodiscard]] std::size_t open_sessions(Transport transport) const;

  /// From now on new sessions are answered 503, on which clients retry; open ones go on.
  void refuse_new_sessions() { draining_ = true; }

  /// Closes up to `count` sessions so that their clients reconnect elsewhere; how many are left.
  std::size_t close_some(std::size_t count, std::uint16_t code, std::string_view reason);
  void close_all(std::uint16_t code, std::string_view reason);

  [[nodiscard]] const EngineOptions& options() const { return options_; }
  [[nodiscard]] boost::asio::io_context& io() const { return http_.io(); }
  /// The deadlines of the event loop.
  [[nodiscard]] DeadlineWheel& deadlines() const { return http_.deadlines(); }

 private:
  friend class EngineSession;
  struct Checked;

  [[nodiscard]] boost::asio::awaitable<HttpResponse> handle(HttpRequest request);
  [[nodiscard]] boost::asio::awaitable<UpgradeDecision> handle_upgrade(HttpRequest request);
  [[nodiscard]] Checked check(const HttpRequest& request, bool upgrade);
  [[nodiscard]] HttpServer* home_of(const HttpRequest& request);
  [[nodiscard]] boost::asio::awaitable<HttpResponse> answer(HttpRequest request, Checked checked);
  [[nodiscard]] UpgradeDecision decide(HttpRequest request, Checked checked);
  [[nodiscard]] HttpResponse open_polling(HttpRequest request);
  [[nodiscard]] ConnectionVerdict admit(const HttpRequest& request);
  void announce(const std::shared_ptr<EngineSession>& session);
  std::shared_ptr<EngineSession> make_session(HttpRequest request, Transport transport,
                                              std::shared_ptr<void> place);
  [[nodiscard]] std::size_t& open_like(const EngineSession& session);
  [[nodiscard]] std::shared_ptr<EngineSession> find(std::string_view sid);

  // From sessions.
  void session_upgraded(const EngineSession& session);
  void session_closed(const EngineSession& session, std::string_view reason);
  void forget(const EngineSession& session);
  [[nodiscard]] EngineHandler& handler() const { return *handler_; }
  [[nodiscard]] const SharedBytes& ping_packet() const { return ping_packet_; }

  /// Sessions by their id, which they hold themselves.
  struct ById {
    using is_transparent = void;
    [[nodiscard]] static std::string_view id(std::string_view text) { return text; }
    [[nodiscard]] static std::string_view id(const std::shared_ptr<EngineSession>& session) {
      return session->id();
    }
    template <typename Key>
    std::size_t operator()(const Key& key) const {
      return std::hash<std::string_view>()(id(key));
    }
    template <typename One, typename Other>
    bool operator()(const One& one, const Other& other) const {
      return id(one) == id(other);
    }
  };

  HttpServer& http_;
  const EngineOptions options_;
  SessionCookie cookie_;
  Random& random_;
  EngineEvents events_;
  SessionRouter* const router_;
  EngineHandler* handler_ = nullptr;
  bool draining_ = false;
  std::unordered_set<std::shared_ptr<EngineSession>, ById, ById> sessions_;
  const SharedBytes ping_packet_ = std::make_shared<const std::string>("2");
  /// By Transport and version; closed sessions that linger not counted.
  std::array<std::array<std::size_t, 2>, 2> open_{};
};

}  // namespace confab::gateway
