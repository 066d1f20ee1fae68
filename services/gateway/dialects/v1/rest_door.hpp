#pragma once

#include <span>
#include <string>
#include <vector>

#include "gateway/dialects/v1/door_parts.hpp"
#include "gateway/dialects/v1/rest_accounts.hpp"
#include "gateway/net/http_server.hpp"

namespace confab::gateway::dialects {

/// The vocabulary over HTTP: /v1/… with JSON bodies, bearer tokens and problem+json errors.
class RestDoor {
 public:
  RestDoor(DoorParts parts, People& people, std::size_t max_body_bytes = 64 * 1024)
      : parts_(parts),
        accounts_(parts.accounts, people, parts.gate, parts.guard.limits()),
        max_body_bytes_(max_body_bytes) {}

  /// Opens /v1 on the server.
  void open(HttpServer& http);

  /// What it serves: "GET /v1/rooms/:room", …
  [[nodiscard]] static std::vector<std::string> routes();

 private:
  struct Route;
  using Segments = std::vector<std::string>;

  [[nodiscard]] static std::span<const Route> table();
  [[nodiscard]] Task<HttpResponse> handle(HttpRequest request);
  [[nodiscard]] Task<Result<Identity>> bearer(const HttpRequest& request);

  [[nodiscard]] Task<Result<std::string>> perform(const Route& route, const HttpRequest& request,
                                                  const Segments& segments,
                                                  boost::json::object body);

  [[nodiscard]] HttpResponse refuse(const Error& error);

  DoorParts parts_;
  RestAccounts accounts_;
  const std::size_t max_body_bytes_;
};

}  // namespace confab::gateway::dialects
