#include "message_store/storage/pg_search_index.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "message_store/storage/message_texts.hpp"

namespace confab::message_store {
namespace {

// What is lost of an index with its server comes back from the log.
constexpr auto kNoWait = "SET LOCAL synchronous_commit = off";
constexpr auto kBeginRooms =
    "INSERT INTO chat.search_cursors (room_id, indexed_seq) "
    "SELECT r.room_id, 0 FROM unnest($1::bigint[]) AS r (room_id) "
    "WHERE NOT EXISTS (SELECT FROM chat.search_cursors c WHERE c.room_id = r.room_id) "
    "ON CONFLICT DO NOTHING";
constexpr auto kLockRooms =
    "SELECT room_id, indexed_seq FROM chat.search_cursors WHERE room_id = ANY($1::bigint[]) "
    "ORDER BY room_id FOR UPDATE SKIP LOCKED";
constexpr auto kNewEntries =
    "SELECT e.room_id, e.seq, e.kind, e.subject_id "
    "FROM unnest($1::bigint[], $2::bigint[]) AS r (room_id, indexed_seq) "
    "CROSS JOIN LATERAL (SELECT * FROM chat.entries n WHERE n.room_id = r.room_id "
    "AND n.seq > r.indexed_seq ORDER BY n.seq LIMIT $3) AS e";
constexpr auto kPut =
    "INSERT INTO chat.search (room_id, seq, actor_id, created_at, words) "
    "SELECT t.room_id, t.seq, t.actor_id, 'epoch'::timestamptz + t.us * interval '1 microsecond', "
    "to_tsvector('chat.words', t.text) || array_to_tsvector(ARRAY['#' || t.room_id]) "
    "FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[]) "
    "AS t (room_id, seq, actor_id, us, text) "
    "ON CONFLICT (room_id, seq) DO UPDATE SET words = excluded.words";
constexpr auto kTakeOut =
    "DELETE FROM chat.search s USING unnest($1::bigint[], $2::bigint[]) AS g (room_id, seq) "
    "WHERE s.room_id = g.room_id AND s.seq = g.seq";
constexpr auto kMoveCursors =
    "UPDATE chat.search_cursors c SET indexed_seq = r.seq "
    "FROM unnest($1::bigint[], $2::bigint[]) AS r (room_id, seq) WHERE c.room_id = r.room_id";
constexpr auto kBehind =
    "SELECT h.room_id, h.head_seq > coalesce(c.indexed_seq, 0) AS behind "
    "FROM (SELECT room_id, head_seq FROM chat.room_heads WHERE room_id > $1 "
    "ORDER BY room_id LIMIT $2) AS h "
    "LEFT JOIN chat.search_cursors c ON c.room_id = h.room_id ORDER BY h.room_id";

using Ids = std::vector<std::int64_t>;
using Seqs = std::map<std::uint64_t, std::uint64_t>;  // By room.

std::int64_t sql(std::uint64_t value) { return static_cast<std::int64_t>(value); }

/// The rooms as parameters, and the seq of each.
std::pair<std::string, std::string> arrays(const Seqs& seqs) {
  Ids rooms;
  Ids values;
  for (const auto& [room_id, seq] : seqs) {
    rooms.push_back(sql(room_id));
    values.push_back(sql(seq));
  }
  return {postgres::array_literal(rooms), postgres::array_literal(values)};
}

/// Which message an entry is or changes, if any.
std::optional<std::uint64_t> message_of(const pqxx::row& entry) {
  // Equal to confab.event.v1.Kind: a message, one that was edited, one that was redacted. What the
  // latter two are about stands in subject_id.
  constexpr int kMessage = 1;
  constexpr int kEdited = 4;
  constexpr int kRedacted = 5;
  const auto kind = entry["kind"].as<int>();
  if (kind == kMessage) return entry["seq"].as<std::uint64_t>();
  if (kind == kEdited || kind == kRedacted) return entry["subject_id"].as<std::uint64_t>();
  return std::nullopt;
}

using Places = std::set<std::pair<std::uint64_t, std::uint64_t>>;

/// Makes the index say of these messages what they say now.
void put(pqxx::work& transaction, Places changed) {
  std::vector<MessagePlace> places;
  for (const auto& [room_id, seq] : changed) places.push_back({room_id, seq});
  Ids rooms;
  Ids seqs;
  Ids actors;
  Ids times;
  std::vector<std::string> texts;
  for (auto& message : message_texts(transaction, places)) {
    rooms.push_back(sql(message.room_id));
    seqs.push_back(sql(message.seq));
    actors.push_back(message.actor_id);
    times.push_back(message.created_us);
    texts.push_back(std::move(message.text));
    changed.erase({message.room_id, message.seq});
  }
  transaction.exec_params0(kPut, postgres::array_literal(rooms), postgres::array_literal(seqs),
                           postgres::array_literal(actors), postgres::array_literal(times),
                           postgres::array_literal(texts));
  if (changed.empty()) return;
  Ids gone_rooms;
  Ids gone_seqs;
  for (const auto& [room_id, seq] : changed) {
    gone_rooms.push_back(sql(room_id));
    gone_seqs.push_back(sql(seq));
  }
  transaction.exec_params0(kTakeOut, postgres::array_literal(gone_rooms),
                           postgres::array_literal(gone_seqs));
}

}  // namespace

Result<IndexedRooms> PgSearchIndex::advance(std::span<const std::uint64_t> rooms) {
  return writes_.transact([&](pqxx::work& transaction) -> Result<IndexedRooms> {
    transaction.exec0(kNoWait);
    const auto wanted = postgres::array_literal(Ids(rooms.begin(), rooms.end()));
    transaction.exec_params0(kBeginRooms, wanted);
    IndexedRooms done;
    done.unfinished.assign(rooms.begin(), rooms.end());
    Seqs cursors;
    for (const auto& row : transaction.exec_params(kLockRooms, wanted)) {
      const auto room_id = row[0].as<std::uint64_t>();
      cursors[room_id] = row[1].as<std::uint64_t>();
      std::erase(done.unfinished, room_id);
    }
    const auto [ids, seqs] = arrays(cursors);
    Seqs ends;
    Places changed;
    std::map<std::uint64_t, int> taken;
    for (const auto& row : transaction.exec_params(kNewEntries, ids, seqs, kEntriesOfRoom)) {
      const auto room_id = row["room_id"].as<std::uint64_t>();
      ends[room_id] = std::max(ends[room_id], row["seq"].as<std::uint64_t>());
      if (const auto seq = message_of(row)) changed.emplace(room_id, *seq);
      ++done.entries;
      if (++taken[room_id] == kEntriesOfRoom) done.unfinished.push_back(room_id);
    }
    if (ends.empty()) return done;
    if (!changed.empty()) put(transaction, std::move(changed));
    const auto [end_rooms, end_seqs] = arrays(ends);
    transaction.exec_params0(kMoveCursors, end_rooms, end_seqs);
    return done;
  });
}

Result<SearchIndex::Behind> PgSearchIndex::behind(std::uint64_t after, std::uint32_t limit) {
  return reads_.query([&](pqxx::nontransaction& transaction) -> Result<Behind> {
    Behind found;
    const auto rows =
        transaction.exec_params(kBehind, sql(after), static_cast<std::int64_t>(limit));
    for (const auto& row : rows) {
      found.last = row[0].as<std::uint64_t>();
      if (row[1].as<bool>()) found.rooms.push_back(found.last);
    }
    if (rows.size() < limit) found.last = 0;
    return found;
  });
}

}  // namespace confab::message_store
