#include "gateway/dialects/v1/people_commands.hpp"

#include <unordered_map>

#include "gateway/dialects/v1/fields.hpp"
#include "gateway/dialects/v1/people_render.hpp"
#include "gateway/dialects/v1/render.hpp"

namespace confab::gateway::dialects {
namespace {

constexpr std::uint64_t kDefaultUsers = 20;
constexpr std::uint64_t kDefaultHits = 20;
// What is larger is refused further on; so none becomes a smaller one on the way there.
constexpr std::uint64_t kAnyTooLarge = 1'000'000;

std::uint32_t limit_of(Fields& fields, std::uint64_t otherwise) {
  const auto limit = fields.number("limit").value_or(otherwise);
  return static_cast<std::uint32_t>(std::min(limit, kAnyTooLarge));
}

std::int64_t time_of(Fields& fields, std::string_view name) {
  constexpr std::uint64_t kLast = std::numeric_limits<std::int64_t>::max();
  return static_cast<std::int64_t>(std::min(fields.number(name).value_or(0), kLast));
}

}  // namespace

PeopleCommands::Command PeopleCommands::find(const std::string& name) {
  static const std::unordered_map<std::string_view, Command> kCommands = {
      {"me", &PeopleCommands::me},         {"me.update", &PeopleCommands::update_me},
      {"user", &PeopleCommands::user},     {"users", &PeopleCommands::users},
      {"block", &PeopleCommands::block},   {"unblock", &PeopleCommands::unblock},
      {"blocks", &PeopleCommands::blocks}, {"search", &PeopleCommands::search},
  };
  const auto found = kCommands.find(name);
  return found == kCommands.end() ? nullptr : found->second;
}

bool PeopleCommands::knows(const std::string& name) { return find(name) != nullptr; }

Task<Result<std::string>> PeopleCommands::run(User user, std::string name,
                                              boost::json::object data) {
  const auto command = find(name);
  co_return co_await (this->*command)(user, data);
}

Task<Result<std::string>> PeopleCommands::me(const User& user, Data /*data*/) {
  const auto now = co_await people_.me(user);
  co_return wrapped("user", render(now));
}

Task<Result<std::string>> PeopleCommands::update_me(const User& user, Data data) {
  Fields fields(data);
  const auto name = fields.required_text("name");
  if (!fields.good()) co_return fields.good().error();
  const auto renamed = co_await people_.rename(user, name);
  if (!renamed) co_return renamed.error();
  co_return wrapped("user", render(*renamed));
}

Task<Result<std::string>> PeopleCommands::user(const User& /*user*/, Data data) {
  Fields fields(data);
  const auto username = fields.required_text("username");
  if (!fields.good()) co_return fields.good().error();
  const auto found = co_await people_.find(username);
  if (!found) co_return found.error();
  co_return wrapped("user", render(*found));
}

Task<Result<std::string>> PeopleCommands::users(const User& /*user*/, Data data) {
  Fields fields(data);
  const auto prefix = fields.required_text("prefix");
  const auto limit = limit_of(fields, kDefaultUsers);
  if (!fields.good()) co_return fields.good().error();
  const auto found = co_await people_.search(prefix, limit);
  if (!found) co_return found.error();
  co_return render_users(*found);
}

Task<Result<std::string>> PeopleCommands::block(const User& user, Data data) {
  Fields fields(data);
  const auto username = fields.required_text("username");
  if (!fields.good()) co_return fields.good().error();
  const auto done = co_await people_.block(user, username);
  if (!done) co_return done.error();
  co_return std::string("{}");
}

Task<Result<std::string>> PeopleCommands::unblock(const User& user, Data data) {
  Fields fields(data);
  const auto username = fields.required_text("username");
  if (!fields.good()) co_return fields.good().error();
  const auto done = co_await people_.unblock(user, username);
  if (!done) co_return done.error();
  co_return std::string("{}");
}

Task<Result<std::string>> PeopleCommands::blocks(const User& user, Data /*data*/) {
  const auto users = co_await people_.blocked(user);
  if (!users) co_return users.error();
  co_return render_users(*users);
}

Task<Result<std::string>> PeopleCommands::search(const User& user, Data data) {
  Fields fields(data);
  Wanted wanted;
  wanted.text = fields.required_text("q");
  wanted.gid = fields.text("room");
  wanted.from = fields.text("from");
  wanted.after_ms = time_of(fields, "after");
  wanted.before_ms = time_of(fields, "before");
  wanted.limit = limit_of(fields, kDefaultHits);
  wanted.cursor = fields.text("cursor");
  if (!fields.good()) co_return fields.good().error();
  const auto hits = co_await people_.find_messages(user, std::move(wanted));
  if (!hits) co_return hits.error();
  co_return render(*hits);
}

}  // namespace confab::gateway::dialects
