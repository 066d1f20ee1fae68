#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "gateway/net/http.hpp"

namespace confab::gateway {

/// A request's header, parsed and found in order.
struct RequestHead {
  HttpRequest request;  ///< Without body and remote_address.
  std::size_t content_length = 0;
  bool keep_alive = false;
  bool upgrade = false;           ///< Asks for a WebSocket.
  bool expects_continue = false;  ///< Waits for "100 Continue" before it sends the body.
};

/// Why a header was refused; `status` is the answer.
struct RefusedHead {
  int status;
  std::string_view message;
};

/// Parses a request header, blank line included. Stricter than HTTP where leniency lets a proxy and
/// this server see two different requests.
[[nodiscard]] std::variant<RequestHead, RefusedHead> parse_head(std::string_view text,
                                                                std::size_t max_fields);

/// The response as it goes over the wire. `with_body` is false in answer to HEAD.
[[nodiscard]] std::string response_text(const HttpResponse& response, const HttpHeaders& extra,
                                        bool keep_alive, bool with_body);

}  // namespace confab::gateway
