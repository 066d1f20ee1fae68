#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/base/result.hpp"

namespace confab::message_store {

/// Where an HttpsClient posts to, and how long things may take.
struct HttpTarget {
  bool tls = true;
  std::string host;  ///< A name or an address, without brackets.
  std::string port;
  std::string path;     ///< With the query.
  std::string ca_file;  ///< Trusted instead of the system's certificates; empty: the system's.
  std::chrono::milliseconds connect_timeout{5000};  ///< The name looked up, included.
  std::chrono::milliseconds handshake_timeout{5000};
  std::chrono::milliseconds timeout{15'000};  ///< Of all, until the answer's header is there.
  std::size_t kept_connections = 4;
};

struct HttpPost {
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};

struct HttpAnswer {
  int status = 0;           ///< 0: none came.
  std::string retry_after;  ///< The header, as it came.
  std::string why;          ///< Why none came.
};

/// Posts to one URL, over TLS 1.2 or newer with the certificate and name verified. Follows no
/// redirect, ignores the answer's body beyond reading a little of it, so that the connection can be
/// used again. It has a thread of its own: a slow server, or name server, holds up nobody else.
class HttpsClient {
 public:
  /// invalid_argument when the CA file is none.
  [[nodiscard]] static Result<std::unique_ptr<HttpsClient>> make(HttpTarget target);
  /// Calls that are under way end without an answer.
  ~HttpsClient();

  /// Any thread; `done` comes from the client's own. The caller bounds how many are under way.
  void post(HttpPost post, std::function<void(HttpAnswer)> done);

 private:
  struct Impl;
  explicit HttpsClient(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace confab::message_store
