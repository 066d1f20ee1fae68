#include "gateway/dialects/flask_chat/flask_chat.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "common/base/encoding.hpp"
#include "gateway/dialects/flask_chat/words.hpp"
#include "gateway/dialects/v1/command_kinds.hpp"
#include "gateway/dialects/v1/fields.hpp"

namespace confab::gateway::dialects {
namespace {

using flask_chat::render;
using flask_chat::told;

/// Messages of one answer; the replaced app knew no pages.
constexpr std::size_t kMostMessages = 1000;

HttpResponse respond(std::string json, int status = 200) {
  return {status, "application/json", std::move(json), {}};
}

HttpResponse refuse(const Error& error, int status = 0) {
  auto response =
      respond(render(error), status != 0 ? status : error_traits(error.code).http_status);
  if (response.status == 401) response.headers.emplace_back("WWW-Authenticate", "Bearer");
  return response;
}

/// Flask's int: digits only. Numbers that are nobody's are found to be nobody's.
std::optional<std::int64_t> as_id(std::string_view text) {
  std::int64_t id = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, id);
  if (error != std::errc() || stop != end || text.starts_with('-')) return std::nullopt;
  return id;
}

bool is_form(const HttpRequest& request) {
  return request.header("content-type").starts_with("application/x-www-form-urlencoded");
}

/// The body as JSON, or what the fields of a form come to.
Result<boost::json::object> body_of(const HttpRequest& request) {
  if (!is_form(request)) return parse_object(request.body.empty() ? "{}" : request.body);
  boost::json::object body;
  for (const auto* name : {"username", "password", "body"}) {
    const auto value = form_value(request.body, name);
    if (!value) continue;
    if (!is_utf8(*value)) return Error{ErrorCode::invalid_argument, "the form is not UTF-8"};
    body[name] = *value;
  }
  return body;
}

}  // namespace

struct FlaskChat::Route {
  std::string_view method;
  std::string_view path;  ///< One that ends with '/' has an argument behind it.
  Answer (FlaskChat::*does)(Call&);
  bool known = true;  ///< Only for those who bring a token.
  int status = 200;
};

FlaskChat::FlaskChat(const DialectParts& parts, std::size_t max_body_bytes)
    : parts_(parts),
      max_body_bytes_(max_body_bytes),
      entrance_(parts.door.accounts, parts.door.guard.limits()),
      rooms_(parts),
      clients_(rooms_) {}

Task<HttpResponse> FlaskChat::handle(HttpRequest request) {
  static constexpr std::array kRoutes = {
      Route{"GET", "", &FlaskChat::greet, false},
      Route{"GET", "/user", &FlaskChat::me},
      Route{"POST", "/user", &FlaskChat::sign_up, false, 201},
      Route{"POST", "/login", &FlaskChat::log_in, false},
      Route{"GET", "/login", &FlaskChat::log_out},
      Route{"GET", "/logout", &FlaskChat::log_out},
      Route{"GET", "/message/", &FlaskChat::messages},
      Route{"POST", "/message/", &FlaskChat::send_by_id, true, 201},
      Route{"GET", "/chats", &FlaskChat::chats},
      Route{"POST", "/add_message/", &FlaskChat::send_by_name, true, 201},
  };
  auto path = request.path;
  if (path.ends_with('/')) path.pop_back();
  const Route* found = nullptr;
  std::string allowed;
  Call call{request, {}};
  for (const auto& route : kRoutes) {
    const bool has_argument = route.path.ends_with('/');
    const bool fits = has_argument
                          ? path.starts_with(route.path) && path.size() > route.path.size() &&
                                path.find('/', route.path.size()) == path.npos
                          : path == route.path;
    if (!fits) continue;
    allowed += (allowed.empty() ? "" : ", ") + std::string(route.method);
    if (route.method != request.method) continue;
    found = &route;
    if (has_argument) call.argument = percent_decode(path.substr(route.path.size()));
  }
  if (found == nullptr) {
    const Error unknown{ErrorCode::unknown_command,
                        "there is no " + request.method + " on this path"};
    auto response = refuse(unknown, allowed.empty() ? 404 : 405);
    if (!allowed.empty()) response.headers.emplace_back("Allow", allowed);
    co_return response;
  }
  auto outcome = co_await perform(*found, call);
  if (outcome) co_return respond(std::move(*outcome), found->status);
  parts_.door.guard.count(outcome.error());
  co_return refuse(outcome.error());
}

FlaskChat::Answer FlaskChat::perform(const Route& route, Call& call) {
  if (call.request.body.size() > max_body_bytes_) {
    co_return Error{ErrorCode::payload_too_large, "the body is too long"};
  }
  if (!is_utf8(call.argument)) {
    co_return Error{ErrorCode::invalid_argument, "the path is not UTF-8"};
  }
  auto body = body_of(call.request);
  if (!body) co_return body.error();
  call.body = std::move(*body);
  if (route.known) {
    const auto token = bearer_token(call.request);
    if (!token) co_return token.error();
    auto identity = co_await parts_.door.gate.identify(*token);
    if (!identity) co_return identity.error();
    call.identity = std::move(*identity);
  }
  co_return co_await (this->*route.does)(call);
}

FlaskChat::Answer FlaskChat::greet(Call&) { co_return told("Hello, the server is running"); }

FlaskChat::Answer FlaskChat::sign_up(Call& call) {
  Fields fields(call.body);
  auto username = fields.required_text("username");
  auto password = fields.required_text("password");
  if (!fields.good()) co_return fields.good().error();
  const auto made = co_await entrance_.sign_up(std::move(username), std::move(password), "",
                                               parts_.door.guard.address_of(call.request));
  if (!made) co_return made.error();
  co_return render(made->user);
}

FlaskChat::Answer FlaskChat::log_in(Call& call) {
  Fields fields(call.body);
  auto username = fields.required_text("username");
  auto password = fields.required_text("password");
  if (!fields.good()) co_return fields.good().error();
  const auto in = co_await entrance_.log_in(std::move(username), std::move(password),
                                            parts_.door.guard.address_of(call.request));
  if (!in) co_return in.error();
  co_return render(*in);
}

FlaskChat::Answer FlaskChat::me(Call& call) {
  const auto within = parts_.door.commands.admit(call.identity.user, "me");
  if (!within) co_return within.error();
  const auto user = co_await parts_.people.me(call.identity.user);
  co_return render(user);
}

/// The whole session ends, with every token of it.
FlaskChat::Answer FlaskChat::log_out(Call& call) {
  const auto within = parts_.door.commands.admit(call.identity.user, kAffair);
  if (!within) co_return within.error();
  const auto out = co_await parts_.door.accounts.log_out(call.identity.session_id);
  if (!out) co_return out.error();
  parts_.door.gate.revoke(call.identity.session_id);
  co_return told("the access token has been revoked");
}

FlaskChat::Answer FlaskChat::messages(Call& call) {
  const auto id = as_id(call.argument);
  if (!id) co_return Error{ErrorCode::not_found, "a user's id is a number"};
  const auto& me = call.identity.user;
  const auto other = co_await rooms_.user_of_id(me, *id);
  if (!other) co_return other.error();
  const auto found = co_await rooms_.messages(me, *other, 0, kMostMessages);
  if (!found) co_return found.error();
  std::string out = "[";
  for (const auto& message : *found) {
    if (out.size() > 1) out += ',';
    out += render(message, message.sender.id == me.id ? other->id : me.id);
  }
  co_return out + "]";
}

FlaskChat::Answer FlaskChat::send(Call& call, User to) {
  Fields fields(call.body);
  auto text = fields.required_text("body");
  if (!fields.good()) co_return fields.good().error();
  const auto to_id = to.id;
  const auto sent =
      co_await rooms_.send(call.identity.user, std::move(to), std::move(text), std::string());
  if (!sent) co_return sent.error();
  co_return render(*sent, to_id);
}

FlaskChat::Answer FlaskChat::send_by_id(Call& call) {
  const auto id = as_id(call.argument);
  if (!id) co_return Error{ErrorCode::not_found, "a user's id is a number"};
  auto to = co_await rooms_.user_of_id(call.identity.user, *id);
  if (!to) co_return to.error();
  co_return co_await send(call, std::move(*to));
}

FlaskChat::Answer FlaskChat::send_by_name(Call& call) {
  auto to = co_await rooms_.user_of_name(call.identity.user, call.argument);
  if (!to) co_return to.error();
  co_return co_await send(call, std::move(*to));
}

FlaskChat::Answer FlaskChat::chats(Call& call) {
  const auto within = parts_.door.commands.admit(call.identity.user, "rooms");
  if (!within) co_return within.error();
  const auto partners = co_await rooms_.partners(call.identity.user);
  if (!partners) co_return partners.error();
  co_return render(*partners);
}

}  // namespace confab::gateway::dialects
