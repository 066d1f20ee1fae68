#include "common/postgres/pool.hpp"

#include <poll.h>

#include <string_view>

namespace confab::postgres {
namespace {

/// Raised when every connection stays lent for too long.
struct PoolExhausted : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Nothing was done and trying again may help: by SQLSTATE class. 08 connection, 40 rollback,
/// 53 resources (also disk full, too many connections), 55 lock not available, 57 shutdown and
/// cancelled by timeout.
bool is_passing(std::string_view sqlstate) {
  const auto group = sqlstate.substr(0, 2);
  return group == "08" || group == "40" || group == "53" || group == "55" || group == "57";
}

/// Whether the server has closed the connection while nobody used it: then, and only then, there is
/// something to read. Without this every connection would fail once after a restart of the server.
bool was_cut(const pqxx::connection& connection) {
  pollfd socket{connection.sock(), POLLIN, 0};
  return poll(&socket, 1, 0) > 0;
}

}  // namespace

bool Warnings::operator()(const char message[]) noexcept {
  if (std::string_view(message).starts_with("WARNING")) seen_ = true;
  return false;  // Nobody else prints it.
}

Pool::Pool(PoolOptions options) : options_(std::move(options)) {}
Pool::~Pool() = default;

Pool::Connection Pool::open() const {
  const auto milliseconds = [](std::chrono::milliseconds time) {
    return std::to_string(time.count());
  };
  // Options given here win over those in the URL, except the URL's own address and credentials.
  auto connection = std::make_unique<pqxx::connection>(
      options_.url + (options_.url.find('?') == std::string::npos ? "?" : "&") +
      "connect_timeout=3&tcp_user_timeout=10000&application_name=" + options_.application_name);
  pqxx::nontransaction setup(*connection);
  setup.exec("SET client_min_messages = warning; SET timezone = 'UTC'; SET statement_timeout = " +
             milliseconds(options_.statement_timeout) +
             "; SET lock_timeout = " + milliseconds(options_.lock_timeout));
  return connection;
}

Pool::Connection Pool::borrow() {
  std::unique_lock lock(mutex_);
  const bool free = returned_.wait_for(lock, options_.borrow_timeout,
                                       [&] { return lent_ < options_.connections; });
  if (!free) throw PoolExhausted("all connections to PostgreSQL are busy");
  ++lent_;
  while (!idle_.empty()) {
    auto connection = std::move(idle_.back());
    idle_.pop_back();
    if (!was_cut(*connection)) return connection;
  }
  lock.unlock();
  try {
    return open();
  } catch (...) {
    give_back(nullptr);
    throw;
  }
}

void Pool::give_back(Connection connection) {
  {
    const std::lock_guard lock(mutex_);
    --lent_;
    if (connection && connection->is_open()) idle_.push_back(std::move(connection));
  }
  returned_.notify_one();
}

Error Pool::translate(const std::exception& failure) {
  if (dynamic_cast<const PoolExhausted*>(&failure) != nullptr) {
    return {ErrorCode::overloaded, failure.what()};
  }
  if (dynamic_cast<const pqxx::in_doubt_error*>(&failure) != nullptr) {
    return {ErrorCode::unknown_outcome, "the connection to PostgreSQL was lost before it answered"};
  }
  if (const auto* sql = dynamic_cast<const pqxx::sql_error*>(&failure)) {
    if (is_passing(sql->sqlstate())) {
      return {ErrorCode::unavailable, "PostgreSQL: " + std::string(sql->what())};
    }
    return {ErrorCode::internal, "PostgreSQL " + sql->sqlstate() + ": " + sql->what()};
  }
  if (dynamic_cast<const pqxx::broken_connection*>(&failure) != nullptr) {
    // libpq's words: they name host, role and database, never the password.
    const std::string_view why = failure.what();
    return {ErrorCode::unavailable,
            "PostgreSQL cannot be reached: " + std::string(why.substr(0, why.find('\n')))};
  }
  return {ErrorCode::internal, std::string("PostgreSQL client: ") + failure.what()};
}

std::string array_literal(const std::vector<std::string>& items) {
  std::string out = "{";
  for (const auto& item : items) {
    if (out.size() > 1) out += ',';
    out += '"';
    for (const char character : item) {
      if (character == '"' || character == '\\') out += '\\';
      out += character;
    }
    out += '"';
  }
  return out + "}";
}

std::string array_literal(const std::vector<std::int64_t>& items) {
  std::string out = "{";
  for (const auto item : items) {
    if (out.size() > 1) out += ',';
    out += std::to_string(item);
  }
  return out + "}";
}

}  // namespace confab::postgres
