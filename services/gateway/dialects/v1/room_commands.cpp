#include "gateway/dialects/v1/room_commands.hpp"

#include <algorithm>
#include <limits>
#include <unordered_map>

#include "gateway/dialects/v1/fields.hpp"
#include "gateway/dialects/v1/room_render.hpp"

namespace confab::gateway::dialects {
namespace {

// docs/protocol.md, "Limits".
constexpr std::uint64_t kMaxList = 1000;
constexpr std::uint64_t kPage = 100;
constexpr std::uint64_t kMaxPublicPage = 100;
constexpr std::uint64_t kPublicPage = 50;

/// "limit", at least 1, and `most` where it is more.
std::uint32_t limit(Fields& fields, std::uint64_t usual, std::uint64_t most) {
  const auto given = fields.number("limit").value_or(usual);
  if (given == 0) fields.refuse("limit", "at least 1");
  return static_cast<std::uint32_t>(std::min(given, most));
}

UserRange user_range(Fields& fields) {
  constexpr std::uint64_t kLast = std::numeric_limits<std::int64_t>::max();
  UserRange range;
  range.after = static_cast<std::int64_t>(std::min(fields.number("after").value_or(0), kLast));
  range.limit = limit(fields, kPage, kMaxList);
  return range;
}

std::uint32_t small_number(Fields& fields, std::string_view name) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint32_t>::max();
  return static_cast<std::uint32_t>(std::min(fields.number(name).value_or(0), kMost));
}

Result<std::string> done(const Result<>& result) {
  if (!result) return result.error();
  return std::string("{}");
}

Result<std::string> as_room(const Result<Room>& room) {
  if (!room) return room.error();
  return wrapped("room", render(*room));
}

template <typename T>
Result<std::string> rendered(const Result<T>& result) {
  if (!result) return result.error();
  return render(*result);
}

template <typename T>
Result<std::string> rendered(const std::string& gid, const Result<T>& result) {
  if (!result) return result.error();
  return render(gid, *result);
}

}  // namespace

RoomCommands::Command RoomCommands::find(const std::string& name) {
  static const std::unordered_map<std::string_view, Command> kCommands = {
      {"rooms", &RoomCommands::list},
      {"rooms.public", &RoomCommands::list_public},
      {"room.update", &RoomCommands::update},
      {"room.archive", &RoomCommands::archive},
      {"room.join", &RoomCommands::join},
      {"room.invite", &RoomCommands::invite},
      {"room.invite.revoke", &RoomCommands::revoke_invite},
      {"members", &RoomCommands::members},
      {"member.role", &RoomCommands::set_role},
      {"member.ban", &RoomCommands::ban},
      {"member.unban", &RoomCommands::unban},
      {"bans", &RoomCommands::bans},
      {"read", &RoomCommands::read},
      {"readers", &RoomCommands::readers},
      {"send.status", &RoomCommands::send_status},
  };
  const auto found = kCommands.find(name);
  return found == kCommands.end() ? nullptr : found->second;
}

bool RoomCommands::has(const std::string& name) { return find(name) != nullptr; }

Task<Result<std::string>> RoomCommands::run(User user, std::string name, boost::json::object data) {
  co_return co_await (this->*find(name))(user, data);
}

Task<Result<std::string>> RoomCommands::list(const User& user, Data data) {
  Fields fields(data);
  MyRoomsQuery query;
  query.after = fields.text("after");
  query.limit = limit(fields, kPage, kMaxList);
  query.archived = fields.flag("archived").value_or(false);
  if (!fields.good()) co_return fields.good().error();
  co_return rendered(co_await rooms_.mine(user, std::move(query)));
}

Task<Result<std::string>> RoomCommands::list_public(const User& user, Data data) {
  Fields fields(data);
  PublicQuery query;
  query.text = fields.text("query");
  query.after = fields.text("after");
  query.limit = limit(fields, kPublicPage, kMaxPublicPage);
  if (!fields.good()) co_return fields.good().error();
  co_return rendered(co_await rooms_.public_rooms(user, std::move(query)));
}

Task<Result<std::string>> RoomCommands::update(const User& user, Data data) {
  Fields fields(data);
  const auto gid = fields.required_text("room");
  RoomPatch patch;
  patch.name = fields.optional_text("name");
  patch.topic = fields.optional_text("topic");
  patch.picture = fields.optional_text("picture");
  patch.kind = fields.optional_text("kind");
  patch.archived = fields.flag("archived");
  if (!fields.good()) co_return fields.good().error();
  co_return as_room(co_await rooms_.update(user, gid, std::move(patch)));
}

Task<Result<std::string>> RoomCommands::archive(const User& user, Data data) {
  Fields fields(data);
  const auto gid = fields.required_text("room");
  RoomPatch patch;
  patch.archived = fields.flag("archived").value_or(true);
  if (!fields.good()) co_return fields.good().error();
  co_return as_room(co_await rooms_.update(user, gid, std::move(patch)));
}

Task<Result<std::string>> RoomCommands::join(const User& user, Data data) {
  Fields fields(data);
  const auto code = fields.text("code");
  const auto gid = code.empty() ? fields.required_text("room") : std::string();
  if (!fields.good()) co_return fields.good().error();
  co_return as_room(co_await rooms_.join(user, gid, code));
}

Task<Result<std::string>> RoomCommands::invite(const User& user, Data data) {
  Fields fields(data);
  const auto gid = fields.required_text("room");
  const auto life_s = small_number(fields, "expires_in");
  const auto uses = small_number(fields, "uses");
  if (!fields.good()) co_return fields.good().error();
  co_return rendered(gid, co_await rooms_.invite(user, gid, life_s, uses));
}

Task<Result<std::string>> RoomCommands::revoke_invite(const User& user, Data data) {
  Fields fields(data);
  const auto gid = fields.required_text("room");
  const auto code = fields.required_text("code");
  if (!fields.good()) co_return fields.good().error();
  co_return done(co_await rooms_.revoke_invite(user, gid, code));
}

Task<Result<std::string>> RoomCommands::members(const User& user, Data data) {
  Fields fields(data);
  const auto gid = fields.required_text("room");
  const auto range = user_range(fields);
  if (!fields.good()) co_return fields.good().error();
  co_return rendered(gid, co_await rooms_.members(user, gid, range));
}

Task<Result<std::string>> RoomCommands::set_role(const User& user, Data data) {
  Fields fields(data);
  const auto gid = fields.required_text("room");
  const auto username = fields.required_text("username");
  const auto role = fields.required_text("role");
  if (!fields.good()) co_return fields.good().error();
  co_return rendered(gid, co_await rooms_.set_role(user, gid, username, role));
}

Task<Result<std::string>> RoomCommands::ban(const User& user, Data data) {
  Fields fields(data);
  const auto gid = fields.required_text("room");
  const auto username = fields.required_text("username");
  const bool banned = fields.flag("banned").value_or(true);
  if (!fields.good()) co_return fields.good().error();
  co_return done(co_await rooms_.set_ban(user, gid, username, banned));
}

Task<Result<std::string>> RoomCommands::unban(const User& user, Data data) {
  Fields fields(data);
  const auto gid = fields.required_text("room");
  const auto username = fields.required_text("username");
  if (!fields.good()) co_return fields.good().error();
  co_return done(co_await rooms_.set_ban(user, gid, username, false));
}

Task<Result<std::string>> RoomCommands::bans(const User& user, Data data) {
  Fields fields(data);
  const auto gid = fields.required_text("room");
  const auto range = user_range(fields);
  if (!fields.good()) co_return fields.good().error();
  co_return rendered(gid, co_await rooms_.bans(user, gid, range));
}

Task<Result<std::string>> RoomCommands::read(const User& user, Data data) {
  Fields fields(data);
  const auto gid = fields.required_text("room");
  const auto seq = fields.required_number("seq");
  if (!fields.good()) co_return fields.good().error();
  const auto room_id = co_await chat_.resolve(gid);
  if (!room_id) co_return room_id.error();
  const auto now = co_await reads_.read(user, *room_id, seq);
  if (!now) co_return now.error();
  co_return render_place(gid, *now);
}

Task<Result<std::string>> RoomCommands::readers(const User& user, Data data) {
  Fields fields(data);
  const auto gid = fields.required_text("room");
  const auto seq = fields.required_number("seq");
  const auto range = user_range(fields);
  if (!fields.good()) co_return fields.good().error();
  const auto page = co_await rooms_.readers(user, gid, seq, range);
  if (!page) co_return page.error();
  co_return render(gid, seq, *page);
}

Task<Result<std::string>> RoomCommands::send_status(const User& user, Data data) {
  Fields fields(data);
  const auto gid = fields.required_text("room");
  const auto client_msg_id = fields.required_text("client_msg_id");
  if (!fields.good()) co_return fields.good().error();
  co_return rendered(co_await rooms_.send_status(user, gid, client_msg_id));
}

}  // namespace confab::gateway::dialects
