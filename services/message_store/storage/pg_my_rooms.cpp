// The part of PgRoomLists that shows a user's own rooms, with what is unread in each.
#include <limits>

#include "message_store/storage/pg_room_lists.hpp"
#include "message_store/storage/pg_rooms.hpp"

namespace confab::message_store {
namespace {

constexpr auto kPositions =
    "SELECT room_id, last_read_seq, counted_seq, unread FROM chat.user_rooms WHERE user_id = $1 "
    "ORDER BY updated_at DESC LIMIT 10000";

// Each LATERAL with a LIMIT is one look into an index a room, whatever the statistics say.
//
// Unread: each message is redacted once, by a later entry of kind 5 whose subject is the message. So
// what was unread up to counted_seq, and what has been added and redacted since, is the truth.
constexpr auto kRooms =
    "WITH mine AS ("
    " SELECT u.room_id, u.read_seq, u.counted_seq, u.unread, h.gid, h.epoch, h.head_seq,"
    " h.head_msg_id, m.role, r.kind, r.name, r.topic, r.picture,"
    " r.archived_at IS NOT NULL AS archived, r.created_by,"
    " (extract(epoch FROM r.created_at) * 1000)::bigint AS created_ms,"
    " (extract(epoch FROM coalesce(top.created_at, r.created_at)) * 1000)::bigint AS active_ms"
    " FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[])"
    " AS u (room_id, read_seq, counted_seq, unread)"
    " JOIN LATERAL (SELECT * FROM chat.members m WHERE m.room_id = u.room_id AND m.user_id = $5"
    " AND m.left_seq IS NULL LIMIT 1) AS m ON true"
    " JOIN LATERAL (SELECT * FROM chat.room_heads h WHERE h.room_id = u.room_id LIMIT 1) AS h"
    " ON true"
    " JOIN LATERAL (SELECT * FROM chat.rooms r WHERE r.room_id = u.room_id"
    " AND (r.archived_at IS NULL OR $6) LIMIT 1) AS r ON true"
    " LEFT JOIN LATERAL (SELECT e.created_at FROM chat.entries e WHERE e.room_id = u.room_id"
    " AND e.seq = h.head_seq LIMIT 1) AS top ON true"
    "), page AS ("
    " SELECT * FROM mine WHERE (active_ms, room_id) < ($7::bigint, $8::bigint)"
    " ORDER BY active_ms DESC, room_id DESC LIMIT $9"
    ") SELECT page.*, last.*, coalesce(fresh.messages, 0) AS fresh,"
    " coalesce(fresh.redactions, 0) AS redacted FROM page"
    " LEFT JOIN LATERAL ("
    "  SELECT e.seq AS last_seq, e.actor_id AS last_actor,"
    "  (extract(epoch FROM e.created_at) * 1000)::bigint AS last_ms,"
    "  left(e.body ->> 'text', 200) AS last_text, CASE"
    "   WHEN e.body ->> 'text' IS NULL THEN 'redacted'"
    "   WHEN e.body ->> 'text' <> '' OR json_typeof(e.body -> 'attributes') IS NULL THEN 'text'"
    "   ELSE coalesce((SELECT k FROM json_object_keys(e.body -> 'attributes') AS k LIMIT 1), 'text')"
    "  END AS last_kind"
    "  FROM chat.entries e WHERE e.room_id = page.room_id AND e.kind = 1"
    "  AND e.seq > page.head_seq - 500 AND e.seq <= page.head_seq ORDER BY e.seq DESC LIMIT 1"
    " ) AS last ON true"
    " LEFT JOIN LATERAL ("
    "  SELECT count(*) FILTER (WHERE e.kind = 1 AND e.actor_id <> $5) AS messages,"
    "  count(*) FILTER (WHERE e.kind = 5 AND e.subject_id > page.read_seq AND"
    "   (SELECT t.actor_id FROM chat.entries t WHERE t.room_id = e.room_id"
    "    AND t.seq = e.subject_id) <> $5) AS redactions"
    "  FROM chat.entries e WHERE e.room_id = page.room_id AND e.seq > page.counted_seq"
    "  AND e.seq <= page.head_seq"
    " ) AS fresh ON page.head_seq > page.counted_seq"
    " ORDER BY page.active_ms DESC, page.room_id DESC";

constexpr auto kSaveCounts =
    "UPDATE chat.user_rooms u SET counted_seq = c.counted_seq, unread = c.unread "
    "FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[]) "
    "AS c (room_id, read_seq, counted_seq, unread) WHERE u.user_id = $1 "
    "AND u.room_id = c.room_id AND u.last_read_seq = c.read_seq AND u.counted_seq < c.counted_seq";

using Ids = std::vector<std::int64_t>;

std::int64_t sql(std::uint64_t value) { return static_cast<std::int64_t>(value); }

MyRoom to_my_room(const pqxx::row& row) {
  MyRoom mine;
  mine.room = to_room(row);
  mine.role = static_cast<Role>(row["role"].as<int>());
  mine.read_seq = row["read_seq"].as<std::uint64_t>();
  mine.active_ms = row["active_ms"].as<std::int64_t>();
  const auto counted = row["counted_seq"].as<std::uint64_t>();
  mine.counted = mine.room.head.seq > counted ? mine.room.head.seq - counted : 0;
  mine.unread = row["unread"].as<std::uint64_t>() + row["fresh"].as<std::uint64_t>() -
                row["redacted"].as<std::uint64_t>();
  if (!row["last_seq"].is_null()) {
    mine.last = LastMessage{row["last_seq"].as<std::uint64_t>(),
                            row["last_ms"].as<std::int64_t>(),
                            row["last_actor"].as<std::int64_t>(),
                            {},
                            row["last_kind"].as<std::string>(),
                            row["last_text"].as<std::string>("")};
  }
  return mine;
}

void fill_names(pqxx::transaction_base& transaction, std::vector<MyRoom>& rooms) {
  std::vector<Room*> all;
  Ids senders;
  for (auto& mine : rooms) {
    all.push_back(&mine.room);
    if (mine.last) senders.push_back(mine.last->sender_id);
  }
  fill_people(transaction, all, is_direct);
  std::sort(senders.begin(), senders.end());
  senders.erase(std::unique(senders.begin(), senders.end()), senders.end());
  std::unordered_map<std::int64_t, std::string> names;
  for (auto& person : load_people(transaction, senders)) names[person.id] = person.username;
  for (auto& mine : rooms) {
    if (mine.last) mine.last->sender = names[mine.last->sender_id];
  }
}

}  // namespace

Result<std::vector<MyRoom>> PgRoomLists::rooms_of(std::int64_t user_id, const RoomQuery& query) {
  return reads_.query([&](pqxx::nontransaction& transaction) -> Result<std::vector<MyRoom>> {
    Ids ids, read, counted, unread;
    for (const auto& row : transaction.exec_params(kPositions, user_id)) {
      ids.push_back(row[0].as<std::int64_t>());
      read.push_back(row[1].as<std::int64_t>());
      counted.push_back(row[2].as<std::int64_t>());
      unread.push_back(row[3].as<std::int64_t>());
    }
    constexpr auto kLast = std::numeric_limits<std::int64_t>::max();
    const auto rows = transaction.exec_params(
        kRooms, postgres::array_literal(ids), postgres::array_literal(read),
        postgres::array_literal(counted), postgres::array_literal(unread), user_id, query.archived,
        query.after ? query.after->active_ms : kLast, query.after ? sql(query.after->room_id) : kLast,
        static_cast<std::int64_t>(query.limit));
    std::vector<MyRoom> rooms;
    rooms.reserve(rows.size());
    for (const auto& row : rows) rooms.push_back(to_my_room(row));
    fill_names(transaction, rooms);
    return rooms;
  });
}

Result<> PgRoomLists::save_counts(std::int64_t user_id, std::span<const MyRoom> rooms) {
  Ids ids, read, counted, unread;
  for (const auto& mine : rooms) {
    ids.push_back(sql(mine.room.room_id));
    read.push_back(sql(mine.read_seq));
    counted.push_back(sql(mine.room.head.seq));
    unread.push_back(sql(mine.unread));
  }
  return writes_.transact([&](pqxx::work& transaction) -> Result<> {
    transaction.exec_params0(kSaveCounts, user_id, postgres::array_literal(ids),
                             postgres::array_literal(read), postgres::array_literal(counted),
                             postgres::array_literal(unread));
    return {};
  });
}

}  // namespace confab::message_store
