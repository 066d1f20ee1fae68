#include "message_store/storage/pg_rooms.hpp"

#include <algorithm>
#include <unordered_map>

#include "common/base/sharding.hpp"
#include "message_store/storage/pg_blocks.hpp"
#include "message_store/storage/quotas.hpp"
#include "message_store/storage/rows.hpp"

namespace confab::message_store {
namespace {

constexpr auto kTakeGid =
    "INSERT INTO chat.gids (gid, room_id) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING gid";
constexpr auto kInsertRoom =
    "INSERT INTO chat.rooms (room_id, bucket, gid, kind, name, created_by, topic, picture) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING RETURNING room_id";
constexpr auto kInsertHead = "INSERT INTO chat.room_heads (room_id, gid) VALUES ($1, $2)";
constexpr auto kTakePair =
    "INSERT INTO chat.direct_rooms (low_user_id, high_user_id, room_id, gid) "
    "VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING RETURNING gid";
constexpr auto kFindPair =
    "SELECT gid FROM chat.direct_rooms WHERE low_user_id = $1 AND high_user_id = $2";
constexpr auto kRoomOfGid = "SELECT room_id FROM chat.gids WHERE gid = $1";
constexpr auto kRooms =
    "SELECT r.room_id, r.gid, r.kind, r.name, r.topic, r.picture, "
    "r.archived_at IS NOT NULL AS archived, r.created_by, "
    "(extract(epoch FROM r.created_at) * 1000)::bigint AS created_ms, "
    "h.epoch, h.head_seq, h.head_msg_id "
    "FROM chat.rooms r JOIN chat.room_heads h ON h.room_id = r.room_id "
    "WHERE r.room_id = ANY($1::bigint[])";
// A head at which the user was a member: one statement sees both at one time.
constexpr auto kRoomsOfMember =
    "SELECT r.room_id, r.gid, r.kind, r.name, r.topic, r.picture, "
    "r.archived_at IS NOT NULL AS archived, r.created_by, "
    "(extract(epoch FROM r.created_at) * 1000)::bigint AS created_ms, "
    "h.epoch, h.head_seq, h.head_msg_id "
    "FROM chat.rooms r JOIN chat.room_heads h ON h.room_id = r.room_id "
    "JOIN chat.members m ON m.room_id = r.room_id AND m.user_id = $2 AND m.left_seq IS NULL "
    "WHERE r.room_id = ANY($1::bigint[])";
constexpr auto kMembers =
    "SELECT m.* FROM unnest($1::bigint[]) AS r (room_id) CROSS JOIN LATERAL ("
    " SELECT room_id, user_id, role, added_by,"
    " (extract(epoch FROM added_at) * 1000)::bigint AS added_ms FROM chat.members"
    " WHERE room_id = r.room_id AND left_seq IS NULL ORDER BY added_at, user_id LIMIT 2000) AS m";
constexpr auto kRoomsOfUser =
    "SELECT room_id FROM chat.user_rooms WHERE user_id = $1 "
    "ORDER BY updated_at DESC, room_id DESC LIMIT $2";
constexpr auto kPeople =
    "SELECT user_id, uuid, username, name FROM chat.people WHERE user_id = ANY($1::bigint[])";

using Ids = std::vector<std::int64_t>;

}  // namespace

std::vector<Person> load_people(pqxx::transaction_base& transaction, const Ids& user_ids) {
  std::vector<Person> people;
  for (const auto& row : transaction.exec_params(kPeople, postgres::array_literal(user_ids))) {
    people.push_back(to_person(row));
  }
  return people;
}

namespace {

std::unordered_map<std::int64_t, Person> by_id(const std::vector<Person>& people) {
  std::unordered_map<std::int64_t, Person> map;
  for (const auto& person : people) map.emplace(person.id, person);
  return map;
}

}  // namespace

Room to_room(const pqxx::row& row) {
  Room room;
  room.room_id = row["room_id"].as<std::uint64_t>();
  room.gid = row["gid"].as<std::string>();
  room.name = row["name"].as<std::string>();
  room.kind = static_cast<RoomKind>(row["kind"].as<int>());
  room.topic = row["topic"].as<std::string>();
  room.picture = row["picture"].as<std::string>();
  room.archived = row["archived"].as<bool>();
  room.created_ms = row["created_ms"].as<std::int64_t>();
  room.created_by.id = row["created_by"].as<std::int64_t>();
  room.head = {room.room_id, row["epoch"].as<std::uint64_t>(), row["head_seq"].as<std::uint64_t>(),
               to_check(row["head_msg_id"])};
  return room;
}

void fill_people(pqxx::transaction_base& transaction, std::span<Room* const> rooms,
                 bool (*wanted)(const Room&)) {
  std::unordered_map<std::uint64_t, Room*> index;
  Ids with_members;
  Ids users;
  for (auto* room : rooms) {
    index[room->room_id] = room;
    users.push_back(room->created_by.id);
    if (wanted(*room)) with_members.push_back(static_cast<std::int64_t>(room->room_id));
  }
  if (!with_members.empty()) {
    const auto rows = transaction.exec_params(kMembers, postgres::array_literal(with_members));
    for (const auto& row : rows) {
      Member member;
      member.person.id = row["user_id"].as<std::int64_t>();
      member.role = static_cast<Role>(row["role"].as<int>());
      member.added_by = row["added_by"].as<std::int64_t>();
      member.added_ms = row["added_ms"].as<std::int64_t>();
      users.push_back(member.person.id);
      users.push_back(member.added_by);
      index[row["room_id"].as<std::uint64_t>()]->members.push_back(member);
    }
  }
  std::sort(users.begin(), users.end());
  users.erase(std::unique(users.begin(), users.end()), users.end());
  auto people = by_id(load_people(transaction, users));
  for (auto* room : rooms) {
    room->created_by = people[room->created_by.id];
    for (auto& member : room->members) {
      member.person = people[member.person.id];
      member.added_by_username = people[member.added_by].username;
    }
  }
}

Result<Room> load_room(pqxx::transaction_base& transaction, std::uint64_t room_id,
                       bool with_members) {
  const Ids only{static_cast<std::int64_t>(room_id)};
  const auto rows = transaction.exec_params(kRooms, postgres::array_literal(only));
  if (rows.empty()) return Error{ErrorCode::room_not_found, "there is no such room"};
  auto room = to_room(rows[0]);
  Room* const one[] = {&room};
  fill_people(
      transaction, one,
      with_members ? [](const Room&) { return true; } : [](const Room&) { return false; });
  return room;
}

namespace {

Result<Room> load_by_gid(pqxx::transaction_base& transaction, const std::string& gid,
                         bool with_members) {
  const auto found = transaction.exec_params(kRoomOfGid, gid);
  if (found.empty()) return Error{ErrorCode::room_not_found, "there is no such room"};
  return load_room(transaction, found[0][0].as<std::uint64_t>(), with_members);
}

/// Writes the room and its first members; already_exists when the gid or room id is taken;
/// too_many_rooms.
Result<> insert_room(pqxx::work& transaction, const NewRoom& room, const StoreLimits& limits) {
  const auto room_id = static_cast<std::int64_t>(room.room_id);
  if (transaction.exec_params(kTakeGid, room.gid, room_id).empty()) {
    return Error{ErrorCode::already_exists, "the gid is taken"};
  }
  const auto inserted = transaction.exec_params(
      kInsertRoom, room_id, static_cast<int>(bucket_of(room.room_id)), room.gid,
      static_cast<int>(room.kind), room.name, room.creator.id, room.topic, room.picture);
  if (inserted.empty()) return Error{ErrorCode::already_exists, "the room id is taken"};
  transaction.exec_params0(kInsertHead, room_id, room.gid);
  auto people = room.members;
  people.push_back(room.creator);
  save_people(transaction, people);
  Ids others;
  for (const auto& person : room.members) others.push_back(person.id);
  auto all = others;
  all.push_back(room.creator.id);
  if (const auto within = check_rooms(transaction, all, limits); !within) return within.error();
  save_members(transaction, room.room_id, others, Role::member, 0, room.creator.id);
  const auto role = room.kind == RoomKind::direct ? Role::member : Role::owner;
  save_members(transaction, room.room_id, {room.creator.id}, role, 0, room.creator.id);
  return {};
}

}  // namespace

Result<Room> PgRooms::create(const NewRoom& room) {
  return writes_.transact([&](pqxx::work& transaction) -> Result<Room> {
    if (const auto done = insert_room(transaction, room, limits_); !done) return done.error();
    return load_by_gid(transaction, room.gid, true);
  });
}

Result<Room> PgRooms::find_or_create_direct(const NewRoom& room, bool* created) {
  return writes_.transact([&](pqxx::work& transaction) -> Result<Room> {
    const auto other = room.members.front().id;
    *created = false;
    if (const auto free = check_block(transaction, room.creator.id, other); !free) {
      return free.error();
    }
    const auto low = std::min(room.creator.id, other);
    const auto high = std::max(room.creator.id, other);
    auto found = transaction.exec_params(kFindPair, low, high);
    if (found.empty()) {
      const auto room_id = static_cast<std::int64_t>(room.room_id);
      *created = !transaction.exec_params(kTakePair, low, high, room_id, room.gid).empty();
      // If not, somebody else made it meanwhile, and each statement sees what is committed by then.
      if (!*created) found = transaction.exec_params(kFindPair, low, high);
    }
    if (!found.empty()) return load_by_gid(transaction, found[0][0].as<std::string>(), true);
    if (const auto done = insert_room(transaction, room, limits_); !done) return done.error();
    keep_block(transaction, room.creator.id, other);
    return load_by_gid(transaction, room.gid, true);
  });
}

Result<Room> PgRooms::find(const std::string& gid, bool with_members) {
  return reads_.query([&](pqxx::nontransaction& transaction) -> Result<Room> {
    return load_by_gid(transaction, gid, with_members);
  });
}

bool is_direct(const Room& room) { return room.kind == RoomKind::direct; }

Result<Ids> PgRooms::members_among(std::uint64_t room_id, std::span<const std::int64_t> user_ids) {
  return reads_.query([&](pqxx::nontransaction& transaction) -> Result<Ids> {
    return message_store::members_among(transaction, room_id, user_ids);
  });
}

Result<std::vector<Room>> PgRooms::of_user(std::int64_t user_id, std::uint32_t limit) {
  return reads_.query([&](pqxx::nontransaction& transaction) -> Result<std::vector<Room>> {
    Ids ids;
    const auto rows =
        transaction.exec_params(kRoomsOfUser, user_id, static_cast<std::int64_t>(limit));
    for (const auto& row : rows) ids.push_back(row[0].as<std::int64_t>());
    std::vector<Room> rooms;
    for (const auto& row :
         transaction.exec_params(kRoomsOfMember, postgres::array_literal(ids), user_id)) {
      rooms.push_back(to_room(row));
    }
    std::vector<Room*> all;
    for (auto& room : rooms) all.push_back(&room);
    fill_people(transaction, all, is_direct);
    std::unordered_map<std::uint64_t, std::size_t> place;
    for (std::size_t i = 0; i < ids.size(); ++i) place[static_cast<std::uint64_t>(ids[i])] = i;
    std::sort(rooms.begin(), rooms.end(),
              [&](const Room& a, const Room& b) { return place[a.room_id] < place[b.room_id]; });
    return rooms;
  });
}

Result<std::vector<Person>> PgRooms::people(std::span<const std::int64_t> user_ids) {
  // Sends wait for it, when they are announced; they do not wait for readers.
  return writes_.query([&](pqxx::nontransaction& transaction) -> Result<std::vector<Person>> {
    return load_people(transaction, Ids(user_ids.begin(), user_ids.end()));
  });
}

}  // namespace confab::message_store
