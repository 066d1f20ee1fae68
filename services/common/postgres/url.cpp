#include "common/postgres/url.hpp"

#include <charconv>
#include <string>

namespace confab::postgres {
namespace {

Error bad(std::string message) { return {ErrorCode::invalid_argument, std::move(message)}; }

bool is_port(std::string_view text) {
  int port = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, port);
  return error == std::errc() && stop == end && port > 0 && port <= 65535;
}

/// What follows the colon after the host, or nothing; the colons of [::1] are the host's own.
std::string_view port_of(std::string_view host) {
  const auto bracket = host.rfind(']');
  const auto colon = host.find(':', bracket == host.npos ? 0 : bracket);
  return colon == host.npos ? std::string_view("5432") : host.substr(colon + 1);
}

}  // namespace

Result<> check_url(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme == url.npos ||
      (url.substr(0, scheme) != "postgresql" && url.substr(0, scheme) != "postgres")) {
    return bad("a PostgreSQL URL begins with postgresql://");
  }
  auto hosts = url.substr(scheme + 3);
  hosts = hosts.substr(0, hosts.find_first_of("/?"));
  if (const auto at = hosts.find('@'); at != hosts.npos) hosts.remove_prefix(at + 1);
  // libpq takes what follows the first for the host, and says it when nobody is there.
  if (hosts.find('@') != hosts.npos) {
    return bad("the PostgreSQL URL has more than one @; in a password it is written %40");
  }
  while (true) {
    const auto comma = hosts.find(',');
    const auto host = hosts.substr(0, comma);
    if (!is_port(port_of(host))) {
      // What stands there may be a part of a password.
      return bad("the PostgreSQL URL has a bad port; in a password / is written %2F and ? %3F");
    }
    if (comma == hosts.npos) return {};
    hosts.remove_prefix(comma + 1);
  }
}

}  // namespace confab::postgres

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

namespace confab::postgres {
namespace {

TEST(DatabaseUrl, MayNameSeveralHosts) {
  for (const auto* url :
       {"postgresql://localhost/confab", "postgres://u:p%40ss@db:5432/confab?sslmode=verify-full",
        "postgresql://u@a:5432,b:5433/confab?target_session_attrs=read-write",
        "postgresql://[::1]:5432/confab", "postgresql://[::1]/confab",
        "postgresql:///confab?host=/run/postgresql"}) {
    EXPECT_TRUE(check_url(url)) << url;
  }
}

TEST(DatabaseUrl, IsRefusedWithoutItsPassword) {
  for (const auto* url :
       {"", "localhost:5432", "mysql://u:hunter2@h/d", "postgresql://u:hunter2@h:port/d",
        "postgresql://u:hunter2@h:70000/d", "postgresql://u:hunter2@a:1,b:/d",
        "postgresql://u:hunter2/x@h/d", "postgresql://u:x@hunter2@h/d"}) {
    const auto checked = check_url(url);
    ASSERT_FALSE(checked) << url;
    EXPECT_EQ(checked.error().message.find("hunter2"), std::string::npos) << url;
  }
}

}  // namespace
}  // namespace confab::postgres
#endif
