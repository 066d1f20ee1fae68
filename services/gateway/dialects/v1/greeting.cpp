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
  greeting.offsets = fields.flag("offsets").value_or(false);
  // Whatever it is: clients take any text at an event's end for one.
  if (const auto* offset = data.if_contains("offset"); offset != nullptr && offset->is_string()) {
    greeting.offset = std::string(offset->get_string());
  }
  if (!fields.good()) return fields.good().error();
  return greeting;
}

}  // namespace confab::gateway::dialects
