#include "ctl/verify/rest.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "ctl/verify/stream.hpp"

namespace confab::ctl {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
namespace json = boost::json;

using Request = http::request<http::string_body>;
using Response = http::response<http::string_body>;

constexpr std::chrono::seconds kTime{15};
constexpr std::chrono::seconds kPatience{60};
constexpr std::uint64_t kMostBody = 16UL << 20U;

Request to_request(const Door& door, const RestCall& call) {
  Request request(http::string_to_verb(call.method), door.prefix + call.path, 11);
  request.set(http::field::host, door.authority());
  request.set(http::field::user_agent, "confabctl");
  request.keep_alive(false);
  if (!call.token.empty()) request.set(http::field::authorization, "Bearer " + call.token);
  if (!call.body.empty()) {
    request.set(http::field::content_type, "application/json");
    request.body() = json::serialize(call.body);
  }
  request.prepare_payload();
  return request;
}

template <typename Stream>
Task<Result<Response>> exchange(Network& network, const Door& door, Stream& stream,
                                const Request& request) {
  const auto failed = co_await dial(network, door, stream);
  if (failed) co_return unreachable(door, failed);
  beast::get_lowest_layer(stream).expires_after(kTime);
  const auto [unsent, sent] = co_await http::async_write(stream, request, kAwait);
  if (unsent) co_return unreachable(door, unsent);
  beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.body_limit(kMostBody);
  const auto [unread, read] = co_await http::async_read(stream, buffer, parser, kAwait);
  if (unread) co_return unreachable(door, unread);
  co_return parser.release();
}

/// Of an application/problem+json body.
Error problem(const Door& door, const Response& response, const json::value& body) {
  Error error;
  error.code = ErrorCode::unavailable;
  error.message = door.url + " answered " + std::to_string(response.result_int());
  const auto* const object = body.if_object();
  if (object == nullptr) return error;
  if (const auto* const code = object->if_contains("code"); code != nullptr && code->is_string()) {
    error.code = error_code_from_name(std::string_view(code->get_string()));
    error.message += " " + std::string(code->get_string());
  }
  const auto* const wait = object->if_contains("retry_after_ms");
  if (wait != nullptr && wait->is_number()) {
    error.retry_after = std::chrono::milliseconds(wait->to_number<std::int64_t>());
  }
  return error;
}

Result<json::object> to_answer(const Door& door, const Response& response) {
  boost::system::error_code unreadable;
  json::value body;
  if (!response.body().empty()) body = json::parse(response.body(), unreadable);
  if (response.result_int() / 100 != 2) return problem(door, response, body);
  if (response.body().empty()) return json::object();
  if (unreadable || !body.is_object()) {
    return Error{ErrorCode::unavailable, door.url + " answered no JSON object: is it a gateway?"};
  }
  return std::move(body.get_object());
}

}  // namespace

Task<Result<json::object>> call(Network& network, const Door& door, RestCall request) {
  const auto made = to_request(door, request);
  if (door.tls) {
    TlsStream stream(network.loop, network.tls);
    const auto response = co_await exchange(network, door, stream, made);
    if (!response) co_return response.error();
    co_return to_answer(door, *response);
  }
  PlainStream stream(network.loop);
  const auto response = co_await exchange(network, door, stream, made);
  if (!response) co_return response.error();
  co_return to_answer(door, *response);
}

Task<Result<json::object>> call_patiently(Network& network, const Door& door, RestCall request) {
  boost::asio::steady_timer timer(network.loop);
  const auto end = std::chrono::steady_clock::now() + kPatience;
  for (;;) {
    auto answer = co_await call(network, door, request);
    if (answer || !error_traits(answer.error().code).retryable) co_return answer;
    const auto wait = std::max(answer.error().retry_after, std::chrono::milliseconds(500));
    if (std::chrono::steady_clock::now() + wait > end) co_return answer;
    timer.expires_after(wait);
    const auto [woken] = co_await timer.async_wait(kAwait);
    if (woken) co_return answer;
  }
}

}  // namespace confab::ctl
