#pragma once

#include <span>
#include <string>
#include <vector>

#include "gateway/dialects/v1/door_parts.hpp"
#include "gateway/net/http_server.hpp"

namespace confab::gateway::dialects {

/// The vocabulary over HTTP: /v1/… with JSON bodies, bearer tokens and problem+json errors.
class RestDoor {
 public:
  explicit RestDoor(DoorParts parts) : parts_(parts) {}

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

  [[nodiscard]] Task<Result<std::string>> sign_up(const boost::json::object& body);
  [[nodiscard]] Task<Result<std::string>> log_in(const boost::json::object& body);
  [[nodiscard]] Task<Result<std::string>> refresh(const boost::json::object& body);
  [[nodiscard]] Task<Result<std::string>> log_out(const HttpRequest& request);
  [[nodiscard]] Task<Result<std::string>> command(const Route& route, const HttpRequest& request,
                                                  const Segments& segments,
                                                  boost::json::object body);

  DoorParts parts_;
};

}  // namespace confab::gateway::dialects
