#include "gateway/rpc/forward_wire.hpp"

#include <algorithm>
#include <array>

namespace confab::gateway {
namespace {

constexpr std::array<std::string_view, 9> kOfOneConnection = {
    "Connection", "Upgrade", "Keep-Alive", "Content-Length",  "Transfer-Encoding",
    "TE",         "Trailer", "Expect",     "Proxy-Connection"};

bool travels(std::string_view name) {
  return std::none_of(kOfOneConnection.begin(), kOfOneConnection.end(),
                      [&](auto one) { return equals_ignoring_case(name, one); });
}

template <typename Headers>
void put_headers(HttpHeaders headers, Headers& out) {
  for (auto& [name, value] : headers) {
    if (!travels(name)) continue;
    auto* header = out.Add();
    header->set_name(std::move(name));
    header->set_value(std::move(value));
  }
}

template <typename Headers>
HttpHeaders take_headers(Headers& headers) {
  HttpHeaders out;
  for (auto& header : headers) {
    if (travels(header.name())) {
      out.emplace_back(std::move(*header.mutable_name()), std::move(*header.mutable_value()));
    }
  }
  return out;
}

bool fits_a_line(std::string_view text) { return text.find_first_of("\r\n") == text.npos; }

}  // namespace

void to_wire(HttpRequest request, std::uint32_t loop, v1::ForwardRequest& out) {
  out.set_loop(loop);
  out.set_method(std::move(request.method));
  out.set_target(std::move(request.target));
  put_headers(std::move(request.headers), *out.mutable_headers());
  out.set_body(std::move(request.body));
  out.set_remote_address(std::move(request.remote_address));
}

HttpRequest from_wire(v1::ForwardRequest& request) {
  HttpRequest out;
  out.method = std::move(*request.mutable_method());
  out.target = std::move(*request.mutable_target());
  const auto question = out.target.find('?');
  out.path = out.target.substr(0, question);
  if (question != std::string::npos) out.query = out.target.substr(question + 1);
  out.headers = take_headers(*request.mutable_headers());
  out.body = std::move(*request.mutable_body());
  out.remote_address = std::move(*request.mutable_remote_address());
  return out;
}

void to_wire(HttpResponse response, v1::ForwardResponse& out) {
  out.set_status(response.status);
  out.set_content_type(std::move(response.content_type));
  out.set_body(std::move(response.body));
  put_headers(std::move(response.headers), *out.mutable_headers());
  out.set_close(response.close);
}

std::optional<HttpResponse> from_wire(v1::ForwardResponse& response) {
  if (response.status() < 200 || response.status() > 599) return std::nullopt;
  if (!fits_a_line(response.content_type())) return std::nullopt;
  HttpResponse out;
  out.status = response.status();
  out.content_type = std::move(*response.mutable_content_type());
  out.body = std::move(*response.mutable_body());
  out.headers = take_headers(*response.mutable_headers());
  out.close = response.close();
  for (const auto& [name, value] : out.headers) {
    if (!fits_a_line(name) || !fits_a_line(value)) return std::nullopt;
  }
  return out;
}

}  // namespace confab::gateway

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

namespace confab::gateway {
namespace {

TEST(ForwardWire, CarriesARequestButNotWhatBelongsToItsConnection) {
  HttpRequest request{.method = "POST",
                      .target = "/socket.io/?EIO=4&sid=x",
                      .headers = {{"Origin", "https://a"},
                                  {"content-length", "3"},
                                  {"Connection", "close"},
                                  {"X-Mine", "\xff"}},
                      .body = std::string("a\0b", 3),
                      .remote_address = "192.0.2.7"};
  v1::ForwardRequest wire;
  to_wire(request, 3, wire);
  EXPECT_EQ(wire.loop(), 3U);
  const auto back = from_wire(wire);
  EXPECT_EQ(back.method, "POST");
  EXPECT_EQ(back.path, "/socket.io/");
  EXPECT_EQ(back.query, "EIO=4&sid=x");
  EXPECT_EQ(back.query_value("sid"), "x");
  EXPECT_EQ(back.headers, (HttpHeaders{{"Origin", "https://a"}, {"X-Mine", "\xff"}}));
  EXPECT_EQ(back.body, request.body);
  EXPECT_EQ(back.remote_address, "192.0.2.7");
}

TEST(ForwardWire, CarriesAnAnswer) {
  v1::ForwardResponse wire;
  to_wire({.status = 400,
           .content_type = "application/json",
           .body = "{}",
           .headers = {{"Cache-Control", "no-store"}},
           .close = true},
          wire);
  const auto back = from_wire(wire);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->status, 400);
  EXPECT_EQ(back->content_type, "application/json");
  EXPECT_EQ(back->body, "{}");
  EXPECT_EQ(back->headers, (HttpHeaders{{"Cache-Control", "no-store"}}));
  EXPECT_TRUE(back->close);
}

TEST(ForwardWire, RefusesAnAnswerThatWouldNotBeOneAnswer) {
  const auto refused = [](HttpResponse response) {
    v1::ForwardResponse wire;
    to_wire(std::move(response), wire);
    return !from_wire(wire);
  };
  EXPECT_TRUE(refused({.status = 101}));
  EXPECT_TRUE(refused({.status = 0}));
  EXPECT_TRUE(refused({.content_type = "a\r\nb: c"}));
  EXPECT_TRUE(refused({.headers = {{"A", "b\r\n\r\n"}}}));
  EXPECT_TRUE(refused({.headers = {{"A\n", "b"}}}));
  EXPECT_FALSE(refused({.status = 204}));
}

}  // namespace
}  // namespace confab::gateway
#endif
