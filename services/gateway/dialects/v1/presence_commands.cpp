#include "gateway/dialects/v1/presence_commands.hpp"

#include <algorithm>
#include <limits>

#include "gateway/dialects/v1/json_object.hpp"

namespace confab::gateway::dialects {
namespace {

constexpr std::uint64_t kPage = 100;  // docs/protocol.md, "Limits".

}  // namespace

bool PresenceCommands::knows(const std::string& name) {
  return name == "typing" || name == "presence";
}

Task<Result<std::string>> PresenceCommands::run(User user, std::string name,
                                                boost::json::object data) {
  Fields fields(data);
  auto gid = fields.required_text("room");
  if (name == "typing") {
    const bool on = fields.flag("on").value_or(true);
    if (!fields.good()) co_return fields.good().error();
    const auto said = co_await typing_.say(std::move(user), std::move(gid), on);
    if (!said) co_return said.error();
    co_return std::string("{}");
  }
  const auto range = presence_range(fields);
  if (!fields.good()) co_return fields.good().error();
  const auto page = co_await watching_.look(std::move(user), std::move(gid), range);
  if (!page) co_return page.error();
  co_return render(*page);
}

UserRange presence_range(Fields& fields) {
  constexpr std::uint64_t kLast = std::numeric_limits<std::int64_t>::max();
  const auto limit = fields.number("limit").value_or(kPage);
  if (limit == 0) fields.refuse("limit", "at least 1");
  UserRange range;
  range.after = static_cast<std::int64_t>(std::min(fields.number("after").value_or(0), kLast));
  range.limit = static_cast<std::uint32_t>(std::min<std::uint64_t>(limit, PresenceWatch::kMaxPage));
  return range;
}

std::string render(const PresencePage& page) {
  Object out;
  out.text("room", page.gid).json("users", array(page.members, shown_json));
  if (page.next != 0) out.number("next", page.next);
  return out.close();
}

}  // namespace confab::gateway::dialects
