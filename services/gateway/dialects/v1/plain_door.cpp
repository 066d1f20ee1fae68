#include "gateway/dialects/v1/plain_door.hpp"

#include "common/base/encoding.hpp"
#include "gateway/dialects/v1/fields.hpp"
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

std::string greeting_of(const PlainOptions& options) {
  std::string version;
  append_json_string(version, options.version);
  return R"("server":{"name":"confab","version":)" + version + R"(},"heartbeat_ms":)" +
         std::to_string(options.heartbeat.count()) + R"(,"limits":{"frame_bytes":)" +
         std::to_string(options.max_message_bytes) + R"(,"json_depth":)" +
         std::to_string(kMaxDepth) + R"(,"commands_in_flight":)" +
         std::to_string(SessionHost::kMaxInFlight) + "}";
}

}  // namespace

PlainDoor::PlainDoor(DoorParts parts, SessionHost& host, HttpServer& http, PlainOptions options,
                     PlainEvents events)
    : gate_(parts.gate),
      loop_(parts.loop),
      host_(host),
      http_(http),
      deadlines_(http.deadlines()),
      options_(std::move(options)),
      events_(std::move(events)),
      greeting_(greeting_of(options_)) {}

void PlainDoor::open() {
  http_.route_upgrade(kPath, [this](HttpRequest request) { return upgrade(std::move(request)); });
  http_.route(kPath, [](HttpRequest) -> Task<HttpResponse> {
    const Error error{ErrorCode::invalid_argument, "only WebSockets are opened here"};
    HttpResponse response{426, "application/problem+json", render_problem(error, 426), {}};
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
  accept.opened = [this, wire](std::shared_ptr<WebSocket> socket) {
    auto connection = std::make_shared<PlainConnection>(*this, socket, *wire);
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
  const auto status = error_traits(error.code).http_status;
  HttpResponse response{status, "application/problem+json", render_problem(error, status), {}};
  if (error.retry_after.count() > 0) response.headers.emplace_back("Retry-After", "1");
  response.close = true;
  return response;
}

void PlainDoor::drain() {
  draining_ = true;
  const auto strangers = strangers_;
  for (auto* stranger : strangers) stranger->turn_away(kServiceRestart, "restart");
}

}  // namespace confab::gateway::dialects
