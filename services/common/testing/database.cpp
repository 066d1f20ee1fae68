#include "common/testing/database.hpp"

#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <pqxx/pqxx>
#include <stdexcept>

namespace confab {
namespace {

std::string required(const char* variable) {
  const char* value = std::getenv(variable);
  if (value == nullptr) {
    throw std::runtime_error(std::string(variable) +
                             " is not set: run ./dev test, or deploy/dev/with-servers.sh ctest");
  }
  return value;
}

void execute(const std::string& url, const std::string& statement) {
  pqxx::connection connection(url);
  pqxx::nontransaction(connection).exec0(statement);
}

std::string fresh_name() {
  static std::atomic<int> count{0};
  return "confab_test_" + std::to_string(getpid()) + "_" + std::to_string(++count);
}

}  // namespace

TestDatabase::TestDatabase()
    : server_url_(required("CONFAB_TEST_DATABASE_URL")), name_(fresh_name()) {
  execute(server_url_, "CREATE DATABASE " + name_);
  const auto query = server_url_.find('?');
  const auto base = server_url_.substr(0, query);
  url_ = base.substr(0, base.rfind('/') + 1) + name_ +
         (query == std::string::npos ? "" : server_url_.substr(query));
}

TestDatabase::~TestDatabase() {
  try {
    execute(server_url_, "DROP DATABASE IF EXISTS " + name_ + " WITH (FORCE)");
  } catch (const std::exception&) {
    // The server goes away with its data directory.
  }
}

std::string test_redis_url() { return required("CONFAB_TEST_REDIS_URL"); }

}  // namespace confab
