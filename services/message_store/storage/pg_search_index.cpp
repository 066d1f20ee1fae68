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
    "FROM unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY AS r (room_id, indexed_seq, place) "
    "CROSS JOIN LATERAL (SELECT n.room_id, n.seq, n.kind, n.subject_id FROM chat.entries n "
    "WHERE n.room_id = r.room_id AND n.seq > r.indexed_seq ORDER BY n.seq LIMIT $3) AS e "
    "ORDER BY r.place, e.seq";
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

/// Makes the index say of these messages what they say now; how many bytes that is.
std::size_t put(pqxx::work& transaction, Places changed) {
  std::vector<MessagePlace> places;
  for (const auto& [room_id, seq] : changed) places.push_back({room_id, seq});
  Ids rooms;
  Ids seqs;
  Ids actors;
  Ids times;
  std::vector<std::string> texts;
  std::size_t bytes = 0;
  for (auto& message : message_texts(transaction, places)) {
    rooms.push_back(sql(message.room_id));
    seqs.push_back(sql(message.seq));
    actors.push_back(message.actor_id);
    times.push_back(message.created_us);
    bytes += message.text.size();
    texts.push_back(std::move(message.text));
    changed.erase({message.room_id, message.seq});
  }
  transaction.exec_params0(kPut, postgres::array_literal(rooms), postgres::array_literal(seqs),
                           postgres::array_literal(actors), postgres::array_literal(times),
                           postgres::array_literal(texts));
  if (changed.empty()) return bytes;
  Ids gone_rooms;
  Ids gone_seqs;
  for (const auto& [room_id, seq] : changed) {
    gone_rooms.push_back(sql(room_id));
    gone_seqs.push_back(sql(seq));
  }
  transaction.exec_params0(kTakeOut, postgres::array_literal(gone_rooms),
                           postgres::array_literal(gone_seqs));
  return bytes;
}

struct NewEntry {
  std::uint64_t room_id = 0;
  std::uint64_t seq = 0;
  std::optional<std::uint64_t> message;
};

/// Of the rooms behind their cursors: room by room in the order of `rooms`, rising seq.
std::vector<NewEntry> new_entries(pqxx::work& transaction, std::span<const std::uint64_t> rooms,
                                  const Seqs& cursors, std::size_t most) {
  Ids ids;
  Ids seqs;
  for (const auto room_id : rooms) {
    if (const auto cursor = cursors.find(room_id); cursor != cursors.end()) {
      ids.push_back(sql(room_id));
      seqs.push_back(sql(cursor->second));
    }
  }
  std::vector<NewEntry> entries;
  for (const auto& row :
       transaction.exec_params(kNewEntries, postgres::array_literal(ids),
                               postgres::array_literal(seqs), static_cast<std::int64_t>(most))) {
    entries.push_back(
        {row["room_id"].as<std::uint64_t>(), row["seq"].as<std::uint64_t>(), message_of(row)});
  }
  return entries;
}

/// Takes them into the index, until they are many bytes; how many.
std::size_t take_in(pqxx::work& transaction, std::span<const NewEntry> entries) {
  std::size_t taken = 0;
  for (std::size_t bytes = 0; taken < entries.size() && bytes < PgSearchIndex::kBytesAStep;) {
    Places changed;
    const auto end = std::min(entries.size(), taken + PgSearchIndex::kEntriesAtOnce);
    for (; taken < end; ++taken) {
      const auto& entry = entries[taken];
      if (entry.message) changed.emplace(entry.room_id, *entry.message);
    }
    if (!changed.empty()) bytes += put(transaction, std::move(changed));
  }
  return taken;
}

}  // namespace

Result<IndexedRooms> PgSearchIndex::advance(std::span<const std::uint64_t> rooms,
                                            std::size_t entries) {
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
    const auto found = new_entries(transaction, rooms, cursors, entries);
    if (found.empty()) return done;
    done.entries = take_in(transaction, found);
    Seqs ends;
    Seqs lasts;
    std::map<std::uint64_t, std::size_t> found_of;
    for (std::size_t i = 0; i < found.size(); ++i) {
      const auto& entry = found[i];
      ++found_of[entry.room_id];
      lasts[entry.room_id] = entry.seq;
      if (i < done.entries) ends[entry.room_id] = entry.seq;
    }
    for (const auto& [room_id, number] : found_of) {
      const auto end = ends.find(room_id);
      if (end == ends.end()) {
        done.not_reached.push_back(room_id);
      } else if (number == entries || end->second < lasts[room_id]) {
        done.unfinished.push_back(room_id);
      }
    }
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
