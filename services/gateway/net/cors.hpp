#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gateway/net/http.hpp"

namespace confab::gateway {

/// Which origins browsers may call from, and the headers that tell them.
class Cors {
 public:
  /// Exact origins, or "*" among them for all.
  explicit Cors(std::vector<std::string> allowed_origins);

  /// Whether a request with that Origin header may go on. Without one ("") it comes from no
  /// browser page.
  [[nodiscard]] bool allows(std::string_view origin) const;

  /// The headers for the response to `request`; none unless its origin is allowed.
  /// `heeds_no_cookies`: what answers does nothing for the sake of credentials, so browsers may
  /// send them whatever the origin.
  [[nodiscard]] HttpHeaders response_headers(const HttpRequest& request,
                                             bool heeds_no_cookies = false) const;

  [[nodiscard]] static bool is_preflight(const HttpRequest& request);
  /// 204, with the request's headers allowed. response_headers() come on top.
  [[nodiscard]] static HttpResponse preflight_answer(const HttpRequest& request);

 private:
  std::vector<std::string> origins_;
  bool any_;
};

}  // namespace confab::gateway
