#include <fmt/format.h>
#include <libpq-fe.h>

#include <array>
#include <chrono>
#include <memory>
#include <stdexcept>

#include "client/calibrate.hpp"

namespace confab::load {
namespace {

constexpr auto kTable =
    "DROP TABLE IF EXISTS bench_raw; CREATE TABLE bench_raw (room bigint, seq bigint, "
    "sender bigint, body text, PRIMARY KEY (room, seq))";
constexpr auto kInsert =
    "INSERT INTO bench_raw SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], "
    "$4::text[])";

using Clock = std::chrono::steady_clock;
using Connection = std::unique_ptr<PGconn, decltype(&PQfinish)>;
using Answer = std::unique_ptr<PGresult, decltype(&PQclear)>;

void check(PGconn* connection, PGresult* result) {
  const Answer answer(result, &PQclear);
  const auto status = PQresultStatus(result);
  if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) return;
  throw std::runtime_error(std::string("PostgreSQL: ") + PQerrorMessage(connection));
}

/// The four columns of a batch as array literals, rows numbered from `seq`.
struct Batch {
  std::string rooms = "{", seqs = "{", senders = "{", bodies = "{";

  Batch(std::size_t rows, std::size_t seq, const std::string& body) {
    for (std::size_t i = 0; i < rows; ++i) {
      const auto* comma = i == 0 ? "" : ",";
      rooms += fmt::format("{}{}", comma, i % 10);
      seqs += fmt::format("{}{}", comma, seq + i);
      senders += fmt::format("{}{}", comma, i);
      bodies += comma + body;
    }
    for (auto* column : {&rooms, &seqs, &senders, &bodies}) *column += '}';
  }
};

void tell(const char* edge) {
  fmt::print("{{\"event\":\"{}\"}}\n", edge);
  std::fflush(stdout);
}

}  // namespace

std::string raw_insert(const std::string& database_url, double seconds, std::size_t batch,
                       std::size_t bytes) {
  const Connection connection(PQconnectdb(database_url.c_str()), &PQfinish);
  if (PQstatus(connection.get()) != CONNECTION_OK) {
    throw std::runtime_error(std::string("PostgreSQL: ") + PQerrorMessage(connection.get()));
  }
  check(connection.get(), PQexec(connection.get(), "SET client_min_messages = warning"));
  check(connection.get(), PQexec(connection.get(), kTable));
  check(connection.get(), PQprepare(connection.get(), "insert", kInsert, 4, nullptr));
  const std::string body(bytes, 'x');
  std::size_t rows = 0;
  tell("begin");
  const auto begin = Clock::now();
  while (std::chrono::duration<double>(Clock::now() - begin).count() < seconds) {
    const Batch made(batch, rows, body);
    const std::array<const char*, 4> values = {made.rooms.c_str(), made.seqs.c_str(),
                                               made.senders.c_str(), made.bodies.c_str()};
    check(connection.get(),
          PQexecPrepared(connection.get(), "insert", 4, values.data(), nullptr, nullptr, 0));
    rows += batch;
  }
  const auto took = std::chrono::duration<double>(Clock::now() - begin).count();
  tell("end");
  check(connection.get(), PQexec(connection.get(), "DROP TABLE bench_raw"));
  return fmt::format(R"("rows":{},"seconds":{:.4f})", rows, took);
}

}  // namespace confab::load
