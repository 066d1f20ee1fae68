// The part of PgRoomLists that shows a user's own rooms, with what is unread in each.
#include <algorithm>
#include <unordered_map>

#include "message_store/storage/pg_room_lists.hpp"
#include "message_store/storage/pg_rooms.hpp"
#include "message_store/storage/rows.hpp"

namespace confab::message_store {
namespace {

constexpr auto kPositions =
    "SELECT room_id, last_read_seq, counted_seq, unread FROM chat.user_rooms WHERE user_id = $1 "
    "ORDER BY updated_at DESC LIMIT 10000";

// One look into an index a room and table, whatever the statistics say: the joins are by whole
// unique keys, and the LATERAL has a LIMIT. Bodies are only looked into for the rooms of the page.
// So it may be prepared, which spares planning it each time: that costs two milliseconds.
//
// Unread: each message is redacted once, by a later entry of kind 5 whose subject is the message.
// So what was unread up to counted_seq, and what has been added and redacted since, is the truth.
constexpr auto kRooms =
    "WITH mine AS ("
    " SELECT u.room_id, u.read_seq, u.counted_seq, u.unread, h.gid, h.epoch, h.head_seq,"
    " h.head_msg_id, h.archived, m.role,"
    // Messages have whole milliseconds; rounded to them, a room's making is what created_ms says.
    " coalesce(last.created_at, (SELECT date_trunc('milliseconds', r.created_at + interval"
    " '500 microseconds') FROM chat.rooms r WHERE r.room_id = u.room_id)) AS active_at,"
    " last.seq AS last_seq, last.actor_id AS last_actor, last.body AS sent_body, h.changed_seq"
    " FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[])"
    " AS u (room_id, read_seq, counted_seq, unread)"
    " JOIN chat.members m ON m.room_id = u.room_id AND m.user_id = $5 AND m.left_seq IS NULL"
    " JOIN chat.room_heads h ON h.room_id = u.room_id"
    " LEFT JOIN LATERAL (SELECT e.seq, e.actor_id, e.created_at, e.body FROM chat.entries e"
    " WHERE e.room_id = u.room_id AND e.kind = 1 AND e.seq > h.head_seq - 500"
    " AND e.seq <= h.head_seq ORDER BY e.seq DESC LIMIT 1) AS last ON true"
    " WHERE $6 OR NOT h.archived"
    "), newest AS ("
    " SELECT * FROM mine WHERE $7::bigint IS NULL"
    " OR (active_at, room_id) < (to_timestamp($7 / 1000.0), $8::bigint)"
    " ORDER BY active_at DESC, room_id DESC LIMIT $9"
    "), page AS ("
    // As the message is now. A redaction empties the bodies of edits, too.
    " SELECT newest.*, CASE WHEN changed_seq > last_seq THEN coalesce(("
    "  SELECT e.body FROM chat.message_states s JOIN chat.entries e ON e.room_id = s.room_id"
    "  AND e.seq = s.edit_seqs[cardinality(s.edit_seqs)]"
    "  WHERE s.room_id = newest.room_id AND s.seq = newest.last_seq AND s.redacted_seq IS NULL"
    "  LIMIT 1), sent_body) ELSE sent_body END AS last_body FROM newest"
    ") SELECT page.room_id, page.gid, r.kind, r.name, r.topic, r.picture,"
    " page.archived, r.created_by, (date_part('epoch', r.created_at) * 1000)::bigint,"
    " page.epoch, page.head_seq, page.head_msg_id, page.role, page.read_seq, page.counted_seq,"
    " page.unread + CASE WHEN page.head_seq > page.counted_seq THEN ("
    "  SELECT count(*) FROM chat.entries e WHERE e.room_id = page.room_id"
    "  AND e.seq > page.counted_seq AND e.seq <= page.head_seq"
    "  AND e.kind = 1 AND e.actor_id <> $5) ELSE 0 END"
    " - CASE WHEN page.changed_seq > page.counted_seq THEN ("
    "  SELECT count(*) FROM chat.entries e WHERE e.room_id = page.room_id"
    "  AND e.seq > page.counted_seq AND e.seq <= page.head_seq"
    "  AND e.kind = 5 AND e.subject_id > page.read_seq"
    "  AND (SELECT t.actor_id FROM chat.entries t WHERE t.room_id = e.room_id"
    "   AND t.seq = e.subject_id) <> $5) ELSE 0 END,"
    " (date_part('epoch', page.active_at) * 1000)::bigint, page.last_seq, page.last_actor,"
    " left(body.text, 200), CASE WHEN body.text <> '' THEN 'text' WHEN body.text IS NULL"
    " THEN 'redacted' WHEN json_typeof(body.attributes) IS DISTINCT FROM 'object' THEN 'text'"
    " ELSE coalesce((SELECT k FROM json_object_keys(body.attributes) AS k LIMIT 1),"
    " 'text') END"
    " FROM page"
    " JOIN chat.rooms r ON r.room_id = page.room_id"
    " CROSS JOIN LATERAL (SELECT chat.readable(page.last_body) AS json OFFSET 0) AS last"
    " CROSS JOIN LATERAL (SELECT last.json ->> 'text' AS text,"
    "  last.json -> 'attributes' AS attributes OFFSET 0) AS body"
    " ORDER BY page.active_at DESC, page.room_id DESC";

constexpr auto kRoomsName = "my_rooms";

// Rows that somebody else is just writing are left as they are: what is read there is counted anew,
// and nobody waits here for who waits for these.
constexpr auto kSaveCounts =
    "WITH counted AS ("
    " SELECT u.room_id, c.counted_seq, c.unread"
    " FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[])"
    " AS c (room_id, read_seq, counted_seq, unread)"
    " JOIN chat.user_rooms u ON u.user_id = $1 AND u.room_id = c.room_id"
    " AND u.last_read_seq = c.read_seq AND u.counted_seq < c.counted_seq"
    " FOR UPDATE OF u SKIP LOCKED"
    ") UPDATE chat.user_rooms u SET counted_seq = c.counted_seq, unread = c.unread"
    " FROM counted c WHERE u.user_id = $1 AND u.room_id = c.room_id";

using Ids = std::vector<std::int64_t>;

std::int64_t sql(std::uint64_t value) { return static_cast<std::int64_t>(value); }

/// A row of kRooms. From one field to the next: looking one up by its name or number costs more
/// than reading it.
MyRoom to_my_room(const pqxx::row& row) {
  auto field = row.begin();
  const auto number = [&] {
    const auto value = field->as<std::uint64_t>();
    ++field;
    return value;
  };
  const auto text = [&] {
    std::string value(field->c_str(), field->size());
    ++field;
    return value;
  };
  MyRoom mine;
  auto& room = mine.room;
  room.room_id = number();
  room.gid = text();
  room.kind = static_cast<RoomKind>(number());
  room.name = text();
  room.topic = text();
  room.picture = text();
  room.archived = text() == "t";
  room.created_by.id = static_cast<std::int64_t>(number());
  room.created_ms = static_cast<std::int64_t>(number());
  const auto epoch = number();
  const auto head = number();
  room.head = {room.room_id, epoch, head, to_check(*field)};
  ++field;
  mine.role = static_cast<Role>(number());
  mine.read_seq = number();
  const auto counted = number();
  mine.counted = head > counted ? head - counted : 0;
  mine.unread = number();
  mine.active_ms = static_cast<std::int64_t>(number());
  if (field->is_null()) return mine;
  LastMessage last;
  last.seq = number();
  last.created_ms = mine.active_ms;
  last.sender_id = static_cast<std::int64_t>(number());
  last.text = text();
  last.kind = text();
  mine.last = std::move(last);
  return mine;
}

/// Members of direct rooms whole; of who made another room, or spoke last, the username alone,
/// which is what lists show.
void fill_names(pqxx::transaction_base& transaction, std::vector<MyRoom>& rooms) {
  std::vector<Room*> direct;
  Ids wanted;
  for (auto& mine : rooms) {
    if (is_direct(mine.room)) {
      direct.push_back(&mine.room);
    } else {
      wanted.push_back(mine.room.created_by.id);
    }
    if (mine.last) wanted.push_back(mine.last->sender_id);
  }
  if (!direct.empty()) fill_people(transaction, direct, is_direct);
  std::sort(wanted.begin(), wanted.end());
  wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
  std::unordered_map<std::int64_t, std::string> names;
  for (auto& person : load_people(transaction, wanted)) names[person.id] = person.username;
  for (auto& mine : rooms) {
    if (!is_direct(mine.room)) mine.room.created_by.username = names[mine.room.created_by.id];
    if (mine.last) mine.last->sender = names[mine.last->sender_id];
  }
}

}  // namespace

Result<std::vector<MyRoom>> PgRoomLists::rooms_of(std::int64_t user_id, const RoomQuery& query) {
  return reads_.query([&](pqxx::nontransaction& transaction) -> Result<std::vector<MyRoom>> {
    Ids ids, read, counted, unread;
    for (const auto& row : transaction.exec_params(kPositions, user_id)) {
      auto field = row.begin();
      for (auto* column : {&ids, &read, &counted, &unread}) {
        column->push_back(field->as<std::int64_t>());
        ++field;
      }
    }
    const auto cursor = query.after.value_or(RoomCursor{});
    const auto after = std::to_string(cursor.active_ms);
    transaction.conn().prepare(kRoomsName, kRooms);  // Once a connection, whoever asks.
    const auto rows = transaction.exec_prepared(
        kRoomsName, postgres::array_literal(ids), postgres::array_literal(read),
        postgres::array_literal(counted), postgres::array_literal(unread), user_id, query.archived,
        query.after ? after.c_str() : nullptr, sql(cursor.room_id),
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
