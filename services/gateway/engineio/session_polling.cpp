// How an EngineSession answers the requests of a client that polls.
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "gateway/engineio/answers.hpp"
#include "gateway/engineio/jsonp.hpp"
#include "gateway/engineio/payload.hpp"
#include "gateway/engineio/server.hpp"
#include "gateway/engineio/session.hpp"

namespace confab::gateway {
namespace {

namespace asio = boost::asio;

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
constexpr std::string_view kOctets = "application/octet-stream";

HttpResponse payload_answer(Payload payload, const std::optional<std::string>& j) {
  HttpResponse response{.headers = {{"Cache-Control", "no-store"}}};
  if (j) {
    response.content_type = "text/javascript; charset=UTF-8";
    response.body = jsonp_script(*j, payload.body);
    response.headers.emplace_back("X-Content-Type-Options", "nosniff");
  } else {
    response.content_type = payload.octets ? kOctets : "text/plain; charset=UTF-8";
    response.body = std::move(payload.body);
  }
  return response;
}

}  // namespace

EngineSession::Polling& EngineSession::polling() {
  if (!polling_) polling_ = std::make_unique<Polling>();
  return *polling_;
}

/// Once on websocket, and no poll waits any more.
void EngineSession::free_polling() {
  if (transport_ == Transport::websocket && !is_parked()) polling_.reset();
}

asio::awaitable<HttpResponse> EngineSession::poll(std::optional<std::string> j) {
  const auto self = shared_from_this();
  if (is_parked()) {
    end("transport error");
    co_return error_answer(EngineError::bad_request);
  }
  if (polling().queue.empty()) {
    asio::steady_timer parking(server_.io(), Time::max());
    polling().parked = &parking;
    co_await parking.async_wait(kAwait);
    polling().parked = nullptr;
    const auto cancellation = co_await asio::this_coro::cancellation_state;
    if (cancellation.cancelled() != asio::cancellation_type::none) {
      if (transport_ == Transport::polling) end("transport close");
      co_return HttpResponse{};  // Nobody is there to read it.
    }
  }
  co_return poll_answer(j);
}

HttpResponse EngineSession::poll_answer(const std::optional<std::string>& j) {
  const PayloadForm form{version_, base64_ || version_ == EngineVersion::v4 || j};
  auto& queue = polling().queue;
  auto packets = queue.take(form, server_.options().max_payload);
  // Woken with an empty queue: a WebSocket has taken over, or wants to.
  if (packets.empty()) packets.push_back(packet_of(closed_ ? PacketType::close : PacketType::noop));
  if (queue.empty()) tell_drained();
  if (closed_ && queue.empty()) server_.forget(*this);
  free_polling();
  return payload_answer(encode_payload(form, packets), j);
}

HttpResponse EngineSession::refuse_post() {
  end("parse error");
  return error_answer(EngineError::bad_request);
}

HttpResponse EngineSession::post(const HttpRequest& request) {
  if (request.body.size() > server_.options().max_payload) return {.status = 413};
  std::optional<std::string> form;  // What the packets of JSONP point into.
  std::optional<PolledPackets> polled;
  if (request.query_value("j")) {
    form = jsonp_payload(request.body);
    if (form) polled = parse_payload(version_, *form);
  } else if (request.header("Content-Type") == kOctets) {
    if (version_ == EngineVersion::v3) polled = parse_octets(request.body);
  } else {
    polled = parse_payload(version_, request.body);
  }
  if (!polled) return refuse_post();
  for (const auto& packet : polled->packets) {
    if (closed_) break;
    if (!receive(packet)) return refuse_post();
  }
  return {.content_type = "text/html", .body = "ok"};
}

}  // namespace confab::gateway
