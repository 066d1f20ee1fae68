#include "gateway/dialects/v1/openapi.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <regex>
#include <set>

#include "gateway/dialects/v1/rest_door.hpp"

namespace confab::gateway::dialects {
namespace {

std::string upper(std::string text) {
  for (auto& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

/// "GET /v1/rooms/:room", and so on.
std::set<std::string> described() {
  static const std::set<std::string> kMethods = {"get", "put", "post", "patch", "delete"};
  static const std::regex kParameter(R"(\{(\w+)\})");
  std::set<std::string> routes;
  const auto document = boost::json::parse(boost::json::string_view(kOpenApi));
  for (const auto& [path, item] : document.at("paths").as_object()) {
    for (const auto& [method, operation] : item.as_object()) {
      if (!kMethods.contains(std::string(method))) continue;
      routes.insert(upper(std::string(method)) + " " +
                    std::regex_replace(std::string(path), kParameter, ":$1"));
    }
  }
  return routes;
}

TEST(OpenApi, DescribesEveryRouteAndNoOther) {
  std::set<std::string> served = {"GET /v1/ws"};  // PlainDoor's.
  for (const auto& route : RestDoor::routes()) served.insert(route);
  EXPECT_EQ(described(), served);
}

}  // namespace
}  // namespace confab::gateway::dialects
