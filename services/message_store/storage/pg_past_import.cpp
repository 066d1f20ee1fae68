// The half of PgRoomImport that adds what was said in the past to the ends of rooms' logs.
#include <algorithm>
#include <unordered_map>

#include "message_store/storage/pg_room_import.hpp"
#include "message_store/storage/rows.hpp"

namespace confab::message_store {
namespace {

constexpr auto kFindRooms = "SELECT gid, room_id FROM chat.gids WHERE gid = ANY($1::text[])";
// In the order of their ids, so that two imports of the same rooms cannot deadlock.
constexpr auto kLockHeads =
    "SELECT room_id, head_seq, epoch FROM chat.room_heads WHERE room_id = ANY($1::bigint[]) "
    "ORDER BY room_id FOR UPDATE";
// By itself, so that it sees what was committed while the statement before it waited.
constexpr auto kEnds =
    "SELECT r.room_id, (SELECT (extract(epoch FROM e.created_at) * 1000)::bigint "
    "FROM chat.entries e WHERE e.room_id = r.room_id AND e.seq = r.head_seq) "
    "FROM unnest($1::bigint[], $2::bigint[]) AS r (room_id, head_seq)";
// Each by itself, which is one look into an index, whatever the statistics say.
constexpr auto kStanding =
    "SELECT (SELECT true FROM chat.entries e WHERE e.room_id = i.room_id "
    "AND e.actor_id = i.actor_id AND e.client_msg_id = i.client_msg_id), "
    "(SELECT true FROM chat.members m WHERE m.room_id = i.room_id AND m.user_id = i.actor_id) "
    "FROM unnest($1::bigint[], $2::bigint[], $3::text[]) WITH ORDINALITY "
    "AS i (room_id, actor_id, client_msg_id, place) ORDER BY i.place";
constexpr auto kInsertEntries =
    "INSERT INTO chat.entries (room_id, seq, epoch, msg_id, kind, actor_id, client_msg_id, body, "
    "created_at) SELECT i.room_id, i.seq, i.epoch, i.msg_id, 1, i.actor_id, i.client_msg_id, "
    "i.body::json, to_timestamp(i.created_ms / 1000.0) "
    "FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::uuid[], $5::bigint[], $6::text[], "
    "$7::text[], $8::bigint[]) "
    "AS i (room_id, seq, epoch, msg_id, actor_id, client_msg_id, body, created_ms)";
constexpr auto kMoveHeads =
    "UPDATE chat.room_heads h SET head_seq = r.seq, head_msg_id = r.msg_id "
    "FROM unnest($1::bigint[], $2::bigint[], $3::uuid[]) AS r (room_id, seq, msg_id) "
    "WHERE h.room_id = r.room_id";
constexpr auto kMembers =
    "SELECT room_id, user_id FROM chat.members WHERE room_id = ANY($1::bigint[]) "
    "AND left_seq IS NULL ORDER BY user_id, room_id";
constexpr auto kMoveReaders =
    "UPDATE chat.user_rooms u SET last_read_seq = r.seq, counted_seq = r.seq, unread = 0 "
    "FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[]) "
    "AS r (user_id, room_id, seq, old_seq) "
    "WHERE u.user_id = r.user_id AND u.room_id = r.room_id AND u.last_read_seq >= r.old_seq";

using Ids = std::vector<std::int64_t>;
using Texts = std::vector<std::string>;

/// The end of a room's log while its past is added.
struct End {
  std::int64_t epoch = 0;
  std::int64_t old_seq = 0;
  std::int64_t seq = 0;
  std::int64_t ms = 0;
  std::string msg_id;  // Of the last that was added.
};

struct Item {
  std::int64_t room_id;
  const RoomDraftsPast* room;
  const PastDraft* draft;
};

Error refused(const Item& item, ErrorCode code, const char* why) {
  return {code,
          "room \"" + item.room->gid + "\", message \"" + item.draft->client_msg_id + "\": " + why};
}

/// The drafts one after the other; room_not_found.
Result<std::vector<Item>> lay_out(pqxx::work& transaction, std::span<const RoomDraftsPast> rooms) {
  Texts gids;
  for (const auto& room : rooms) gids.push_back(room.gid);
  std::unordered_map<std::string, std::int64_t> ids;
  for (const auto& row : transaction.exec_params(kFindRooms, postgres::array_literal(gids))) {
    ids.emplace(row[0].c_str(), row[1].as<std::int64_t>());
  }
  std::vector<Item> items;
  for (const auto& room : rooms) {
    const auto found = ids.find(room.gid);
    if (found == ids.end()) {
      return Error{ErrorCode::room_not_found, "there is no room \"" + room.gid + "\""};
    }
    for (const auto& draft : room.drafts) items.push_back({found->second, &room, &draft});
  }
  return items;
}

std::unordered_map<std::int64_t, End> lock_ends(pqxx::work& transaction,
                                                const std::vector<Item>& items) {
  Ids wanted;
  for (const auto& item : items) wanted.push_back(item.room_id);
  wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
  Ids ids, seqs;
  std::unordered_map<std::int64_t, End> ends;
  for (const auto& row : transaction.exec_params(kLockHeads, postgres::array_literal(wanted))) {
    ids.push_back(row[0].as<std::int64_t>());
    seqs.push_back(row[1].as<std::int64_t>());
    ends[ids.back()] = {row[2].as<std::int64_t>(), seqs.back(), seqs.back(), 0, {}};
  }
  const auto rows =
      transaction.exec_params(kEnds, postgres::array_literal(ids), postgres::array_literal(seqs));
  for (const auto& row : rows) {
    if (!row[1].is_null()) ends[row[0].as<std::int64_t>()].ms = row[1].as<std::int64_t>();
  }
  return ends;
}

/// Those that are not there yet; not_a_member.
Result<std::vector<Item>> news(pqxx::work& transaction, const std::vector<Item>& items) {
  Ids rooms, actors;
  Texts client_msg_ids;
  for (const auto& item : items) {
    rooms.push_back(item.room_id);
    actors.push_back(item.draft->sender_id);
    client_msg_ids.push_back(item.draft->client_msg_id);
  }
  const auto rows = transaction.exec_params(kStanding, postgres::array_literal(rooms),
                                            postgres::array_literal(actors),
                                            postgres::array_literal(client_msg_ids));
  std::vector<Item> out;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const auto& row = rows[static_cast<pqxx::result::size_type>(i)];
    if (!row[0].is_null()) continue;
    if (row[1].is_null()) {
      return refused(items[i], ErrorCode::not_a_member, "its sender is no member of the room");
    }
    out.push_back(items[i]);
  }
  return out;
}

void insert(pqxx::work& transaction, const std::vector<Item>& items,
            std::unordered_map<std::int64_t, End>& ends) {
  Ids rooms, seqs, epochs, actors, times;
  Texts msg_ids, client_msg_ids, bodies;
  for (const auto& item : items) {
    auto& end = ends[item.room_id];
    end.msg_id = item.draft->msg_id.text();
    rooms.push_back(item.room_id);
    seqs.push_back(++end.seq);
    epochs.push_back(end.epoch);
    msg_ids.push_back(end.msg_id);
    actors.push_back(item.draft->sender_id);
    client_msg_ids.push_back(item.draft->client_msg_id);
    bodies.push_back(item.draft->body);
    times.push_back(item.draft->created_ms);
  }
  using postgres::array_literal;
  transaction.exec_params0(kInsertEntries, array_literal(rooms), array_literal(seqs),
                           array_literal(epochs), array_literal(msg_ids), array_literal(actors),
                           array_literal(client_msg_ids), array_literal(bodies),
                           array_literal(times));
}

using Ends = std::unordered_map<std::int64_t, End>;

void move_readers(pqxx::work& transaction, const std::string& grown, const Ends& ends) {
  Ids users, rooms, seqs, old_seqs;
  for (const auto& row : transaction.exec_params(kMembers, grown)) {
    rooms.push_back(row[0].as<std::int64_t>());
    users.push_back(row[1].as<std::int64_t>());
    seqs.push_back(ends.at(rooms.back()).seq);
    old_seqs.push_back(ends.at(rooms.back()).old_seq);
  }
  transaction.exec_params0(kMoveReaders, postgres::array_literal(users),
                           postgres::array_literal(rooms), postgres::array_literal(seqs),
                           postgres::array_literal(old_seqs));
}

/// The rooms that have grown.
std::vector<std::uint64_t> move_ends(pqxx::work& transaction, const Ends& ends) {
  Ids rooms, seqs;
  Texts msg_ids;
  std::vector<std::uint64_t> out;
  for (const auto& [room_id, end] : ends) {
    if (end.seq == end.old_seq) continue;
    rooms.push_back(room_id);
    seqs.push_back(end.seq);
    msg_ids.push_back(end.msg_id);
    out.push_back(static_cast<std::uint64_t>(room_id));
  }
  const auto grown = postgres::array_literal(rooms);
  transaction.exec_params0(kMoveHeads, grown, postgres::array_literal(seqs),
                           postgres::array_literal(msg_ids));
  move_readers(transaction, grown, ends);
  return out;
}

}  // namespace

Result<AddedPast> PgRoomImport::add_past(std::span<const RoomDraftsPast> rooms) {
  return writes_.transact([&](pqxx::work& transaction) -> Result<AddedPast> {
    const auto all = lay_out(transaction, rooms);
    if (!all) return all.error();
    AddedPast out;
    if (all->empty()) return out;
    auto ends = lock_ends(transaction, *all);
    const auto items = news(transaction, *all);
    if (!items) return items.error();
    for (const auto& item : *items) {
      auto& end = ends[item.room_id];
      if (item.draft->created_ms < end.ms) {
        return refused(item, ErrorCode::invalid_argument,
                       "it is older than what the room's log ends with");
      }
      end.ms = item.draft->created_ms;
    }
    out.messages = items->size();
    if (items->empty()) return out;
    insert(transaction, *items, ends);
    out.room_ids = move_ends(transaction, ends);
    return out;
  });
}

}  // namespace confab::message_store
