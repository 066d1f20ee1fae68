#include "message_store/storage/pg_room_import.hpp"

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
    "INSERT INTO chat.rooms (room_id, bucket, gid, kind, name, created_by) "
    "SELECT r.* FROM unnest($1::bigint[], $2::smallint[], $3::text[], $4::smallint[], $5::text[], "
    "$6::bigint[]) AS r";
constexpr auto kInsertHeads =
    "INSERT INTO chat.room_heads (room_id, gid) SELECT h.* FROM unnest($1::bigint[], $2::text[]) "
    "AS h";
constexpr auto kInsertMembers =
    "INSERT INTO chat.members (room_id, user_id, role, joined_seq, added_by) "
    "SELECT m.room_id, m.user_id, m.role, 0, m.added_by "
    "FROM unnest($1::bigint[], $2::bigint[], $3::smallint[], $4::bigint[]) "
    "AS m (room_id, user_id, role, added_by)";
constexpr auto kInsertUserRooms =
    "INSERT INTO chat.user_rooms (user_id, room_id, joined_seq) "
    "SELECT m.user_id, m.room_id, 0 FROM unnest($1::bigint[], $2::bigint[]) AS m (user_id, "
    "room_id)";

using Ids = std::vector<std::int64_t>;
using Texts = std::vector<std::string>;

std::int64_t sql(std::uint64_t value) { return static_cast<std::int64_t>(value); }

/// The columns of rooms, each as an array.
struct RoomColumns {
  Ids ids, buckets, kinds, owners;
  Texts gids, names;

  void add(const PlannedRoom& room) {
    ids.push_back(sql(room.room_id));
    buckets.push_back(bucket_of(room.room_id));
    kinds.push_back(static_cast<std::int64_t>(room.kind));
    owners.push_back(room.member_ids.front());
    gids.push_back(room.gid);
    names.push_back(room.name);
  }
};

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
  Ids room_ids, user_ids, roles, added_by;
  for (const auto* room : rooms) {
    const auto owner = room->member_ids.front();
    for (const auto user_id : room->member_ids) {
      room_ids.push_back(sql(room->room_id));
      user_ids.push_back(user_id);
      roles.push_back(static_cast<std::int64_t>(user_id == owner ? Role::owner : Role::member));
      added_by.push_back(owner);
    }
  }
  const auto rooms_array = postgres::array_literal(room_ids);
  const auto users_array = postgres::array_literal(user_ids);
  transaction.exec_params0(kInsertMembers, rooms_array, users_array, postgres::array_literal(roles),
                           postgres::array_literal(added_by));
  transaction.exec_params0(kInsertUserRooms, users_array, rooms_array);
}

void insert_rooms(pqxx::work& transaction, const std::vector<const PlannedRoom*>& rooms) {
  RoomColumns columns;
  for (const auto* room : rooms) columns.add(*room);
  const auto ids = postgres::array_literal(columns.ids);
  const auto gids = postgres::array_literal(columns.gids);
  transaction.exec_params0(kInsertRooms, ids, postgres::array_literal(columns.buckets), gids,
                           postgres::array_literal(columns.kinds),
                           postgres::array_literal(columns.names),
                           postgres::array_literal(columns.owners));
  transaction.exec_params0(kInsertHeads, ids, gids);
}

}  // namespace

Result<std::size_t> PgRoomImport::add(std::span<const Person> people,
                                      std::span<const PlannedRoom> rooms) {
  return writes_.transact([&](pqxx::work& transaction) -> Result<std::size_t> {
    const auto made = take_gids(transaction, rooms);
    if (made.size() < rooms.size()) {
      // Before the new rooms are written, so that each name found is of a room that was there.
      if (const auto same = check_names(transaction, rooms); !same) return same.error();
    }
    save_people(transaction, {people.begin(), people.end()});
    if (made.empty()) return 0;
    insert_rooms(transaction, made);
    insert_members(transaction, made);
    return made.size();
  });
}

}  // namespace confab::message_store
