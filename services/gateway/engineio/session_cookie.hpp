#pragma once

#include <string>
#include <string_view>

namespace confab::gateway {

/// A cookie with the sid, set by the answer that opens a session by polling: for load balancers
/// that keep clients at one server by it. No server here looks at it. As engine.io's option
/// `cookie`.
struct SessionCookie {
  std::string name;  ///< Empty: none is set.
  std::string path = "/";
  std::string same_site = "Lax";  ///< "Strict", "Lax" or "None", or empty: the browser decides.
  bool http_only = true;

  /// Whether it can be written as a header.
  [[nodiscard]] bool valid() const;
  /// The value of Set-Cookie. With same_site None it is Secure, since browsers refuse it otherwise.
  [[nodiscard]] std::string header(std::string_view sid) const;
};

}  // namespace confab::gateway
