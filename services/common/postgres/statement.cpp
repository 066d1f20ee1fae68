#include "common/postgres/statement.hpp"

#include <libpq-fe.h>

#include "common/base/failpoint.hpp"
#include "common/postgres/session.hpp"

namespace confab::postgres {
namespace {

constexpr auto kName = "statement";
constexpr int kBinary = 1;

using Answer = std::unique_ptr<PGresult, void (*)(PGresult*)>;

bool is_good(const Answer& answer) {
  const auto status = PQresultStatus(answer.get());
  return status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK;
}

/// As PQexecPrepared.
Answer answer_of(PGconn* connection, const std::vector<const char*>& values,
                 const std::vector<int>& sizes) {
  const std::vector<int> formats(values.size(), kBinary);
  Answer answer(nullptr, PQclear);
  if (PQsendQueryPrepared(connection, kName, static_cast<int>(values.size()), values.data(),
                          sizes.data(), formats.data(), kBinary) == 0) {
    return answer;
  }
  failpoint::reach(failpoint::Step::in_commit);
  while (auto* const next = PQgetResult(connection)) answer.reset(next);
  return answer;
}

Error refusal(const Answer& answer) {
  const auto* const sqlstate = PQresultErrorField(answer.get(), PG_DIAG_SQLSTATE);
  return refused(sqlstate == nullptr ? "" : sqlstate, PQresultErrorMessage(answer.get()));
}

}  // namespace

struct Statement::Session {
  explicit Session(const std::string& url) : connection(PQconnectdb(url.c_str())) {
    PQsetNoticeReceiver(connection, &Session::notice, this);
  }
  ~Session() { PQfinish(connection); }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  [[nodiscard]] bool is_open() const { return PQstatus(connection) == CONNECTION_OK; }

  static void notice(void* self, const PGresult* notice) {
    const auto* const severity = PQresultErrorField(notice, PG_DIAG_SEVERITY_NONLOCALIZED);
    if (severity != nullptr && std::string_view(severity) == "WARNING") {
      static_cast<Session*>(self)->warned = true;
    }
  }

  PGconn* connection;
  bool warned = false;
};

Row::Row(pg_result* result) : result_(result, PQclear) {}

bool Row::is_there() const { return PQntuples(result_.get()) > 0; }

std::optional<std::string_view> Row::column(int number) const {
  if (PQgetisnull(result_.get(), 0, number) != 0) return std::nullopt;
  return std::string_view(PQgetvalue(result_.get(), 0, number),
                          static_cast<std::size_t>(PQgetlength(result_.get(), 0, number)));
}

Statement::Statement(PoolOptions options, std::string session, std::string sql)
    : options_(std::move(options)), session_(std::move(session)), sql_(std::move(sql)) {}
Statement::~Statement() = default;

Result<std::unique_ptr<Statement::Session>> Statement::open() const {
  auto session = std::make_unique<Session>(connection_url(options_));
  auto* const connection = session->connection;
  if (!session->is_open()) return unreachable(PQerrorMessage(connection));
  const auto setup = session_setup(options_) + "; " + session_;
  const Answer begun(PQexec(connection, setup.c_str()), PQclear);
  if (!is_good(begun)) return refusal(begun);
  const Answer prepared(PQprepare(connection, kName, sql_.c_str(), 0, nullptr), PQclear);
  if (!is_good(prepared)) return refusal(prepared);
  return session;
}

Result<std::unique_ptr<Statement::Session>> Statement::borrow() {
  std::unique_lock lock(mutex_);
  const bool free = returned_.wait_for(lock, options_.borrow_timeout,
                                       [&] { return lent_ < options_.connections; });
  if (!free) return Error{ErrorCode::overloaded, "all connections to PostgreSQL are busy"};
  ++lent_;
  while (!idle_.empty()) {
    auto session = std::move(idle_.back());
    idle_.pop_back();
    if (!was_cut(PQsocket(session->connection))) return session;
  }
  lock.unlock();
  auto opened = open();
  if (!opened) give_back(nullptr);
  return opened;
}

void Statement::give_back(std::unique_ptr<Session> session) {
  {
    const std::lock_guard lock(mutex_);
    --lent_;
    if (session != nullptr && session->is_open()) idle_.push_back(std::move(session));
  }
  returned_.notify_one();
}

Result<Row> Statement::execute(std::span<const std::string_view> parameters) {
  auto borrowed = borrow();
  if (!borrowed) return borrowed.error();
  auto& session = **borrowed;
  session.warned = false;
  std::vector<const char*> values;
  std::vector<int> sizes;
  for (const auto parameter : parameters) {
    values.push_back(parameter.data());
    sizes.push_back(static_cast<int>(parameter.size()));
  }
  auto answer = answer_of(session.connection, values, sizes);
  const bool lost = !session.is_open();
  const bool warned = session.warned;
  give_back(std::move(*borrowed));
  if (lost) return lost_while_waiting();
  if (!is_good(answer)) return refusal(answer);
  if (warned) {
    return Error{ErrorCode::unknown_outcome,
                 "PostgreSQL committed with a warning; it may not be replicated"};
  }
  return Row(answer.release());
}

}  // namespace confab::postgres
