#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace confab::gateway {

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

/// One request, whole: handlers see it only after its body has arrived and was found in order.
struct HttpRequest {
  std::string method{};   ///< As sent: "GET".
  std::string target{};   ///< Path and query as sent.
  std::string path{};     ///< The target up to '?', not percent-decoded.
  std::string query{};    ///< What follows '?', raw; "" if there is none.
  HttpHeaders headers{};  ///< In the order sent; at most HttpServerOptions::max_header_fields.
  std::string body{};     ///< At most HttpServerOptions::max_body_bytes.
  /// The client's IP address without the port: the peer's, or what trusted proxies say.
  std::string remote_address{};

  /// The value of the first header of that name in any case; "" if there is none.
  [[nodiscard]] std::string_view header(std::string_view name) const;

  /// The percent-decoded value of the first query parameter `key`. "key" alone has the value "".
  [[nodiscard]] std::optional<std::string> query_value(std::string_view key) const;
};

struct HttpResponse {
  int status = 200;
  std::string content_type{};  ///< "": no Content-Type header.
  std::string body{};
  HttpHeaders headers{};  ///< The server adds Content-Length, Connection, Date and CORS.
  bool close = false;     ///< Close the connection once this is sent.
};

/// Answers one request. What it throws becomes a 500 that closes the connection.
using HttpHandler = std::function<boost::asio::awaitable<HttpResponse>(HttpRequest)>;

/// Whether a client may open another connection, or session of several: the answer that refuses it,
/// or what is kept for as long as that is open (may be null).
using ConnectionVerdict = std::variant<HttpResponse, std::shared_ptr<void>>;
using ConnectionGuard = std::function<ConnectionVerdict(const HttpRequest&)>;

/// "%41b" to "Ab". A '%' that no two hex digits follow stays as it is.
[[nodiscard]] std::string percent_decode(std::string_view text);

/// As percent_decode, and '+' is a space: query strings and HTML forms.
[[nodiscard]] std::string form_decode(std::string_view text);

/// The form_decoded value of the first `key` in "a=1&b=2".
[[nodiscard]] std::optional<std::string> form_value(std::string_view form, std::string_view key);

/// Whether two header names, or tokens in header values, are equal but for ASCII case.
[[nodiscard]] bool equals_ignoring_case(std::string_view a, std::string_view b);

}  // namespace confab::gateway
