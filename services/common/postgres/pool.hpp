#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <pqxx/pqxx>
#include <string>
#include <type_traits>
#include <vector>

#include "common/base/result.hpp"

namespace confab::postgres {

struct PoolOptions {
  std::string url;  ///< postgresql://user:password@host:port/database
  std::size_t connections = 4;
  std::string application_name = "confab";
  std::chrono::milliseconds statement_timeout{5000};
  std::chrono::milliseconds lock_timeout{2000};
  std::chrono::milliseconds borrow_timeout{2000};  ///< Wait for a free connection.
};

/// What PostgreSQL said beside an error. A warning during a commit can mean that the data is not
/// replicated although the commit "succeeded".
class Warnings : public pqxx::errorhandler {
 public:
  explicit Warnings(pqxx::connection_base& connection) : errorhandler(connection) {}
  bool operator()(const char message[]) noexcept override;
  [[nodiscard]] bool seen() const { return seen_; }

 private:
  bool seen_ = false;
};

/// A fixed number of connections, opened when first needed and again after a failure. Thread-safe;
/// every call blocks, so it belongs on a worker thread.
///
/// Failures: unavailable when nothing was done (no connection, lock or statement timeout, server
/// shutting down, disk full), unknown_outcome when a commit's result was lost or came with a
/// warning, internal for anything unforeseen (a defect: it is a wrong statement or constraint).
class Pool {
 public:
  explicit Pool(PoolOptions options);
  ~Pool();

  [[nodiscard]] const PoolOptions& options() const { return options_; }

  /// Calls `work(pqxx::work&)`, which returns a Result; commits when it holds a value, rolls back
  /// when it holds an error.
  template <typename Work>
  auto transact(Work&& work) -> std::invoke_result_t<Work, pqxx::work&> {
    return run<pqxx::work>(
        [&](pqxx::work& transaction,
            const Warnings& warnings) -> std::invoke_result_t<Work, pqxx::work&> {
          auto result = work(transaction);
          if (!result) return result;
          transaction.commit();
          if (warnings.seen()) {
            return Error{ErrorCode::unknown_outcome,
                         "PostgreSQL committed with a warning; it may not be replicated"};
          }
          return result;
        });
  }

  /// Calls `work(Snapshot&)`, whose statements all see one state of the database. For reads.
  using Snapshot = pqxx::transaction<pqxx::repeatable_read, pqxx::read_only>;
  template <typename Work>
  auto snapshot(Work&& work) -> std::invoke_result_t<Work, Snapshot&> {
    return run<Snapshot>(
        [&](Snapshot& transaction, const Warnings& /*warnings*/) { return work(transaction); });
  }

  /// Calls `work(pqxx::nontransaction&)` with one statement that writes and is a transaction by
  /// itself. Its connection lost, nobody knows whether it was done: unknown_outcome.
  template <typename Work>
  auto execute(Work&& work) -> std::invoke_result_t<Work, pqxx::nontransaction&> {
    return query([&](pqxx::nontransaction& transaction)
                     -> std::invoke_result_t<Work, pqxx::nontransaction&> {
      try {
        return work(transaction);
      } catch (const pqxx::broken_connection&) {
        throw pqxx::in_doubt_error("the connection was lost during a statement");
      }
    });
  }

  /// Calls `work(pqxx::nontransaction&)`: each statement stands for itself. For reads.
  template <typename Work>
  auto query(Work&& work) -> std::invoke_result_t<Work, pqxx::nontransaction&> {
    return run<pqxx::nontransaction>(
        [&](pqxx::nontransaction& transaction,
            const Warnings& warnings) -> std::invoke_result_t<Work, pqxx::nontransaction&> {
          auto result = work(transaction);
          if (result && warnings.seen()) {
            return Error{ErrorCode::unknown_outcome, "PostgreSQL answered with a warning"};
          }
          return result;
        });
  }

 private:
  using Connection = std::unique_ptr<pqxx::connection>;

  /// Lends a connection; closes it instead of taking it back when it broke.
  class Lease {
   public:
    explicit Lease(Pool& pool) : pool_(pool), connection_(pool.borrow()) {}
    ~Lease() { pool_.give_back(std::move(connection_)); }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    pqxx::connection& operator*() { return *connection_; }
    void discard() { connection_.reset(); }

   private:
    Pool& pool_;
    Connection connection_;
  };

  template <typename Transaction, typename Work>
  auto run(Work&& work) -> std::invoke_result_t<Work, Transaction&, const Warnings&> {
    try {
      Lease lease(*this);
      try {
        Warnings warnings(*lease);
        Transaction transaction(*lease);
        return work(transaction, warnings);
      } catch (const pqxx::broken_connection&) {
        lease.discard();
        throw;
      } catch (const pqxx::in_doubt_error&) {
        lease.discard();
        throw;
      }
    } catch (const std::exception& failure) {
      return translate(failure);
    }
  }

  /// The one place where pqxx exceptions become errors.
  static Error translate(const std::exception& failure);
  [[nodiscard]] Connection borrow();
  void give_back(Connection connection);
  [[nodiscard]] Connection open() const;

  PoolOptions options_;
  std::mutex mutex_;  // Guards idle_ and lent_.
  std::condition_variable returned_;
  std::vector<Connection> idle_;
  std::size_t lent_ = 0;
};

/// A PostgreSQL array literal of the items, quoted, for a text[] or castable parameter.
[[nodiscard]] std::string array_literal(const std::vector<std::string>& items);
[[nodiscard]] std::string array_literal(const std::vector<std::int64_t>& items);

}  // namespace confab::postgres
