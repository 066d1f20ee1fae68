#include "message_store/storage/pg_room_import.hpp"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "common/base/sharding.hpp"
#include "message_store/storage/rows.hpp"

namespace confab::message_store {
namespace {

// In the order of the gids, so that two imports of the same rooms cannot deadlock.
constexpr auto kTakeGids =
    "INSERT INTO chat.gids (gid, room_id) SELECT g.gid, g.room_id "
    "FROM unnest($1::text[], $2::bigint[]) AS g (gid, room_id) ORDER BY g.gid "
    "ON CONFLICT DO NOTHING RETURNING gid";
constexpr auto kFindRooms = "SELECT gid, room_id FROM chat.gids WHERE gid = ANY($1::text[])";
constexpr auto kFindNames = "SELECT gid, name FROM chat.rooms WHERE room_id = ANY($1::bigint[])";
constexpr auto kInsertRooms =
    "INSERT INTO chat.rooms (room_id, bucket, gid, kind, name, created_by, topic, created_at) "
    "SELECT r.room_id, r.bucket, r.gid, r.kind, r.name, r.created_by, r.topic, "
    "to_timestamp(r.created_ms / 1000.0) "
    "FROM unnest($1::bigint[], $2::smallint[], $3::text[], $4::smallint[], $5::text[], "
    "$6::bigint[], $7::text[], $8::bigint[]) "
    "AS r (room_id, bucket, gid, kind, name, created_by, topic, created_ms)";
constexpr auto kInsertHeads =
    "INSERT INTO chat.room_heads (room_id, gid) SELECT h.* FROM unnest($1::bigint[], $2::text[]) "
    "AS h";
constexpr auto kInsertMembers =
    "INSERT INTO chat.members (room_id, user_id, role, joined_seq, added_by, added_at) "
    "SELECT m.room_id, m.user_id, m.role, 0, m.added_by, to_timestamp(m.added_ms / 1000.0) "
    "FROM unnest($1::bigint[], $2::bigint[], $3::smallint[], $4::bigint[], $5::bigint[]) "
    "AS m (room_id, user_id, role, added_by, added_ms)";
constexpr auto kInsertUserRooms =
    "INSERT INTO chat.user_rooms (user_id, room_id, joined_seq, updated_at) "
    "SELECT m.user_id, m.room_id, 0, to_timestamp(m.added_ms / 1000.0) "
    "FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS m (user_id, room_id, added_ms)";
// In the order of the pairs, for the same reason as the gids.
constexpr auto kTakePairs =
    "INSERT INTO chat.direct_rooms (low_user_id, high_user_id, room_id, gid) SELECT p.* "
    "FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[]) "
    "AS p (low_user_id, high_user_id, room_id, gid) ORDER BY p.low_user_id, p.high_user_id "
    "ON CONFLICT DO NOTHING";
constexpr auto kFindPairs =
    "SELECT p.place, d.gid FROM unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY "
    "AS p (low, high, place) JOIN chat.direct_rooms d "
    "ON d.low_user_id = p.low AND d.high_user_id = p.high";

using Ids = std::vector<std::int64_t>;
using Texts = std::vector<std::string>;

std::int64_t sql(std::uint64_t value) { return static_cast<std::int64_t>(value); }

/// The columns of rooms, each as an array.
struct RoomColumns {
  Ids ids, buckets, kinds, owners, created;
  Texts gids, names, topics;

  void add(const PlannedRoom& room) {
    ids.push_back(sql(room.room_id));
    buckets.push_back(bucket_of(room.room_id));
    kinds.push_back(static_cast<std::int64_t>(room.kind));
    owners.push_back(room.member_ids.front());
    gids.push_back(room.gid);
    names.push_back(room.name);
    topics.push_back(room.topic);
    created.push_back(room.created_ms);
  }
};

/// The rooms' gids, for direct rooms those of the rooms that the pairs have now.
Texts take_pairs(pqxx::work& transaction, std::span<const PlannedRoom> rooms) {
  Texts gids;
  Ids low, high, ids;
  Texts pair_gids;
  std::vector<std::size_t> places;
  for (const auto& room : rooms) {
    gids.push_back(room.gid);
    if (room.kind != RoomKind::direct) continue;
    const auto [first, second] = std::minmax(room.member_ids[0], room.member_ids[1]);
    low.push_back(first);
    high.push_back(second);
    ids.push_back(sql(room.room_id));
    pair_gids.push_back(room.gid);
    places.push_back(gids.size() - 1);
  }
  if (places.empty()) return gids;
  const auto lows = postgres::array_literal(low);
  const auto highs = postgres::array_literal(high);
  transaction.exec_params0(kTakePairs, lows, highs, postgres::array_literal(ids),
                           postgres::array_literal(pair_gids));
  // By itself, so that it sees what another transaction committed while the insert waited for it.
  for (const auto& row : transaction.exec_params(kFindPairs, lows, highs)) {
    gids[places[row[0].as<std::size_t>() - 1]] = row[1].c_str();
  }
  return gids;
}

/// Those of the rooms whose gid was free and now is theirs.
std::vector<const PlannedRoom*> take_gids(pqxx::work& transaction,
                                          std::span<const PlannedRoom> rooms) {
  RoomColumns columns;
  for (const auto& room : rooms) columns.add(room);
  std::unordered_set<std::string> taken;
  const auto rows = transaction.exec_params(kTakeGids, postgres::array_literal(columns.gids),
                                            postgres::array_literal(columns.ids));
  for (const auto& row : rows) taken.emplace(row[0].c_str());
  std::vector<const PlannedRoom*> free;
  for (const auto& room : rooms) {
    if (taken.contains(room.gid)) free.push_back(&room);
  }
  return free;
}

/// already_exists when a gid belongs to a room of another name.
Result<> check_names(pqxx::work& transaction, std::span<const PlannedRoom> rooms) {
  std::unordered_map<std::string, std::string> planned;
  Texts gids;
  for (const auto& room : rooms) {
    planned.emplace(room.gid, room.name);
    gids.push_back(room.gid);
  }
  Ids ids;
  for (const auto& row : transaction.exec_params(kFindRooms, postgres::array_literal(gids))) {
    ids.push_back(row[1].as<std::int64_t>());
  }
  for (const auto& row : transaction.exec_params(kFindNames, postgres::array_literal(ids))) {
    if (planned[row[0].c_str()] == row[1].c_str()) continue;
    return Error{ErrorCode::already_exists, "the gid \"" + std::string(row[0].c_str()) +
                                                "\" belongs to a room of another name"};
  }
  return {};
}

void insert_members(pqxx::work& transaction, const std::vector<const PlannedRoom*>& rooms) {
  Ids room_ids, user_ids, roles, added_by, added;
  for (const auto* room : rooms) {
    const auto owner = room->member_ids.front();
    const auto first = room->kind == RoomKind::direct ? Role::member : Role::owner;
    for (const auto user_id : room->member_ids) {
      room_ids.push_back(sql(room->room_id));
      user_ids.push_back(user_id);
      roles.push_back(static_cast<std::int64_t>(user_id == owner ? first : Role::member));
      added.push_back(room->created_ms);
      added_by.push_back(owner);
    }
  }
  const auto rooms_array = postgres::array_literal(room_ids);
  const auto users_array = postgres::array_literal(user_ids);
  const auto added_array = postgres::array_literal(added);
  transaction.exec_params0(kInsertMembers, rooms_array, users_array, postgres::array_literal(roles),
                           postgres::array_literal(added_by), added_array);
  transaction.exec_params0(kInsertUserRooms, users_array, rooms_array, added_array);
}

void insert_rooms(pqxx::work& transaction, const std::vector<const PlannedRoom*>& rooms) {
  RoomColumns columns;
  for (const auto* room : rooms) columns.add(*room);
  const auto ids = postgres::array_literal(columns.ids);
  const auto gids = postgres::array_literal(columns.gids);
  transaction.exec_params0(
      kInsertRooms, ids, postgres::array_literal(columns.buckets), gids,
      postgres::array_literal(columns.kinds), postgres::array_literal(columns.names),
      postgres::array_literal(columns.owners), postgres::array_literal(columns.topics),
      postgres::array_literal(columns.created));
  transaction.exec_params0(kInsertHeads, ids, gids);
}

}  // namespace

Result<ImportedRooms> PgRoomImport::add(std::span<const Person> people,
                                        std::span<const PlannedRoom> rooms) {
  return writes_.transact([&](pqxx::work& transaction) -> Result<ImportedRooms> {
    ImportedRooms out;
    out.gids = take_pairs(transaction, rooms);
    std::vector<PlannedRoom> wanted;
    for (std::size_t i = 0; i < rooms.size(); ++i) {
      if (out.gids[i] == rooms[i].gid) wanted.push_back(rooms[i]);
    }
    const auto made = take_gids(transaction, wanted);
    if (made.size() < wanted.size()) {
      // Before the new rooms are written, so that each name found is of a room that was there.
      if (const auto same = check_names(transaction, wanted); !same) return same.error();
    }
    save_people(transaction, {people.begin(), people.end()});
    out.made = made.size();
    if (made.empty()) return out;
    insert_rooms(transaction, made);
    insert_members(transaction, made);
    return out;
  });
}

}  // namespace confab::message_store
