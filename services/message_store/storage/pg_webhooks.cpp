#include "message_store/storage/pg_webhooks.hpp"

namespace confab::message_store {
namespace {

// To the millisecond, as entries: what comes a moment later is not earlier.
constexpr auto kAppear =
    "INSERT INTO chat.webhook_endpoints (name, appeared_at, from_start) "
    "VALUES ($1, date_trunc('milliseconds', clock_timestamp()), $2) ON CONFLICT DO NOTHING";
// One that was lost and is still free goes back to whoever had it.
constexpr auto kHold =
    "UPDATE chat.webhook_endpoints SET holder = $2::uuid, "
    "held_until = clock_timestamp() + $3 * interval '1 millisecond' "
    "WHERE name = $1 AND (holder IS NULL OR holder = $2::uuid OR held_until < clock_timestamp()) "
    "RETURNING 1";
constexpr auto kRelease =
    "UPDATE chat.webhook_endpoints SET holder = NULL, held_until = NULL "
    "WHERE name = $1 AND holder = $2::uuid";

constexpr auto kRange =
    "SELECT max(room_id) AS last, count(*) AS rooms FROM (SELECT room_id FROM chat.room_heads "
    "WHERE room_id > $1 ORDER BY room_id LIMIT $2) AS r";
// Rooms that are looked at for the first time get a cursor, so that old ones are looked at no more.
constexpr auto kStart =
    "INSERT INTO chat.webhook_cursors (endpoint, room_id, seq) "
    "SELECT $1, h.room_id, chat.webhook_start($1, h.room_id) FROM chat.room_heads h "
    "WHERE h.room_id > $2 AND h.room_id <= $3 AND h.head_seq > 0 "
    "AND ($4::text[] IS NULL OR h.gid = ANY($4::text[])) "
    "AND NOT EXISTS (SELECT FROM chat.webhook_cursors c "
    "WHERE c.endpoint = $1 AND c.room_id = h.room_id) ON CONFLICT DO NOTHING";
constexpr auto kBehind =
    "SELECT h.room_id, c.seq, h.head_seq, "
    "coalesce((SELECT (extract(epoch FROM e.created_at) * 1000)::bigint FROM chat.entries e "
    "WHERE e.room_id = h.room_id AND e.seq = c.seq + 1), 0) AS since_ms "
    "FROM chat.room_heads h JOIN chat.webhook_cursors c ON c.room_id = h.room_id "
    "WHERE c.endpoint = $1 AND c.room_id > $2 AND c.room_id <= $3 "
    "AND h.room_id > $2 AND h.room_id <= $3 AND h.head_seq > c.seq "
    "AND ($4::text[] IS NULL OR h.gid = ANY($4::text[])) ORDER BY h.room_id";
constexpr auto kCursor =
    "SELECT coalesce((SELECT c.seq FROM chat.webhook_cursors c "
    "WHERE c.endpoint = $1 AND c.room_id = h.room_id), chat.webhook_start($1, h.room_id)) AS seq "
    "FROM chat.room_heads h WHERE h.room_id = $2";

// Whoever takes the lease over waits for this; then it is seen here.
constexpr auto kFence =
    "SELECT FROM chat.webhook_endpoints WHERE name = $1 AND holder = $2::uuid FOR SHARE";
// A cursor beyond the head is from before a failover that lost entries: others will get their
// places.
constexpr auto kAdvance =
    "INSERT INTO chat.webhook_cursors AS c (endpoint, room_id, seq) "
    "SELECT $1, r.room_id, least(r.seq, h.head_seq) "
    "FROM unnest($2::bigint[], $3::bigint[]) AS r (room_id, seq) "
    "JOIN chat.room_heads h ON h.room_id = r.room_id "
    "ON CONFLICT (endpoint, room_id) DO UPDATE SET seq = excluded.seq WHERE c.seq < excluded.seq";

std::int64_t sql(std::uint64_t value) { return static_cast<std::int64_t>(value); }

std::optional<std::string> wanted_rooms(const WebhookEndpoint& endpoint) {
  if (endpoint.rooms.empty()) return std::nullopt;
  return postgres::array_literal(endpoint.rooms);
}

}  // namespace

Result<bool> PgWebhooks::hold(const WebhookEndpoint& endpoint, const Uuid& token,
                              std::chrono::milliseconds lease) {
  return pool_.transact([&](pqxx::work& transaction) -> Result<bool> {
    const auto take = [&] {
      return !transaction.exec_params(kHold, endpoint.name, token.text(), lease.count()).empty();
    };
    if (take()) return true;
    transaction.exec_params0(kAppear, endpoint.name, endpoint.from_start);
    return take();
  });
}

Result<> PgWebhooks::release(const WebhookEndpoint& endpoint, const Uuid& token) {
  return pool_.transact([&](pqxx::work& transaction) -> Result<> {
    transaction.exec_params0(kRelease, endpoint.name, token.text());
    return {};
  });
}

Result<WebhookScan> PgWebhooks::scan(const WebhookEndpoint& endpoint, std::uint64_t after_room,
                                     std::size_t rooms) {
  return pool_.transact([&](pqxx::work& transaction) -> Result<WebhookScan> {
    const auto begin = std::chrono::steady_clock::now();
    WebhookScan scan;
    const auto range =
        transaction.exec_params1(kRange, sql(after_room), static_cast<std::int64_t>(rooms));
    scan.complete = range["rooms"].as<std::size_t>() < rooms;
    if (range["last"].is_null()) return scan;
    scan.last_room = range["last"].as<std::uint64_t>();
    const auto wanted = wanted_rooms(endpoint);
    const auto last = sql(scan.last_room);
    transaction.exec_params0(kStart, endpoint.name, sql(after_room), last, wanted);
    for (const auto& row :
         transaction.exec_params(kBehind, endpoint.name, sql(after_room), last, wanted)) {
      scan.behind.push_back({row["room_id"].as<std::uint64_t>(), row["seq"].as<std::uint64_t>(),
                             row["head_seq"].as<std::uint64_t>(),
                             row["since_ms"].as<std::int64_t>()});
    }
    scan.took = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::steady_clock::now() - begin);
    return scan;
  });
}

Result<std::uint64_t> PgWebhooks::cursor(const WebhookEndpoint& endpoint, std::uint64_t room_id) {
  return pool_.query([&](pqxx::nontransaction& transaction) -> Result<std::uint64_t> {
    const auto rows = transaction.exec_params(kCursor, endpoint.name, sql(room_id));
    if (rows.empty()) return Error{ErrorCode::room_not_found, "there is no such room"};
    return rows[0]["seq"].as<std::uint64_t>();
  });
}

Result<bool> PgWebhooks::advance(const WebhookEndpoint& endpoint, const Uuid& token,
                                 std::span<const WebhookCursor> cursors) {
  std::vector<std::int64_t> rooms;
  std::vector<std::int64_t> seqs;
  for (const auto& cursor : cursors) {
    rooms.push_back(sql(cursor.room_id));
    seqs.push_back(sql(cursor.seq));
  }
  return pool_.transact([&](pqxx::work& transaction) -> Result<bool> {
    if (transaction.exec_params(kFence, endpoint.name, token.text()).empty()) return false;
    transaction.exec_params0(kAdvance, endpoint.name, postgres::array_literal(rooms),
                             postgres::array_literal(seqs));
    return true;
  });
}

}  // namespace confab::message_store
