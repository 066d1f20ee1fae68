#include "gateway/dialects/chat_backend/chat_backend.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "gateway/dialects/chat_backend/words.hpp"
#include "gateway/dialects/v1/fields.hpp"

namespace confab::gateway::dialects {
namespace {

using chat_backend::not_ok;
using chat_backend::ok;

/// Messages of one history; the replaced app knew no pages.
constexpr std::size_t kMostMessages = 1000;

HttpResponse respond(std::string json, int status = 200) {
  return {status, "application/json", std::move(json), {}};
}

/// The number of a query parameter; `otherwise` without it, 0 for what is none.
std::uint64_t number_in(const HttpRequest& request, std::string_view key, std::uint64_t otherwise) {
  const auto text = request.query_value(key);
  if (!text) return otherwise;
  std::uint64_t number = 0;
  const auto* end = text->data() + text->size();
  const auto [stop, error] = std::from_chars(text->data(), end, number);
  return error == std::errc() && stop == end ? number : 0;
}

}  // namespace

struct ChatBackend::Route {
  std::string_view method;
  std::string_view path;
  Answer (ChatBackend::*does)(Call&);
};

ChatBackend::ChatBackend(const DialectParts& parts, ChatBackendOptions options)
    : parts_(parts),
      options_(options),
      entrance_(parts.door.accounts, parts.door.guard.limits()),
      credentials_(parts.door.gate, parts.people, options.insecure),
      listeners_(parts, credentials_),
      socketio_(listeners_, options.max_strangers),
      tcp_(listeners_, {options.hello_timeout, options.max_strangers}) {}

Task<HttpResponse> ChatBackend::handle(HttpRequest request) {
  static constexpr std::array kRoutes = {
      Route{"POST", "/register", &ChatBackend::sign_up},
      Route{"POST", "/login", &ChatBackend::log_in},
      Route{"POST", "/create-room", &ChatBackend::create_room},
      Route{"POST", "/send-message", &ChatBackend::send_message},
      Route{"GET", "/get-room-history", &ChatBackend::history},
  };
  const auto route = std::find_if(kRoutes.begin(), kRoutes.end(),
                                  [&](const Route& one) { return one.path == request.path; });
  if (route == kRoutes.end() || route->method != request.method) {
    const Error unknown{ErrorCode::unknown_command,
                        "there is no " + request.method + " on this path"};
    auto response = respond(not_ok(unknown), route == kRoutes.end() ? 404 : 405);
    if (route != kRoutes.end()) response.headers.emplace_back("Allow", std::string(route->method));
    co_return response;
  }
  Call call{request};
  const auto outcome = co_await perform(*route, call);
  if (outcome) co_return respond(ok(*outcome));
  parts_.door.guard.count(outcome.error());
  co_return respond(not_ok(outcome.error()));
}

ChatBackend::Answer ChatBackend::perform(const Route& route, Call& call) {
  if (call.request.body.size() > options_.max_body_bytes) {
    co_return Error{ErrorCode::payload_too_large, "the body is too long"};
  }
  auto body = parse_object(call.request.body.empty() ? "{}" : call.request.body);
  if (!body) co_return body.error();
  call.body = std::move(*body);
  co_return co_await (this->*route.does)(call);
}

Task<Result<User>> ChatBackend::caller(const Call& call, std::string_view command) {
  std::string token;
  if (!call.request.header("authorization").empty()) {
    auto bearer = bearer_token(call.request);
    if (!bearer) co_return bearer.error();
    token = std::move(*bearer);
  }
  std::string uuid(call.request.header("user"));
  const auto identity = co_await credentials_.check(std::move(uuid), std::move(token));
  if (!identity) co_return identity.error();
  const auto within = parts_.door.commands.admit(identity->user, command);
  if (!within) co_return within.error();
  co_return identity->user;
}

ChatBackend::Answer ChatBackend::sign_up(Call& call) {
  Fields fields(call.body);
  auto login = fields.required_text("login");
  auto password = fields.required_text("password");
  auto name = fields.text("username");
  if (!fields.good()) co_return fields.good().error();
  const auto made =
      co_await entrance_.sign_up(std::move(login), std::move(password), std::move(name),
                                 parts_.door.guard.address_of(call.request));
  if (!made) co_return made.error();
  co_return std::string();
}

ChatBackend::Answer ChatBackend::log_in(Call& call) {
  Fields fields(call.body);
  auto login = fields.required_text("login");
  auto password = fields.required_text("password");
  if (!fields.good()) co_return fields.good().error();
  const auto in = co_await entrance_.log_in(std::move(login), std::move(password),
                                            parts_.door.guard.address_of(call.request));
  if (!in) co_return in.error();
  co_return chat_backend::render(*in);
}

/// Public: in the replaced app a room was open to all who knew its gid.
ChatBackend::Answer ChatBackend::create_room(Call& call) {
  const auto user = co_await caller(call, "room.create");
  if (!user) co_return user.error();
  NewRoom room;
  room.name = "Room of " + user->username;
  room.kind = "public";
  const auto made = co_await parts_.door.chat.create_room(*user, std::move(room), {});
  if (!made) co_return made.error();
  co_return R"({"room_gid":")" + made->ref.gid + "\"}";
}

ChatBackend::Answer ChatBackend::send_message(Call& call) {
  Fields fields(call.body);
  Draft draft;
  draft.gid = fields.required_text("room_gid");
  draft.text = fields.required_text("msg");
  if (!fields.good()) co_return fields.good().error();
  const auto user = co_await caller(call, "send");
  if (!user) co_return user.error();
  const auto sent = co_await send(*user, std::move(draft));
  if (!sent) co_return sent.error();
  co_return std::string();
}

/// Who knows the gid of a public room is taken into it.
Task<Result<Sent>> ChatBackend::send(User user, Draft draft) {
  auto sent = co_await parts_.door.chat.send(user, draft);
  if (sent || sent.error().code != ErrorCode::not_a_member) co_return sent;
  const auto entered = co_await listeners_.enter(user, draft.gid);
  if (!entered) co_return entered.error();
  co_return co_await parts_.door.chat.send(user, std::move(draft));
}

ChatBackend::Answer ChatBackend::history(Call& call) {
  const auto gid = call.request.query_value("room_gid").value_or("");
  const auto limit = number_in(call.request, "limit", kMostMessages);
  const auto before = number_in(call.request, "before", UINT64_MAX);
  if (gid.empty() || limit == 0 || before == 0) {
    co_return Error{ErrorCode::invalid_argument,
                    "room_gid is needed; limit and before must be numbers from 1 on"};
  }
  const auto user = co_await caller(call, "history");
  if (!user) co_return user.error();
  MessagePage page;
  page.limit = std::min<std::size_t>(limit, kMostMessages);
  if (before != UINT64_MAX) page.before = before;
  auto messages = co_await latest_messages(parts_.door, *user, gid, page);
  if (!messages && messages.error().code == ErrorCode::not_a_member) {
    const auto entered = co_await listeners_.enter(*user, gid);
    if (!entered) co_return entered.error();
    messages = co_await latest_messages(parts_.door, *user, gid, page);
  }
  if (!messages) co_return messages.error();
  std::reverse(messages->begin(), messages->end());
  co_return chat_backend::render(*messages);
}

}  // namespace confab::gateway::dialects
