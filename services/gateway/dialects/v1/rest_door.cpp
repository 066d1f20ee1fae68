#include "gateway/dialects/v1/rest_door.hpp"

#include <array>
#include <boost/json.hpp>
#include <charconv>

#include "common/base/encoding.hpp"
#include "gateway/dialects/v1/fields.hpp"
#include "gateway/dialects/v1/openapi.hpp"
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

/// The same of true and false.
void add_flag(boost::json::object& data, const HttpRequest& request, std::string_view name) {
  const auto value = request.query_value(name);
  if (!value) return;
  if (*value == "true" || *value == "false") {
    data[name] = *value == "true";
  } else {
    data[name] = *value;
  }
}

/// A number of the path; what is none stays text and is refused by the command, as is what is no
/// UTF-8.
boost::json::value path_value(std::string_view name, const std::string& segment) {
  if (!is_utf8(segment)) return nullptr;
  std::uint64_t number = 0;
  const auto* end = segment.data() + segment.size();
  const auto [stop, error] = std::from_chars(segment.data(), end, number);
  const bool is_number = error == std::errc() && stop == end;
  if (name == "seq" && is_number) return number;
  return boost::json::string(segment);
}

/// A route is a method and a path whose ":name" segments become fields of the command's data, as
/// does `flag` where there is one.
struct RestDoor::Route {
  enum class Kind { describe, sign_up, log_in, refresh, log_out, command };

  std::string_view method;
  std::string_view path;
  Kind kind;
  std::string_view command;
  int success;
  std::string_view flag = {};
  bool flag_value = false;

  [[nodiscard]] bool fits(const Segments& segments, boost::json::object* fields) const {
    const auto pattern = split_path(path);
    if (pattern.size() != segments.size()) return false;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
      if (pattern[i].starts_with(':')) {
        if (fields != nullptr) {
          const auto name = std::string_view(pattern[i]).substr(1);
          (*fields)[name] = path_value(name, segments[i]);
        }
      } else if (pattern[i] != segments[i]) {
        return false;
      }
    }
    return true;
  }
};

std::span<const RestDoor::Route> RestDoor::table() {
  using Kind = Route::Kind;
  static constexpr std::array kRoutes = {
      Route{"GET", "/v1/openapi.json", Kind::describe, "", 200},
      Route{"POST", "/v1/users", Kind::sign_up, "", 201},
      Route{"POST", "/v1/login", Kind::log_in, "", 200},
      Route{"POST", "/v1/token", Kind::refresh, "", 200},
      Route{"POST", "/v1/logout", Kind::log_out, "", 204},
      Route{"GET", "/v1/me", Kind::command, "me", 200},
      Route{"GET", "/v1/rooms", Kind::command, "rooms", 200},
      Route{"POST", "/v1/rooms", Kind::command, "room.create", 201},
      Route{"GET", "/v1/rooms/:room", Kind::command, "room", 200},
      Route{"POST", "/v1/direct", Kind::command, "direct", 200},
      Route{"POST", "/v1/rooms/:room/members", Kind::command, "member.add", 201},
      Route{"DELETE", "/v1/rooms/:room/members/:username", Kind::command, "member.remove", 204},
      Route{"POST", "/v1/rooms/:room/messages", Kind::command, "send", 201},
      Route{"GET", "/v1/rooms/:room/history", Kind::command, "history", 200},
      Route{"PATCH", "/v1/rooms/:room/messages/:seq", Kind::command, "edit", 200},
      Route{"DELETE", "/v1/rooms/:room/messages/:seq", Kind::command, "redact", 200},
      Route{"PUT", "/v1/rooms/:room/messages/:seq/reactions/:reaction", Kind::command, "react", 200,
            "remove", false},
      Route{"DELETE", "/v1/rooms/:room/messages/:seq/reactions/:reaction", Kind::command, "react",
            200, "remove", true},
      Route{"PUT", "/v1/rooms/:room/messages/:seq/pin", Kind::command, "pin", 200, "pinned", true},
      Route{"DELETE", "/v1/rooms/:room/messages/:seq/pin", Kind::command, "pin", 200, "pinned",
            false},
      Route{"GET", "/v1/rooms/:room/pins", Kind::command, "pins", 200},
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
  using Kind = Route::Kind;
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
  if (request.body.size() > kMaxBodyBytes) {
    co_return problem({ErrorCode::payload_too_large, "the body is longer than 65536 bytes"});
  }
  auto body = parse_object(request.body.empty() ? "{}" : request.body);
  if (!body) co_return problem(body.error());

  Result<std::string> outcome = Error{};
  switch (route->kind) {
    case Kind::describe:
      outcome = std::string(kOpenApi);
      break;
    case Kind::sign_up:
      outcome = co_await sign_up(*body);
      break;
    case Kind::log_in:
      outcome = co_await log_in(*body);
      break;
    case Kind::refresh:
      outcome = co_await refresh(*body);
      break;
    case Kind::log_out:
      outcome = co_await log_out(request);
      break;
    case Kind::command:
      outcome = co_await command(*route, request, segments, std::move(*body));
      break;
  }
  if (!outcome) co_return problem(outcome.error());
  if (route->success == 204) co_return HttpResponse{204, "", "", {}};
  co_return HttpResponse{route->success, "application/json", std::move(*outcome), {}};
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

Task<Result<std::string>> RestDoor::sign_up(const boost::json::object& body) {
  Fields fields(body);
  const auto username = fields.required_text("username");
  const auto password = fields.required_text("password");
  const auto name = fields.text("name");
  if (!fields.good()) co_return fields.good().error();
  const auto login = co_await parts_.accounts.sign_up(username, password, name);
  if (!login) co_return login.error();
  co_return render(*login);
}

Task<Result<std::string>> RestDoor::log_in(const boost::json::object& body) {
  Fields fields(body);
  const auto username = fields.required_text("username");
  const auto password = fields.required_text("password");
  if (!fields.good()) co_return fields.good().error();
  const auto login = co_await parts_.accounts.log_in(username, password);
  if (!login) co_return login.error();
  co_return render(*login);
}

Task<Result<std::string>> RestDoor::refresh(const boost::json::object& body) {
  Fields fields(body);
  const auto token = fields.required_text("refresh_token");
  if (!fields.good()) co_return fields.good().error();
  const auto login = co_await parts_.accounts.refresh(token);
  if (!login) co_return login.error();
  co_return render(*login);
}

Task<Result<std::string>> RestDoor::log_out(const HttpRequest& request) {
  const auto identity = co_await bearer(request);
  if (!identity) co_return identity.error();
  const auto done = co_await parts_.accounts.log_out(identity->session_id);
  if (!done) co_return done.error();
  parts_.gate.revoke(identity->session_id);
  co_return std::string();
}

Task<Result<std::string>> RestDoor::command(const Route& route, const HttpRequest& request,
                                            const Segments& segments, boost::json::object body) {
  const auto identity = co_await bearer(request);
  if (!identity) co_return identity.error();
  (void)route.fits(segments, &body);
  if (!route.flag.empty()) body[route.flag] = route.flag_value;
  for (const auto* name : {"before", "after", "limit"}) add_query(body, request, name);
  add_flag(body, request, "raw");
  co_return co_await parts_.commands.run(identity->user, std::string(route.command),
                                         std::move(body));
}

}  // namespace confab::gateway::dialects
