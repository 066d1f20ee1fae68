#include "gateway/dialects/v1/greeting.hpp"

#include "gateway/dialects/v1/fields.hpp"

namespace confab::gateway::dialects {

Result<Greeting> parse_greeting(const boost::json::object& data, std::string_view ticket_name) {
  Fields fields(data);
  Greeting greeting;
  greeting.token = fields.text("token");
  if (const auto* ticket = data.if_contains(ticket_name)) {
    greeting.ticket = ticket->is_string() ? std::string(ticket->get_string()) : "malformed";
  }
  const auto* rooms = data.if_contains("rooms");
  if (rooms != nullptr && rooms->is_array()) {
    greeting.wish = {false, fields.texts("rooms")};
  } else if (const auto wish = fields.text("rooms"); wish == "none") {
    greeting.wish.all = false;
  }
  if (!fields.good()) return fields.good().error();
  return greeting;
}

}  // namespace confab::gateway::dialects
