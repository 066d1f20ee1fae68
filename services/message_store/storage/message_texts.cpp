#include "message_store/storage/message_texts.hpp"

#include "common/postgres/pool.hpp"
#include "message_store/domain/limits.hpp"
#include "message_store/storage/rows.hpp"

namespace confab::message_store {
namespace {

constexpr auto kTexts =
    "SELECT e.room_id, e.seq, e.actor_id, e.msg_id, now.body->>'text' AS text, "
    "(extract(epoch FROM e.created_at) * 1000000)::bigint AS created_us "
    "FROM unnest($1::bigint[], $2::bigint[]) AS p (room_id, seq) "
    "JOIN chat.entries e ON e.room_id = p.room_id AND e.seq = p.seq "
    "LEFT JOIN chat.message_states s ON s.room_id = e.room_id AND s.seq = e.seq "
    "JOIN chat.entries latest ON latest.room_id = e.room_id "
    "AND latest.seq = coalesce(s.edit_seqs[cardinality(s.edit_seqs)], e.seq) "
    "CROSS JOIN LATERAL (SELECT chat.readable(latest.body) AS body) AS now "
    // More than may ever be said is no message, and PostgreSQL has no index for it.
    "WHERE e.kind = 1 AND s.redacted_seq IS NULL "
    "AND octet_length(now.body->>'text') BETWEEN 1 AND 65536";
static_assert(kMostTextBytes == 65536);

}  // namespace

std::vector<MessageText> message_texts(pqxx::transaction_base& transaction,
                                       const std::vector<MessagePlace>& places) {
  std::vector<std::int64_t> rooms;
  std::vector<std::int64_t> seqs;
  for (const auto& place : places) {
    rooms.push_back(static_cast<std::int64_t>(place.room_id));
    seqs.push_back(static_cast<std::int64_t>(place.seq));
  }
  std::vector<MessageText> texts;
  for (const auto& row : transaction.exec_params(kTexts, postgres::array_literal(rooms),
                                                 postgres::array_literal(seqs))) {
    texts.push_back({row["room_id"].as<std::uint64_t>(), row["seq"].as<std::uint64_t>(),
                     row["actor_id"].as<std::int64_t>(), row["created_us"].as<std::int64_t>(),
                     to_uuid(row["msg_id"]), row["text"].as<std::string>()});
  }
  return texts;
}

}  // namespace confab::message_store
