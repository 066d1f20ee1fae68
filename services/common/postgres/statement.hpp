#pragma once

#include <memory>
#include <optional>
#include <span>

#include "common/postgres/pool.hpp"

struct pg_conn;
struct pg_result;

namespace confab::postgres {

/// The row that a Statement answers, or none; its columns in binary form.
class Row {
 public:
  explicit Row(pg_result* result);
  [[nodiscard]] bool is_there() const;
  /// Nothing for NULL. Valid as long as the row.
  [[nodiscard]] std::optional<std::string_view> column(int number) const;

 private:
  std::unique_ptr<pg_result, void (*)(pg_result*)> result_;
};

/// One statement that is run again and again, with connections of its own on which it is prepared:
/// binary in both directions and one round trip, for where pqxx's text forms would cost more than
/// the work. It writes, is a transaction by itself and answers a row or none. Thread-safe; blocks.
///
/// Failures are those of Pool::execute.
class Statement {
 public:
  /// `session` is more SQL to begin a session with.
  Statement(PoolOptions options, std::string session, std::string sql);
  ~Statement();
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  [[nodiscard]] Result<Row> execute(std::span<const std::string_view> parameters);

 private:
  struct Session;

  [[nodiscard]] Result<std::unique_ptr<Session>> open() const;
  [[nodiscard]] Result<std::unique_ptr<Session>> borrow();
  void give_back(std::unique_ptr<Session> session);

  const PoolOptions options_;
  const std::string session_;
  const std::string sql_;
  std::mutex mutex_;  // Guards the two below.
  std::condition_variable returned_;
  std::vector<std::unique_ptr<Session>> idle_;
  std::size_t lent_ = 0;
};

}  // namespace confab::postgres
