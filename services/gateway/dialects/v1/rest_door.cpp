#include "gateway/dialects/v1/rest_door.hpp"

#include <array>
#include <boost/json.hpp>
#include <charconv>
#include <variant>

#include "gateway/dialects/v1/fields.hpp"
#include "gateway/dialects/v1/render.hpp"

namespace confab::gateway::dialects {
namespace {

constexpr std::size_t kMaxBodyBytes = 64 * 1024;  // docs/protocol.md, "Limits".

std::vector<std::string> split_path(std::string_view path) {
  std::vector<std::string> segments;
  while (!path.empty()) {
    const auto slash = path.find('/');
    if (slash != 0) segments.push_back(percent_decode(path.substr(0, slash)));
    path = slash == path.npos ? std::string_view{} : path.substr(slash + 1);
  }
  return segments;
}

HttpResponse problem(const Error& error, int status = 0) {
  if (status == 0) status = error_traits(error.code).http_status;
  HttpResponse response{status, "application/problem+json", render_problem(error, status), {}};
  if (error.code == ErrorCode::unauthenticated) {
    response.headers.emplace_back("WWW-Authenticate", "Bearer");
  }
  if (error.retry_after.count() > 0) {
    response.headers.emplace_back("Retry-After",
                                  std::to_string((error.retry_after.count() + 999) / 1000));
  }
  return response;
}

/// A query parameter as the command's number; text that is none stays text and is refused there.
void add_query(boost::json::object& data, const HttpRequest& request, std::string_view name) {
  const auto value = request.query_value(name);
  if (!value) return;
  std::uint64_t number = 0;
  const auto* end = value->data() + value->size();
  const auto [stop, error] = std::from_chars(value->data(), end, number);
  if (error == std::errc() && stop == end && !value->empty()) {
    data[name] = number;
  } else {
    data[name] = *value;
  }
}

}  // namespace

/// A route is a method and a path whose ":name" segments become fields of the command's data.
struct RestDoor::Route {
  using Entrance = RestAccounts::Answer (RestAccounts::*)(RestAccounts::Body);
  using Affair = RestAccounts::Answer (RestAccounts::*)(Identity, RestAccounts::Body);

  std::string_view method;
  std::string_view path;
  /// What it does: needs no token, the very session, or is a command of that name.
  std::variant<Entrance, Affair, std::string_view> does;
  int success;

  [[nodiscard]] bool fits(const Segments& segments, boost::json::object* fields) const {
    const auto pattern = split_path(path);
    if (pattern.size() != segments.size()) return false;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
      if (pattern[i].starts_with(':')) {
        if (fields != nullptr) (*fields)[pattern[i].substr(1)] = segments[i];
      } else if (pattern[i] != segments[i]) {
        return false;
      }
    }
    return true;
  }
};

Task<HttpResponse> RestDoor::handle(HttpRequest request) {
  static constexpr std::array kRoutes = {
      Route{"POST", "/v1/users", &RestAccounts::sign_up, 201},
      Route{"POST", "/v1/login", &RestAccounts::log_in, 200},
      Route{"POST", "/v1/token", &RestAccounts::refresh, 200},
      Route{"POST", "/v1/logout", &RestAccounts::log_out, 204},
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
      Route{"GET", "/v1/me", "me", 200},
      Route{"GET", "/v1/rooms", "rooms", 200},
      Route{"POST", "/v1/rooms", "room.create", 201},
      Route{"GET", "/v1/rooms/:room", "room", 200},
      Route{"POST", "/v1/direct", "direct", 200},
      Route{"POST", "/v1/rooms/:room/members", "member.add", 201},
      Route{"DELETE", "/v1/rooms/:room/members/:username", "member.remove", 204},
      Route{"POST", "/v1/rooms/:room/messages", "send", 201},
      Route{"GET", "/v1/rooms/:room/history", "history", 200},
  };
  const auto segments = split_path(request.path);
  const Route* route = nullptr;
  std::string allowed;
  for (const auto& candidate : kRoutes) {
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
  if (request.body.size() > kMaxBodyBytes) {
    co_return problem({ErrorCode::payload_too_large, "the body is longer than 65536 bytes"});
  }
  auto body = parse_object(request.body.empty() ? "{}" : request.body);
  if (!body) co_return problem(body.error());

  const auto outcome = co_await perform(*route, request, segments, std::move(*body));
  if (!outcome) co_return problem(outcome.error());
  if (route->success == 204) co_return HttpResponse{204, "", "", {}};
  co_return HttpResponse{route->success, "application/json", *outcome, {}};
}

void RestDoor::open(HttpServer& http) {
  http.route("/v1", [this](HttpRequest request) { return handle(std::move(request)); });
}

Task<Result<Identity>> RestDoor::bearer(const HttpRequest& request) {
  constexpr std::string_view kScheme = "bearer ";
  const auto value = request.header("authorization");
  if (value.size() < kScheme.size() ||
      !equals_ignoring_case(value.substr(0, kScheme.size()), kScheme)) {
    co_return Error{ErrorCode::unauthenticated,
                    "a token is needed: \"Authorization: Bearer <access_token>\""};
  }
  co_return co_await parts_.gate.identify(std::string(value.substr(kScheme.size())));
}

Task<Result<std::string>> RestDoor::perform(const Route& route, const HttpRequest& request,
                                            const Segments& segments, boost::json::object body) {
  if (const auto* entrance = std::get_if<Route::Entrance>(&route.does)) {
    co_return co_await (accounts_.**entrance)(body);
  }
  const auto identity = co_await bearer(request);
  if (!identity) co_return identity.error();
  if (const auto* affair = std::get_if<Route::Affair>(&route.does)) {
    co_return co_await (accounts_.**affair)(*identity, body);
  }
  (void)route.fits(segments, &body);
  for (const auto* name : {"before", "after", "limit"}) add_query(body, request, name);
  for (const auto* name : {"prefix", "q", "room", "from", "cursor"}) {
    const auto value = request.query_value(name);
    if (value && !body.contains(name)) body[name] = *value;
  }
  const std::string command(std::get<std::string_view>(route.does));
  co_return co_await parts_.commands.run(identity->user, command, std::move(body));
}

}  // namespace confab::gateway::dialects
