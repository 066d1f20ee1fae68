#include "load/store/raw_insert.hpp"

#include <libpq-fe.h>

#include <memory>
#include <stdexcept>
#include <vector>

#include "common/base/random.hpp"
#include "common/base/uuid.hpp"
#include "common/postgres/binary.hpp"
#include "load/store/process_cpu.hpp"

namespace confab::load {
namespace {

constexpr int kRows = 50;
constexpr auto kTable =
    "CREATE SCHEMA raw; CREATE TABLE raw.entries (room_id bigint NOT NULL, seq bigint NOT NULL, "
    "epoch bigint NOT NULL, msg_id uuid NOT NULL, kind smallint NOT NULL, "
    "schema_version smallint NOT NULL DEFAULT 1, actor_id bigint NOT NULL, "
    "subject_id bigint NOT NULL DEFAULT 0, client_msg_id text COLLATE \"C\" NOT NULL, "
    "body json NOT NULL, created_at timestamptz NOT NULL, PRIMARY KEY (room_id, seq), "
    "UNIQUE (room_id, actor_id, client_msg_id))";
constexpr auto kInsert =
    "INSERT INTO raw.entries (room_id, seq, epoch, msg_id, kind, actor_id, client_msg_id, body, "
    "created_at) SELECT i.room, i.seq, 1, i.msg_id, 1, i.actor, i.id, i.body::json, now() "
    "FROM unnest($1::bigint[], $2::bigint[], $3::uuid[], $4::bigint[], $5::text[], $6::text[]) "
    "AS i (room, seq, msg_id, actor, id, body)";

void check(PGconn* connection, PGresult* result) {
  const std::unique_ptr<PGresult, void (*)(PGresult*)> owner(result, PQclear);
  const auto status = PQresultStatus(result);
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
    throw std::runtime_error(PQerrorMessage(connection));
  }
}

void insert_rows(PGconn* connection, std::uint64_t first, std::size_t rooms,
                 const std::string& body) {
  static SystemRandom random;
  using Array = postgres::ArrayParameter;
  Array room(Array::Type::int8);
  Array seq(Array::Type::int8);
  Array msg_id(Array::Type::uuid);
  Array actor(Array::Type::int8);
  Array id(Array::Type::text);
  Array bodies(Array::Type::text);
  for (std::uint64_t i = first; i < first + kRows; ++i) {
    room.add(static_cast<std::int64_t>(i % rooms));
    seq.add(static_cast<std::int64_t>(i));
    msg_id.add(Uuid::make(random).bytes());
    actor.add(static_cast<std::int64_t>(1 + i % rooms));
    id.add(Uuid::make(random).text());
    bodies.add(body);
  }
  std::vector<const char*> values;
  std::vector<int> lengths;
  for (const auto* array : {&room, &seq, &msg_id, &actor, &id, &bodies}) {
    values.push_back(array->bytes().data());
    lengths.push_back(static_cast<int>(array->bytes().size()));
  }
  const std::vector<int> binary(values.size(), 1);
  check(connection, PQexecPrepared(connection, "insert", static_cast<int>(values.size()),
                                   values.data(), lengths.data(), binary.data(), 1));
}

}  // namespace

double raw_insert_us_per_row(const std::string& url, std::size_t rooms, std::size_t text_bytes,
                             std::chrono::seconds time) {
  const std::unique_ptr<PGconn, void (*)(PGconn*)> connection(PQconnectdb(url.c_str()), PQfinish);
  auto* const raw = connection.get();
  if (PQstatus(raw) != CONNECTION_OK) throw std::runtime_error(PQerrorMessage(raw));
  check(raw, PQexec(raw, kTable));
  check(raw, PQprepare(raw, "insert", kInsert, 0, nullptr));
  const auto body = R"({"text":")" + std::string(text_bytes, 'x') + "\"}";
  const auto family = with_children(parent_of(PQbackendPID(raw)));
  std::uint64_t rows = 0;
  for (; rows < 1000; rows += kRows) insert_rows(raw, rows, rooms, body);
  const auto first_row = rows;
  const auto before = cpu_of(family);
  const auto end = std::chrono::steady_clock::now() + time;
  for (; std::chrono::steady_clock::now() < end; rows += kRows) {
    insert_rows(raw, rows, rooms, body);
  }
  const auto used = cpu_of(family) - before;
  check(raw, PQexec(raw, "DROP SCHEMA raw CASCADE"));
  return used.used_us / static_cast<double>(rows - first_row);
}

}  // namespace confab::load
