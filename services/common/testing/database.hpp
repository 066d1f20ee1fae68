#pragma once

#include <string>

namespace confab {

/// A database of its own on the test server, dropped at the end. The server's address comes from
/// CONFAB_TEST_DATABASE_URL, which ./dev test and deploy/dev/with-servers.sh set; without it every
/// test that needs a server fails and says so.
class TestDatabase {
 public:
  TestDatabase();
  ~TestDatabase();
  TestDatabase(const TestDatabase&) = delete;
  TestDatabase& operator=(const TestDatabase&) = delete;

  [[nodiscard]] const std::string& url() const { return url_; }

 private:
  std::string server_url_;
  std::string name_;
  std::string url_;
};

/// host:port of the test Redis, from CONFAB_TEST_REDIS_URL.
[[nodiscard]] std::string test_redis_url();

}  // namespace confab
