#include "gateway/engineio/session_cookie.hpp"

#include <algorithm>

namespace confab::gateway {
namespace {

constexpr std::string_view kLetters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
constexpr std::string_view kOtherTokenCharacters = "!#$%&'*+-.^_`|~";

bool is_token(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char one) {
    return kLetters.find(one) != kLetters.npos ||
           kOtherTokenCharacters.find(one) != kOtherTokenCharacters.npos;
  });
}

bool is_path(std::string_view text) {
  return text.starts_with('/') && std::all_of(text.begin(), text.end(), [](char one) {
           return one > ' ' && one < '\x7f' && one != ';';
         });
}

}  // namespace

bool SessionCookie::valid() const {
  const bool known =
      same_site.empty() || same_site == "Strict" || same_site == "Lax" || same_site == "None";
  return known && is_token(name) && is_path(path);
}

std::string SessionCookie::header(std::string_view sid) const {
  auto out = name;
  out.append(1, '=').append(sid).append("; Path=").append(path);
  if (http_only) out += "; HttpOnly";
  if (!same_site.empty()) out.append("; SameSite=").append(same_site);
  if (same_site == "None") out += "; Secure";
  return out;
}

}  // namespace confab::gateway

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

namespace confab::gateway {
namespace {

TEST(SessionCookie, SaysWhatItIsToSay) {
  SessionCookie cookie{.name = "io"};
  EXPECT_EQ(cookie.header("abc"), "io=abc; Path=/; HttpOnly; SameSite=Lax");
  cookie = {.name = "io", .path = "/chat", .same_site = "", .http_only = false};
  EXPECT_EQ(cookie.header("abc"), "io=abc; Path=/chat");
  cookie.same_site = "None";
  EXPECT_EQ(cookie.header("abc"), "io=abc; Path=/chat; SameSite=None; Secure");
}

TEST(SessionCookie, IsRefusedWhenItWouldNotBeOneCookie) {
  EXPECT_TRUE(SessionCookie().valid());
  EXPECT_TRUE((SessionCookie{.name = "__Host-io.1", .path = "/a/b"}.valid()));
  for (const auto* name : {"a b", "a=b", "a;b", "a\r\nb", "é"}) {
    EXPECT_FALSE((SessionCookie{.name = name}.valid())) << name;
  }
  for (const auto* path : {"", "a", "/a;b", "/a b", "/\r\n"}) {
    EXPECT_FALSE((SessionCookie{.name = "io", .path = path}.valid())) << path;
  }
  for (const auto* same_site : {"lax", "x", "Lax; Domain=a"}) {
    EXPECT_FALSE((SessionCookie{.name = "io", .same_site = same_site}.valid())) << same_site;
  }
}

}  // namespace
}  // namespace confab::gateway
#endif
