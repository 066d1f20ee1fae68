#include "gateway/dialects/v1/rest_door.hpp"

#include <array>
#include <boost/json.hpp>
#include <charconv>
#include <variant>

#include "common/base/encoding.hpp"
#include "gateway/dialects/v1/command_kinds.hpp"
#include "gateway/dialects/v1/fields.hpp"
#include "gateway/dialects/v1/openapi.hpp"
#include "gateway/dialects/v1/render.hpp"

namespace confab::gateway::dialects {
namespace {

std::vector<std::string> split_path(std::string_view path) {
  std::vector<std::string> segments;
  while (!path.empty()) {
    const auto slash = path.find('/');
    if (slash != 0) segments.push_back(percent_decode(path.substr(0, slash)));
    path = slash == path.npos ? std::string_view{} : path.substr(slash + 1);
  }
  return segments;
}

/// Text as the command's; what is no UTF-8 becomes what no field takes, and is refused there.
boost::json::value as_text(const std::string& text) {
  if (!is_utf8(text)) return boost::json::array();
  return boost::json::string(text);
}

/// Text as the command's number; what is none stays text and is refused there.
boost::json::value as_number(const std::string& text) {
  std::uint64_t number = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error == std::errc() && stop == end && !text.empty()) return number;
  return as_text(text);
}

/// "true" or "false" as the command's flag; what is neither stays text and is refused there.
boost::json::value as_flag(const std::string& text) {
  if (text != "true" && text != "false") return as_text(text);
  return text == "true";
}

/// The query's parameters as fields: texts, flags and numbers by their names. The path's texts win
/// over the query's.
void add_query(boost::json::object& data, const HttpRequest& request, bool after_is_text) {
  for (const auto* name : {"before", "limit", "after"}) {
    const auto value = request.query_value(name);
    if (!value) continue;
    const bool is_text = after_is_text && name == std::string_view("after");
    data[name] = is_text ? as_text(*value) : as_number(*value);
  }
  for (const auto* name : {"query", "prefix", "q", "room", "from", "cursor"}) {
    const auto value = request.query_value(name);
    if (value && !data.contains(name)) data[name] = as_text(*value);
  }
  for (const auto* name : {"archived", "raw"}) {
    if (const auto value = request.query_value(name)) data[name] = as_flag(*value);
  }
}

}  // namespace

/// A route is a method and a path whose ":name" segments become fields of the command's data, as
/// does `flag` where there is one.
struct RestDoor::Route {
  using Entrance = RestAccounts::Answer (RestAccounts::*)(RestAccounts::Body, CountedAddress);
  using Affair = RestAccounts::Answer (RestAccounts::*)(Identity, RestAccounts::Body);
  struct Description {};

  std::string_view method;
  std::string_view path;
  /// What it does: tells of the API or lets in, which need no token; needs the very session; or is
  /// a command of that name.
  std::variant<Description, Entrance, Affair, std::string_view> does;
  int success;
  std::string_view flag = {};
  bool flag_value = false;

  [[nodiscard]] bool fits(const Segments& segments, boost::json::object* fields) const {
    const auto pattern = split_path(path);
    if (pattern.size() != segments.size()) return false;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
      if (pattern[i].starts_with(':')) {
        const auto name = pattern[i].substr(1);
        if (fields == nullptr) continue;
        (*fields)[name] = name == "seq" ? as_number(segments[i]) : as_text(segments[i]);
      } else if (pattern[i] != segments[i]) {
        return false;
      }
    }
    return true;
  }
};

std::span<const RestDoor::Route> RestDoor::table() {
  static constexpr std::array kRoutes = {
      Route{"GET", "/v1/openapi.json", Route::Description{}, 200},
      Route{"POST", "/v1/users", &RestAccounts::sign_up, 201},
      Route{"POST", "/v1/login", &RestAccounts::log_in, 200},
      Route{"POST", "/v1/token", &RestAccounts::refresh, 200},
      Route{"POST", "/v1/logout", &RestAccounts::log_out, 204},
      Route{"GET", "/v1/me", "me", 200},
      Route{"POST", "/v1/me/password", &RestAccounts::change_password, 204},
      Route{"DELETE", "/v1/me", &RestAccounts::delete_account, 204},
      Route{"GET", "/v1/me/sessions", &RestAccounts::sessions, 200},
      Route{"PATCH", "/v1/me", "me.update", 200},
      Route{"GET", "/v1/me/blocks", "blocks", 200},
      Route{"POST", "/v1/me/blocks/:username", "block", 204},
      Route{"DELETE", "/v1/me/blocks/:username", "unblock", 204},
      Route{"GET", "/v1/users", "users", 200},
      Route{"GET", "/v1/users/:username", "user", 200},
      Route{"GET", "/v1/search", "search", 200},
      Route{"GET", "/v1/rooms", "rooms", 200},
      Route{"POST", "/v1/rooms", "room.create", 201},
      Route{"GET", "/v1/rooms/:room", "room", 200},
      Route{"POST", "/v1/direct", "direct", 200},
      Route{"PATCH", "/v1/rooms/:room", "room.update", 200},
      Route{"POST", "/v1/rooms/:room/archive", "room.archive", 200},
      Route{"GET", "/v1/public-rooms", "rooms.public", 200},
      Route{"POST", "/v1/join", "room.join", 200},
      Route{"POST", "/v1/rooms/:room/join", "room.join", 200},
      Route{"POST", "/v1/rooms/:room/invites", "room.invite", 201},
      Route{"DELETE", "/v1/rooms/:room/invites/:code", "room.invite.revoke", 204},
      Route{"GET", "/v1/rooms/:room/members", "members", 200},
      Route{"PATCH", "/v1/rooms/:room/members/:username", "member.role", 200},
      Route{"GET", "/v1/rooms/:room/presence", "presence", 200},
      Route{"PUT", "/v1/rooms/:room/typing", "typing", 204, "on", true},
      Route{"DELETE", "/v1/rooms/:room/typing", "typing", 204, "on", false},
      Route{"GET", "/v1/rooms/:room/bans", "bans", 200},
      Route{"PUT", "/v1/rooms/:room/bans/:username", "member.ban", 204},
      Route{"DELETE", "/v1/rooms/:room/bans/:username", "member.unban", 204},
      Route{"PUT", "/v1/rooms/:room/read", "read", 200},
      Route{"GET", "/v1/rooms/:room/messages/:seq/readers", "readers", 200},
      Route{"GET", "/v1/rooms/:room/sends/:client_msg_id", "send.status", 200},
      Route{"POST", "/v1/rooms/:room/members", "member.add", 201},
      Route{"DELETE", "/v1/rooms/:room/members/:username", "member.remove", 204},
      Route{"POST", "/v1/rooms/:room/messages", "send", 201},
      Route{"GET", "/v1/rooms/:room/history", "history", 200},
      Route{"PATCH", "/v1/rooms/:room/messages/:seq", "edit", 200},
      Route{"DELETE", "/v1/rooms/:room/messages/:seq", "redact", 200},
      Route{"PUT", "/v1/rooms/:room/messages/:seq/reactions/:reaction", "react", 200, "remove",
            false},
      Route{"DELETE", "/v1/rooms/:room/messages/:seq/reactions/:reaction", "react", 200, "remove",
            true},
      Route{"PUT", "/v1/rooms/:room/messages/:seq/pin", "pin", 200, "pinned", true},
      Route{"DELETE", "/v1/rooms/:room/messages/:seq/pin", "pin", 200, "pinned", false},
      Route{"GET", "/v1/rooms/:room/pins", "pins", 200},
  };
  return kRoutes;
}

std::vector<std::string> RestDoor::routes() {
  std::vector<std::string> routes;
  for (const auto& route : table()) {
    routes.push_back(std::string(route.method) + " " + std::string(route.path));
  }
  return routes;
}

Task<HttpResponse> RestDoor::handle(HttpRequest request) {
  const auto segments = split_path(request.path);
  const Route* route = nullptr;
  std::string allowed;
  for (const auto& candidate : table()) {
    if (!candidate.fits(segments, nullptr)) continue;
    allowed += (allowed.empty() ? "" : ", ") + std::string(candidate.method);
    if (candidate.method == request.method) route = &candidate;
  }
  if (route == nullptr) {
    const Error unknown{ErrorCode::unknown_command,
                        "there is no " + request.method + " on this path"};
    auto response = problem(unknown, allowed.empty() ? 404 : 405);
    if (!allowed.empty()) response.headers.emplace_back("Allow", allowed);
    co_return response;
  }
  if (request.body.size() > max_body_bytes_) {
    co_return refuse({ErrorCode::payload_too_large,
                      "the body is longer than " + std::to_string(max_body_bytes_) + " bytes"});
  }
  auto body = parse_object(request.body.empty() ? "{}" : request.body);
  if (!body) co_return refuse(body.error());

  auto outcome = co_await perform(*route, request, segments, std::move(*body));
  if (!outcome) co_return refuse(outcome.error());
  if (route->success == 204) co_return HttpResponse{204, "", "", {}};
  co_return HttpResponse{route->success, "application/json", std::move(*outcome), {}};
}

HttpResponse RestDoor::refuse(const Error& error) {
  parts_.guard.count(error);
  return problem(error);
}

void RestDoor::open(HttpServer& http) {
  http.route("/v1", [this](HttpRequest request) { return handle(std::move(request)); });
}

Task<Result<Identity>> RestDoor::bearer(const HttpRequest& request) {
  auto token = bearer_token(request);
  if (!token) co_return token.error();
  co_return co_await parts_.gate.identify(std::move(*token));
}

Task<Result<std::string>> RestDoor::perform(const Route& route, const HttpRequest& request,
                                            const Segments& segments, boost::json::object body) {
  if (std::holds_alternative<Route::Description>(route.does)) co_return std::string(kOpenApi);
  if (const auto* entrance = std::get_if<Route::Entrance>(&route.does)) {
    co_return co_await (accounts_.**entrance)(body, parts_.guard.address_of(request));
  }
  const auto identity = co_await bearer(request);
  if (!identity) co_return identity.error();
  if (const auto* affair = std::get_if<Route::Affair>(&route.does)) {
    const auto within = parts_.commands.admit(identity->user, kAffair);
    if (!within) co_return within.error();
    co_return co_await (accounts_.**affair)(*identity, body);
  }
  (void)route.fits(segments, &body);
  const std::string command(std::get<std::string_view>(route.does));
  if (!route.flag.empty()) body[route.flag] = route.flag_value;
  // These lists go on after a text, the others after a number.
  add_query(body, request, command == "rooms" || command == "rooms.public");
  co_return co_await parts_.commands.run(identity->user, command, std::move(body));
}

}  // namespace confab::gateway::dialects
