#include "gateway/dialects/v1/commands.hpp"

#include <unordered_map>

#include "common/base/failpoint.hpp"
#include "gateway/dialects/v1/command_kinds.hpp"
#include "gateway/dialects/v1/fields.hpp"
#include "gateway/dialects/v1/render.hpp"

namespace confab::gateway::dialects {
namespace {

constexpr std::uint32_t kDefaultPage = 50;
constexpr std::uint64_t kMaxPage = 1000;  // docs/protocol.md, "Limits".

template <typename T>
Result<std::string> rendered(const Result<T>& result) {
  if (!result) return result.error();
  return render(*result);
}

Result<std::string> as_room(const Result<Room>& room) {
  if (!room) return room.error();
  return wrapped("room", render(*room));
}

}  // namespace

Result<> Commands::admit(const User& user, std::string_view name) {
  return limits_.admit(user.id, kind_of_command(name));
}

Task<Result<std::string>> Commands::run(User user, std::string name, boost::json::object data) {
  static const std::unordered_map<std::string_view, Command> kCommands = {
      {"send", &Commands::send},
      {"history", &Commands::history},
      {"room", &Commands::room},
      {"room.create", &Commands::create_room},
      {"room.leave", &Commands::leave_room},
      {"direct", &Commands::direct},
      {"member.add", &Commands::add_member},
      {"member.remove", &Commands::remove_member},
  };
  const auto within = admit(user, name);
  if (!within) co_return within.error();
  if (MessageCommands::knows(name)) {
    co_return co_await messages_.run(std::move(user), std::move(name), std::move(data));
  }
  if (RoomCommands::has(name)) {
    co_return co_await rooms_.run(std::move(user), std::move(name), std::move(data));
  }
  if (PeopleCommands::knows(name)) {
    co_return co_await people_.run(std::move(user), std::move(name), std::move(data));
  }
  if (PresenceCommands::knows(name)) {
    co_return co_await presence_.run(std::move(user), std::move(name), std::move(data));
  }
  const auto found = kCommands.find(name);
  if (found == kCommands.end()) {
    co_return Error{ErrorCode::unknown_command, "there is no command \"" + name + "\""};
  }
  co_return co_await (this->*found->second)(user, data);
}

Task<Result<std::string>> Commands::send(const User& user, Data data) {
  failpoint::reach(failpoint::Step::frame_read);
  Fields fields(data);
  Draft draft{fields.required_text("room"), fields.text("text"), fields.object_json("attributes"),
              fields.text("client_msg_id")};
  draft.reply_to = fields.number("reply_to").value_or(0);
  draft.mentions = fields.texts("mentions");
  if (!fields.good()) co_return fields.good().error();
  co_return rendered(co_await chat_.send(user, std::move(draft)));
}

Task<Result<std::string>> Commands::history(const User& user, Data data) {
  Fields fields(data);
  const auto gid = fields.required_text("room");
  LogRange range{fields.number("after"), fields.number("before"), kDefaultPage};
  const auto limit = fields.number("limit").value_or(kDefaultPage);
  range.folded = !fields.flag("raw").value_or(false);
  if (!fields.good()) co_return fields.good().error();
  if (limit == 0) co_return Error{ErrorCode::invalid_argument, "\"limit\" must be at least 1"};
  if (range.after && range.before) {
    co_return Error{ErrorCode::invalid_argument, "give \"after\" or \"before\", not both"};
  }
  if (range.before == 0U) {
    co_return Error{ErrorCode::invalid_argument, "\"before\" must be at least 1"};
  }
  range.limit = static_cast<std::uint32_t>(std::min(limit, kMaxPage));
  co_return rendered(co_await chat_.history(user, gid, range));
}

Task<Result<std::string>> Commands::room(const User& user, Data data) {
  Fields fields(data);
  const auto gid = fields.required_text("room");
  if (!fields.good()) co_return fields.good().error();
  co_return as_room(co_await chat_.room(user, gid));
}

Task<Result<std::string>> Commands::create_room(const User& user, Data data) {
  Fields fields(data);
  NewRoom room;
  room.name = fields.required_text("name");
  room.kind = fields.text("kind");
  room.topic = fields.text("topic");
  room.picture = fields.text("picture");
  const auto members = fields.texts("members");
  if (!fields.good()) co_return fields.good().error();
  co_return as_room(co_await chat_.create_room(user, std::move(room), members));
}

Task<Result<std::string>> Commands::direct(const User& user, Data data) {
  Fields fields(data);
  const auto username = fields.required_text("username");
  if (!fields.good()) co_return fields.good().error();
  co_return as_room(co_await chat_.open_direct(user, username));
}

Task<Result<std::string>> Commands::add_member(const User& user, Data data) {
  Fields fields(data);
  const auto gid = fields.required_text("room");
  const auto username = fields.required_text("username");
  const auto role = fields.text("role");
  if (!fields.good()) co_return fields.good().error();
  const auto member = co_await chat_.add_member(user, gid, username, role);
  if (!member) co_return member.error();
  co_return render(gid, *member);
}

Task<Result<std::string>> Commands::remove_member(const User& user, Data data) {
  Fields fields(data);
  const auto gid = fields.required_text("room");
  const auto username = fields.required_text("username");
  if (!fields.good()) co_return fields.good().error();
  const auto removed = co_await chat_.remove_member(user, gid, username);
  if (!removed) co_return removed.error();
  co_return std::string("{}");
}

Task<Result<std::string>> Commands::leave_room(const User& user, Data data) {
  Fields fields(data);
  const auto gid = fields.required_text("room");
  if (!fields.good()) co_return fields.good().error();
  const auto left = co_await chat_.remove_member(user, gid, user.username);
  if (!left) co_return left.error();
  co_return std::string("{}");
}

}  // namespace confab::gateway::dialects
