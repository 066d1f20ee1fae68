#include "common/postgres/pool.hpp"

#include "common/postgres/session.hpp"

namespace confab::postgres {
namespace {

/// Raised when every connection stays lent for too long.
struct PoolExhausted : std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace

bool Warnings::operator()(const char /*message*/[]) noexcept {
  // Sessions ask for nothing less than warnings, and the word for it is in the server's language.
  seen_ = true;
  return false;  // Nobody else prints it.
}

Pool::Pool(PoolOptions options) : options_(std::move(options)) {}
Pool::~Pool() = default;

Pool::Connection Pool::open() const {
  auto connection = std::make_unique<pqxx::connection>(connection_url(options_));
  pqxx::nontransaction(*connection).exec(session_setup(options_));
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
    if (!was_cut(connection->sock())) return connection;
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
    return lost_while_waiting();
  }
  if (const auto* sql = dynamic_cast<const pqxx::sql_error*>(&failure)) {
    return refused(sql->sqlstate(), sql->what());
  }
  if (dynamic_cast<const pqxx::broken_connection*>(&failure) != nullptr) {
    return unreachable(failure.what());
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
