#include "gateway/dialects/v1/plain_door.hpp"

#include "gateway/dialects/v1/fields.hpp"
#include "gateway/dialects/v1/json_object.hpp"
#include "gateway/dialects/v1/render.hpp"

namespace confab::gateway::dialects {
namespace {

constexpr auto kPath = "/v1/ws";
constexpr std::uint16_t kServiceRestart = 1012;

/// The first of those a client offers that is spoken here; null if none is.
const PlainWire* choose(std::string_view offered) {
  while (!offered.empty()) {
    const auto comma = std::min(offered.find(','), offered.size());
    auto name = offered.substr(0, comma);
    name.remove_prefix(std::min(name.find_first_not_of(" \t"), name.size()));
    name = name.substr(0, name.find_last_not_of(" \t") + 1);
    for (const auto* wire : {&json_wire(), &protobuf_wire()}) {
      if (name == wire->subprotocol()) return wire;
    }
    offered.remove_prefix(std::min(comma + 1, offered.size()));
  }
  return nullptr;
}

/// {"commands":{"count":…,"period_ms":…},…}: those that there are.
std::string rates_of(const CallRates& rates) {
  Object out;
  const auto add = [&](std::string_view name, const Rate& rate) {
    if (!rate.limited()) return;
    Object one;
    one.number("count", rate.count).number("period_ms", rate.period.count());
    out.json(name, one.close());
  };
  add("commands", rates.commands);
  add("sends", rates.sends);
  add("room_sends", rates.room_sends);
  add("room", rates.room);
  add("changes", rates.changes);
  add("pages", rates.pages);
  add("searches", rates.searches);
  add("creates", rates.creates);
  add("settings", rates.settings);
  return out.close();
}

/// The fields of the answer to hello that are the same for all.
std::string greeting_of(const PlainOptions& options, const SessionLimits& host) {
  Object server;
  server.text("name", "confab").text("version", options.version);
  Object limits;
  limits.number("frame_bytes", options.max_message_bytes)
      .number("json_depth", kMaxDepth)
      .number("json_keys", kMaxKeys)
      .number("json_items", kMaxItems)
      .number("commands_in_flight", host.max_in_flight)
      .number("subscriptions", host.max_rooms)
      .json("rates", rates_of(options.rates));
  Object greeting;
  greeting.json("server", server.close())
      .number("heartbeat_ms", options.heartbeat.count())
      .json("limits", limits.close());
  const auto text = greeting.close();
  return text.substr(1, text.size() - 2);
}

}  // namespace

PlainDoor::PlainDoor(DoorParts parts, SessionHost& host, HttpServer& http, PlainOptions options,
                     PlainEvents events)
    : gate_(parts.gate),
      guard_(parts.guard),
      admit_(parts.guard.connections()),
      loop_(parts.loop),
      host_(host),
      http_(http),
      deadlines_(http.deadlines()),
      options_(std::move(options)),
      events_(std::move(events)),
      greeting_(greeting_of(options_, host.options())) {}

void PlainDoor::open() {
  http_.route_upgrade(kPath, [this](HttpRequest request) { return upgrade(std::move(request)); });
  http_.route(kPath, [](HttpRequest) -> Task<HttpResponse> {
    const Error error{ErrorCode::invalid_argument, "only WebSockets are opened here"};
    auto response = problem(error, 426);
    response.headers.emplace_back("Upgrade", "websocket");
    co_return response;
  });
}

Task<UpgradeDecision> PlainDoor::upgrade(HttpRequest request) {
  const auto offered = request.header("Sec-WebSocket-Protocol");
  const auto* wire = offered.empty() ? &json_wire() : choose(offered);
  if (wire == nullptr) {
    co_return turn_away("subprotocol",
                        {ErrorCode::invalid_argument,
                         "the subprotocols are confab.v1.json and confab.v1.protobuf"});
  }
  const std::chrono::seconds soon{1};
  if (draining_) {
    co_return turn_away("draining", {ErrorCode::overloaded, "the server stops", soon});
  }
  if (strangers_.size() >= options_.max_strangers) {
    co_return turn_away("overloaded",
                        {ErrorCode::overloaded, "too many clients have not said hello", soon});
  }
  UpgradeAccept accept;
  auto admitted = admit_(request);
  if (auto* refusal = std::get_if<HttpResponse>(&admitted)) {
    events_.refused("address");
    co_return std::move(*refusal);
  }
  auto place = std::get<Place>(std::move(admitted));
  accept.opened = [this, wire, place = std::move(place)](std::shared_ptr<WebSocket> socket) {
    auto connection = std::make_shared<PlainConnection>(*this, socket, *wire, place);
    socket->start(std::move(connection));
  };
  if (!offered.empty()) accept.subprotocol = wire->subprotocol();
  accept.max_message_bytes = options_.max_message_bytes;
  accept.max_outbox_bytes = options_.max_outbox_bytes;
  accept.keep_alive = options_.heartbeat;
  co_return accept;
}

HttpResponse PlainDoor::turn_away(std::string_view reason, const Error& error) {
  events_.refused(reason);
  auto response = problem(error);
  response.close = true;
  return response;
}

void PlainDoor::drain() {
  draining_ = true;
  const auto strangers = strangers_;
  for (auto* stranger : strangers) stranger->turn_away(kServiceRestart, "restart");
}

}  // namespace confab::gateway::dialects
