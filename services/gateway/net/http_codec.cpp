#include "gateway/net/http_codec.hpp"

#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <ctime>
#include <optional>

namespace confab::gateway {
namespace {

namespace http = boost::beast::http;
using Parser = http::request_parser<http::empty_body>;

/// Beast joins folded header lines, other servers cut them off.
bool has_folded_line(std::string_view text) {
  return text.find("\r\n ") != std::string_view::npos ||
         text.find("\r\n\t") != std::string_view::npos;
}

bool may_carry_body(http::verb method) {
  return method != http::verb::get && method != http::verb::head;
}

std::optional<RefusedHead> check(const Parser& parser, std::size_t max_fields) {
  const auto& head = parser.get();
  const auto fields = static_cast<std::size_t>(std::distance(head.begin(), head.end()));
  if (fields > max_fields) return RefusedHead{431, "too many headers"};
  if (head.count(http::field::transfer_encoding) != 0) {
    return RefusedHead{400, "Transfer-Encoding is not supported"};
  }
  if (head.count(http::field::host) != 1) return RefusedHead{400, "exactly one Host is needed"};
  if (head.count(http::field::content_length) > 1) {
    return RefusedHead{400, "more than one Content-Length"};
  }
  if (!may_carry_body(head.method()) && parser.content_length().value_or(0) != 0) {
    return RefusedHead{400, "this method carries no body"};
  }
  if (!head.target().starts_with('/')) return RefusedHead{400, "bad target"};
  return std::nullopt;
}

HttpRequest to_request(const http::request<http::empty_body>& head) {
  HttpRequest request;
  request.method = std::string(head.method_string());
  request.target = std::string(head.target());
  const auto question = request.target.find('?');
  request.path = request.target.substr(0, question);
  if (question != std::string::npos) request.query = request.target.substr(question + 1);
  for (const auto& field : head) {
    request.headers.emplace_back(field.name_string(), field.value());
  }
  return request;
}

void append_header(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

std::string http_date() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts)};
}

}  // namespace

std::variant<RequestHead, RefusedHead> parse_head(std::string_view text, std::size_t max_fields) {
  if (has_folded_line(text)) return RefusedHead{400, "folded header line"};
  Parser parser;
  parser.header_limit(static_cast<std::uint32_t>(text.size() + 1));
  parser.body_limit(boost::none);
  boost::system::error_code error;
  parser.put(boost::asio::buffer(text), error);
  if (error || !parser.is_header_done()) return RefusedHead{400, "malformed request"};
  if (const auto refused = check(parser, max_fields)) return *refused;

  RequestHead head;
  head.request = to_request(parser.get());
  head.content_length = parser.content_length().value_or(0);
  head.keep_alive = parser.keep_alive();
  head.expects_continue = equals_ignoring_case(parser.get()[http::field::expect], "100-continue");
  // Other protocols may be offered and ignored: Java's client offers h2c with every request.
  if (parser.upgrade() && equals_ignoring_case(parser.get()[http::field::upgrade], "websocket")) {
    // is_upgrade also refuses HTTP/1.0 and methods other than GET.
    if (!boost::beast::websocket::is_upgrade(parser.get())) {
      return RefusedHead{400, "not a WebSocket upgrade"};
    }
    head.upgrade = true;
  }
  return head;
}

std::string response_text(const HttpResponse& response, const HttpHeaders& extra, bool keep_alive,
                          bool with_body) {
  std::string out = "HTTP/1.1 " + std::to_string(response.status) + ' ';
  out.append(http::obsolete_reason(http::int_to_status(static_cast<unsigned>(response.status))));
  out += "\r\n";
  append_header(out, "Date", http_date());
  if (!response.content_type.empty()) append_header(out, "Content-Type", response.content_type);
  if (response.status != 204) {
    append_header(out, "Content-Length", std::to_string(response.body.size()));
  }
  append_header(out, "Connection", keep_alive ? "keep-alive" : "close");
  for (const auto& [name, value] : response.headers) append_header(out, name, value);
  for (const auto& [name, value] : extra) append_header(out, name, value);
  out += "\r\n";
  if (with_body && response.status != 204) out += response.body;
  return out;
}

}  // namespace confab::gateway

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

namespace confab::gateway {
namespace {

/// The status a header is refused with, or 0.
int refusal(const std::string& text) {
  const auto parsed = parse_head(text, 64);
  const auto* refused = std::get_if<RefusedHead>(&parsed);
  return refused != nullptr ? refused->status : 0;
}

std::string get_with(const std::string& headers) { return "GET / HTTP/1.1\r\n" + headers + "\r\n"; }

const std::string kUpgrade =
    "Host: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

TEST(RequestHead, TellsTargetHeadersAndLength) {
  const auto parsed = parse_head(
      "POST /a%20b?x=1&y HTTP/1.1\r\nHost: h\r\nContent-Length: 12\r\nX-Mine: v\r\n\r\n", 64);
  const auto& head = std::get<RequestHead>(parsed);
  EXPECT_EQ(head.request.path, "/a%20b");
  EXPECT_EQ(head.request.query, "x=1&y");
  EXPECT_EQ(head.request.header("x-mine"), "v");
  EXPECT_EQ(head.content_length, 12U);
  EXPECT_TRUE(head.keep_alive);
  EXPECT_FALSE(head.upgrade);
}

TEST(RequestHead, RefusesWhatAProxyMightReadDifferently) {
  for (const auto* headers : {
           "",                                                        // no Host
           "Host: a\r\nHost: a\r\n",                                  // two of them
           "Host: a\r\nTransfer-Encoding: chunked\r\n",               //
           "Host: a\r\nTransfer-Encoding: identity\r\n",              //
           "Host: a\r\nTransfer-Encoding: xchunked\r\n",              //
           "Host: a\r\nContent-Length: 3\r\n",                        // a body on GET
           "Host: a\r\nContent-Length: 0\r\nContent-Length: 0\r\n",   //
           "Host: a\r\nContent-Length: 0\r\nContent-Length: 1\r\n",   //
           "Host: a\r\nContent-Length: +0\r\n",                       //
           "Host: a\r\nX: 1\r\n folded\r\n",                          //
           "Host: a\r\nX: 1\r\n\tfolded\r\n",                         //
           "Host : a\r\n",                                            //
           "Host: a\r\nContent-Length: 99999999999999999999999\r\n",  //
       }) {
    EXPECT_EQ(refusal(get_with(headers)), 400) << headers;
  }
  EXPECT_EQ(refusal(get_with("Host: a\r\n")), 0);
  EXPECT_EQ(refusal("GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
  EXPECT_EQ(refusal("nonsense\r\n\r\n"), 400);
}

TEST(RequestHead, RefusesTooManyFields) {
  std::string headers = "Host: a\r\n";
  for (int i = 0; i < 64; ++i) headers += "X-" + std::to_string(i) + ": 1\r\n";
  EXPECT_EQ(refusal(get_with(headers)), 431);
}

TEST(RequestHead, AcceptsOnlyWholeUpgradesOfHttp11) {
  const auto parsed = parse_head(get_with(kUpgrade), 64);
  EXPECT_TRUE(std::get<RequestHead>(parsed).upgrade);
  EXPECT_EQ(refusal("GET / HTTP/1.0\r\n" + kUpgrade + "\r\n"), 400);
  EXPECT_EQ(refusal("POST / HTTP/1.1\r\n" + kUpgrade + "\r\n"), 400);
}

TEST(RequestHead, IgnoresOffersOfOtherProtocols) {
  const auto parsed =
      parse_head(get_with("Host: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n"), 64);
  EXPECT_FALSE(std::get<RequestHead>(parsed).upgrade);
}

TEST(ResponseText, CarriesLengthConnectionAndExtraHeaders) {
  const HttpResponse response{.status = 200, .content_type = "text/html", .body = "ok"};
  const auto text = response_text(response, {{"Vary", "Origin"}}, true, true);
  EXPECT_TRUE(text.starts_with("HTTP/1.1 200 OK\r\nDate: "));
  EXPECT_TRUE(
      text.ends_with("Content-Type: text/html\r\nContent-Length: 2\r\n"
                     "Connection: keep-alive\r\nVary: Origin\r\n\r\nok"));
  EXPECT_TRUE(response_text(response, {}, false, false)
                  .ends_with("Content-Length: 2\r\nConnection: close\r\n\r\n"));
}

}  // namespace
}  // namespace confab::gateway
#endif
