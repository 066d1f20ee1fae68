#include "gateway/engineio/server.hpp"

#include <exception>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "gateway/engineio/answers.hpp"

namespace confab::gateway {
namespace {

constexpr std::size_t index(Transport transport) { return static_cast<std::size_t>(transport); }
constexpr std::size_t index(EngineVersion version) { return version == EngineVersion::v3 ? 0 : 1; }

std::optional<EngineVersion> version_of(const HttpRequest& handshake) {
  const auto version = handshake.query_value("EIO");
  if (version == "4") return EngineVersion::v4;
  if (version == "3") return EngineVersion::v3;
  return std::nullopt;
}

HttpResponse overloaded() {
  return {.status = 503, .headers = {{"Retry-After", "1"}}, .close = true};
}

}  // namespace

/// What a request turned out to be: for an open session, for a new one (null), or refused.
struct EngineServer::Checked {
  std::shared_ptr<EngineSession> session;
  std::optional<EngineError> error;
  std::string foreign_sid{};  ///< Of a session that is not here; refused unless it is elsewhere.
};

EngineServer::EngineServer(HttpServer& http, EngineOptions options, Random& random,
                           EngineEvents events, SessionRouter* router)
    : http_(http),
      options_(std::move(options)),
      random_(random),
      events_(std::move(events)),
      router_(router) {}

/// What the application keeps for a session may hold the session.
EngineServer::~EngineServer() {
  for (const auto& session : sessions_) session->app_data.reset();
}

void EngineServer::serve(EngineHandler& handler) {
  handler_ = &handler;
  open_path(options_.path);
}

void EngineServer::open_path(const std::string& path) {
  http_.allow_credentials(path);
  http_.route(
      path, [this](HttpRequest request) { return handle(std::move(request)); },
      OnDisconnect::cancel);
  http_.route_upgrade(path,
                      [this](HttpRequest request) { return handle_upgrade(std::move(request)); });
  if (router_ == nullptr) return;
  http_.route_home(path, [this](const HttpRequest& request) { return home_of(request); });
}

HttpServer* EngineServer::home_of(const HttpRequest& request) {
  const auto sid = request.query_value("sid");
  if (!sid || find(*sid)) return nullptr;
  auto* home = router_->sibling(*sid);
  return home == &http_ ? nullptr : home;
}

std::string EngineServer::sid_of(const EngineSession& session) const {
  std::string sid(session.id());
  if (router_ != nullptr) sid += router_->owner_mark(session.id());
  return sid;
}

EngineServer::Checked EngineServer::check(const HttpRequest& request, bool upgrade) {
  const auto transport = request.query_value("transport").value_or("");
  if (transport != "polling" && transport != "websocket") {
    return {nullptr, EngineError::unknown_transport};
  }
  if (upgrade != (transport == "websocket")) return {nullptr, EngineError::bad_request};
  if (auto sid = request.query_value("sid")) {
    auto session = find(*sid);
    if (!session) return {nullptr, EngineError::unknown_session, std::move(*sid)};
    if (!upgrade && session->transport() != Transport::polling) {
      return {nullptr, EngineError::bad_request};
    }
    return {std::move(session), std::nullopt};
  }
  if (request.method != "GET") return {nullptr, EngineError::bad_method};
  if (!version_of(request)) return {nullptr, EngineError::unsupported_protocol};
  return {};
}

boost::asio::awaitable<HttpResponse> EngineServer::handle(HttpRequest request) {
  auto checked = check(request, false);
  if (router_ != nullptr && !checked.foreign_sid.empty()) {
    auto forwarded = co_await router_->forward(checked.foreign_sid, request);
    if (forwarded) co_return std::move(*forwarded);
  }
  co_return co_await answer(std::move(request), std::move(checked));
}

boost::asio::awaitable<HttpResponse> EngineServer::handle_forwarded(HttpRequest request) {
  auto checked = check(request, false);
  if (!checked.session && !checked.error) checked.error = EngineError::bad_request;
  co_return co_await answer(std::move(request), std::move(checked));
}

boost::asio::awaitable<HttpResponse> EngineServer::answer(HttpRequest request, Checked checked) {
  if (checked.error) {
    events_.handshake_refused(refusal_reason(*checked.error));
    co_return error_answer(*checked.error);
  }
  if (!checked.session) co_return open_polling(std::move(request));
  if (request.method == "GET") {
    auto j = request.query_value("j");
    co_return co_await checked.session->poll(std::move(j));
  }
  if (request.method == "POST" && !checked.session->closed()) {
    co_return checked.session->post(request);
  }
  co_return error_answer(EngineError::bad_request);
}

boost::asio::awaitable<UpgradeDecision> EngineServer::handle_upgrade(HttpRequest request) {
  auto checked = check(request, true);
  if (router_ != nullptr && !checked.foreign_sid.empty()) {
    auto forwarded = co_await router_->forward_upgrade(checked.foreign_sid, request);
    if (forwarded) co_return std::move(*forwarded);
  }
  co_return decide(std::move(request), std::move(checked));
}

boost::asio::awaitable<UpgradeDecision> EngineServer::upgrade_forwarded(HttpRequest request) {
  auto checked = check(request, true);
  if (!checked.session && !checked.error) checked.error = EngineError::bad_request;
  co_return decide(std::move(request), std::move(checked));
}

UpgradeDecision EngineServer::decide(HttpRequest request, Checked checked) {
  if (checked.error) {
    events_.handshake_refused(refusal_reason(*checked.error));
    return upgrade_error_answer(*checked.error);
  }
  UpgradeAccept accept{.opened = {},
                       .subprotocol = {},
                       .max_message_bytes = options_.max_payload,
                       .max_outbox_bytes = options_.max_outbox_bytes,
                       .max_backlog_bytes = options_.max_backlog_bytes};
  if (checked.session) {
    accept.opened = [session = std::move(checked.session)](std::shared_ptr<WebSocket> socket) {
      session->probe(std::move(socket));
    };
    return accept;
  }
  auto admitted = admit(request);
  if (auto* refusal = std::get_if<HttpResponse>(&admitted)) return std::move(*refusal);
  accept.opened = [this, opening = std::move(request),
                   place = std::get<1>(std::move(admitted))](std::shared_ptr<WebSocket> socket) {
    const auto session = make_session(opening, Transport::websocket, place);
    session->open(std::move(socket));
    announce(session);
  };
  return accept;
}

HttpResponse EngineServer::open_polling(HttpRequest request) {
  auto admitted = admit(request);
  if (auto* refusal = std::get_if<HttpResponse>(&admitted)) return std::move(*refusal);
  const auto j = request.query_value("j");
  const auto session =
      make_session(std::move(request), Transport::polling, std::get<1>(std::move(admitted)));
  session->open(nullptr);
  announce(session);
  auto answer = session->poll_answer(j);
  if (!cookie_.name.empty()) {
    answer.headers.emplace_back("Set-Cookie", cookie_.header(session->sid()));
  }
  return answer;
}

ConnectionVerdict EngineServer::admit(const HttpRequest& request) {
  if (draining_) events_.handshake_refused("draining");
  const bool full = sessions_.size() >= options_.max_sessions;
  if (full) events_.handshake_refused("overloaded");
  if (draining_ || full) return overloaded();
  auto verdict = options_.guard(request);
  if (std::holds_alternative<HttpResponse>(verdict)) events_.handshake_refused("guard");
  return verdict;
}

std::shared_ptr<EngineSession> EngineServer::make_session(HttpRequest request, Transport transport,
                                                          std::shared_ptr<void> place) {
  const auto version = version_of(request).value_or(EngineVersion::v4);
  auto session = std::make_shared<EngineSession>(*this, SessionId::make(random_),
                                                 std::move(request), version, transport);
  session->keep(std::move(place));
  sessions_.insert(session);
  ++open_like(*session);
  events_.session_opened(transport);
  return session;
}

void EngineServer::announce(const std::shared_ptr<EngineSession>& session) {
  try {
    handler_->on_open(session);
  } catch (const std::exception&) {
    session->close();
  }
}

std::shared_ptr<EngineSession> EngineServer::find(std::string_view sid) {
  const auto id = sid.substr(0, SessionId::kCharacters);
  const auto found = sessions_.find(id);
  if (found == sessions_.end()) return nullptr;
  const auto session = *found;
  session->check_deadline();
  return sessions_.contains(id) ? session : nullptr;
}

std::size_t& EngineServer::open_like(const EngineSession& session) {
  return open_[index(session.transport())][index(session.version())];
}

void EngineServer::session_upgraded(const EngineSession& session) {
  --open_[index(Transport::polling)][index(session.version())];
  ++open_like(session);
  events_.session_upgraded();
}

void EngineServer::session_closed(const EngineSession& session, std::string_view reason) {
  --open_like(session);
  events_.session_closed(session.transport(), reason);
}

void EngineServer::forget(const EngineSession& session) {
  const auto found = sessions_.find(session.id());
  if (found != sessions_.end()) sessions_.erase(found);
}

std::size_t EngineServer::open_sessions(Transport transport, EngineVersion version) const {
  return open_[index(transport)][index(version)];
}

std::size_t EngineServer::open_sessions(Transport transport) const {
  return open_sessions(transport, EngineVersion::v3) + open_sessions(transport, EngineVersion::v4);
}

std::size_t EngineServer::close_some(std::size_t count, std::uint16_t code,
                                     std::string_view reason) {
  std::vector<std::shared_ptr<EngineSession>> closing;
  for (const auto& session : sessions_) {
    if (closing.size() == count) break;
    if (!session->closed()) closing.push_back(session);
  }
  for (const auto& session : closing) session->close(code, reason);
  return open_sessions(Transport::polling) + open_sessions(Transport::websocket);
}

void EngineServer::close_all(std::uint16_t code, std::string_view reason) {
  close_some(sessions_.size(), code, reason);
}

}  // namespace confab::gateway
