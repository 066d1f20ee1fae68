#include "gateway/net/cors.hpp"

#include <algorithm>

namespace confab::gateway {

Cors::Cors(std::vector<std::string> allowed_origins)
    : origins_(std::move(allowed_origins)),
      any_(std::find(origins_.begin(), origins_.end(), "*") != origins_.end()) {}

bool Cors::allows(std::string_view origin) const {
  return origin.empty() || any_ ||
         std::find(origins_.begin(), origins_.end(), origin) != origins_.end();
}

HttpHeaders Cors::response_headers(const HttpRequest& request, bool heeds_no_cookies) const {
  const auto origin = request.header("Origin");
  if (origin.empty() || !allows(origin)) return {};
  // Clients that send credentials are refused a bare "*" by their browser, so origins are named.
  // With "*" no credentials are allowed: that would let any page act with a user's cookies.
  HttpHeaders headers = {{"Access-Control-Allow-Origin", std::string(origin)}, {"Vary", "Origin"}};
  if (!any_ || heeds_no_cookies) headers.emplace_back("Access-Control-Allow-Credentials", "true");
  return headers;
}

bool Cors::is_preflight(const HttpRequest& request) {
  return request.method == "OPTIONS" && !request.header("Origin").empty() &&
         !request.header("Access-Control-Request-Method").empty();
}

HttpResponse Cors::preflight_answer(const HttpRequest& request) {
  HttpResponse response{
      .status = 204,
      .headers = {{"Access-Control-Allow-Methods", "GET,HEAD,PUT,PATCH,POST,DELETE"},
                  {"Access-Control-Max-Age", "600"}}};
  const auto wanted = request.header("Access-Control-Request-Headers");
  if (!wanted.empty()) {
    response.headers.emplace_back("Access-Control-Allow-Headers", std::string(wanted));
  }
  return response;
}

}  // namespace confab::gateway

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

namespace confab::gateway {
namespace {

HttpRequest from_origin(std::string origin) {
  HttpRequest request;
  request.headers = {{"Origin", std::move(origin)}};
  return request;
}

TEST(Cors, NamesAnAllowedOriginAndAllowsCredentials) {
  const Cors cors({"https://chat.example"});
  const HttpHeaders expected = {{"Access-Control-Allow-Origin", "https://chat.example"},
                                {"Vary", "Origin"},
                                {"Access-Control-Allow-Credentials", "true"}};
  EXPECT_EQ(cors.response_headers(from_origin("https://chat.example")), expected);
}

TEST(Cors, ComparesOriginsExactly) {
  const Cors cors({"https://chat.example"});
  for (const auto* origin : {"https://chat.example.evil.test", "http://chat.example", "null",
                             "https://chat.example:8443", "HTTPS://chat.example"}) {
    EXPECT_FALSE(cors.allows(origin)) << origin;
    EXPECT_TRUE(cors.response_headers(from_origin(origin)).empty()) << origin;
  }
  EXPECT_TRUE(cors.allows(""));
}

TEST(Cors, AllowsNoCredentialsWhenEveryOriginMayCall) {
  const auto headers = Cors({"*"}).response_headers(from_origin("https://any.test"));
  ASSERT_EQ(headers.size(), 2U);
  EXPECT_EQ(headers[0].second, "https://any.test");
}

TEST(Cors, LetsCredentialsComeWhereTheyCountForNothing) {
  const auto headers = Cors({"*"}).response_headers(from_origin("https://any.test"), true);
  ASSERT_EQ(headers.size(), 3U);
  EXPECT_EQ(headers[2].first, "Access-Control-Allow-Credentials");
  EXPECT_TRUE(
      Cors({"https://a.test"}).response_headers(from_origin("https://b.test"), true).empty());
}

TEST(Cors, AnswersPreflightsWithTheHeadersAskedFor) {
  auto request = from_origin("https://a.test");
  request.method = "OPTIONS";
  EXPECT_FALSE(Cors::is_preflight(request));
  request.headers.emplace_back("Access-Control-Request-Method", "POST");
  request.headers.emplace_back("Access-Control-Request-Headers", "authorization");
  EXPECT_TRUE(Cors::is_preflight(request));
  const auto response = Cors::preflight_answer(request);
  EXPECT_EQ(response.status, 204);
  EXPECT_EQ(response.headers.back().second, "authorization");
}

}  // namespace
}  // namespace confab::gateway
#endif
