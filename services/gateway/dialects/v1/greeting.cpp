#include "gateway/dialects/v1/greeting.hpp"

#include "gateway/dialects/v1/fields.hpp"
#include "gateway/dialects/v1/pid.hpp"
#include "gateway/domain/chat.hpp"

namespace confab::gateway::dialects {
namespace {

/// The rooms among what the client lists; a connection keeps them for as long as it lives.
RoomWish wish_for(const std::vector<std::string>& listed) {
  RoomWish wish;
  wish.all = false;
  for (const auto& gid : listed) {
    if (is_gid(gid)) wish.gids.push_back(gid);
  }
  std::sort(wish.gids.begin(), wish.gids.end());
  wish.gids.erase(std::unique(wish.gids.begin(), wish.gids.end()), wish.gids.end());
  return wish;
}

}  // namespace

Result<Greeting> parse_greeting(const boost::json::object& data, std::string_view ticket_name,
                                std::size_t max_rooms) {
  Fields fields(data);
  Greeting greeting;
  greeting.token = fields.text("token");
  if (const auto* ticket = data.if_contains(ticket_name)) {
    const bool good = ticket->is_string() && is_pid(ticket->get_string());
    greeting.ticket = good ? std::string(ticket->get_string()) : "malformed";
  }
  const auto* rooms = data.if_contains("rooms");
  if (rooms != nullptr && rooms->is_array()) {
    greeting.wish = wish_for(fields.texts("rooms"));
  } else if (const auto wish = fields.text("rooms"); wish == "none") {
    greeting.wish.all = false;
  }
  greeting.offsets = fields.flag("offsets").value_or(false);
  // Whatever it is: clients take any text at an event's end for one.
  if (const auto* offset = data.if_contains("offset"); offset != nullptr && offset->is_string()) {
    greeting.offset = std::string(offset->get_string());
  }
  if (!fields.good()) return fields.good().error();
  if (greeting.wish.gids.size() > max_rooms) {
    return Error{ErrorCode::too_many_subscriptions,
                 "a connection is subscribed to at most " + std::to_string(max_rooms) + " rooms"};
  }
  return greeting;
}

}  // namespace confab::gateway::dialects
