#include "message_store/storage/pg_room_lists.hpp"

#include "message_store/storage/pg_rooms.hpp"
#include "message_store/storage/rows.hpp"

namespace confab::message_store {
namespace {

constexpr auto kPublic =
    "SELECT r.room_id, r.gid, r.kind, r.name, r.topic, r.picture, false AS archived, r.created_by, "
    "(extract(epoch FROM r.created_at) * 1000)::bigint AS created_ms, "
    "h.epoch, h.head_seq, h.head_msg_id, "
    "EXISTS (SELECT FROM chat.members m WHERE m.room_id = r.room_id AND m.user_id = $1 "
    "AND m.left_seq IS NULL) AS joined "
    "FROM chat.rooms r JOIN chat.room_heads h ON h.room_id = r.room_id "
    "WHERE r.kind = 2 AND r.archived_at IS NULL "
    "AND ($2 = '' OR strpos(lower(r.name), lower($2)) > 0 OR strpos(lower(r.topic), lower($2)) > "
    "0) "
    "AND (lower(r.name) COLLATE \"C\", r.room_id) > (lower($3) COLLATE \"C\", $4::bigint) "
    "ORDER BY lower(r.name) COLLATE \"C\", r.room_id LIMIT $5";
constexpr auto kPlaceOfGid =
    "SELECT name, room_id FROM chat.rooms WHERE room_id = "
    "(SELECT room_id FROM chat.gids WHERE gid = $1)";
constexpr auto kMembers =
    "SELECT user_id, role, added_by, (extract(epoch FROM added_at) * 1000)::bigint AS added_ms "
    "FROM chat.members WHERE room_id = $1 AND user_id > $2 AND left_seq IS NULL "
    "ORDER BY user_id LIMIT $3";
constexpr auto kBans =
    "SELECT user_id, banned_by, (extract(epoch FROM banned_at) * 1000)::bigint AS banned_ms "
    "FROM chat.bans WHERE room_id = $1 AND user_id > $2 ORDER BY user_id LIMIT $3";
constexpr auto kRole =
    "SELECT role FROM chat.members WHERE room_id = $1 AND user_id = $2 AND left_seq IS NULL";

using Ids = std::vector<std::int64_t>;

std::int64_t sql(std::uint64_t value) { return static_cast<std::int64_t>(value); }

std::unordered_map<std::int64_t, Person> people_of(pqxx::transaction_base& transaction,
                                                   const Ids& ids) {
  std::unordered_map<std::int64_t, Person> people;
  for (auto& person : load_people(transaction, ids)) people[person.id] = person;
  return people;
}

}  // namespace

Result<std::vector<PublicRoom>> PgRoomLists::public_rooms(const PublicQuery& query) {
  return reads_.query([&](pqxx::nontransaction& transaction) -> Result<std::vector<PublicRoom>> {
    std::string name;
    std::int64_t room_id = 0;
    if (!query.after.empty()) {
      const auto place = transaction.exec_params(kPlaceOfGid, query.after);
      if (place.empty()) return Error{ErrorCode::room_not_found, "there is no such room"};
      name = place[0][0].as<std::string>();
      room_id = place[0][1].as<std::int64_t>();
    }
    std::vector<PublicRoom> rooms;
    for (const auto& row :
         transaction.exec_params(kPublic, query.user_id, query.text, name, room_id,
                                 static_cast<std::int64_t>(query.limit))) {
      rooms.push_back({to_room(row), row["joined"].as<bool>()});
    }
    std::vector<Room*> all;
    for (auto& one : rooms) all.push_back(&one.room);
    fill_people(transaction, all, [](const Room&) { return false; });
    return rooms;
  });
}

Result<std::vector<Member>> PgRoomLists::members(std::uint64_t room_id, const UserRange& range) {
  return reads_.query([&](pqxx::nontransaction& transaction) -> Result<std::vector<Member>> {
    std::vector<Member> members;
    Ids ids;
    for (const auto& row : transaction.exec_params(kMembers, sql(room_id), range.after,
                                                   static_cast<std::int64_t>(range.limit))) {
      Member member;
      member.person.id = row["user_id"].as<std::int64_t>();
      member.role = static_cast<Role>(row["role"].as<int>());
      member.added_by = row["added_by"].as<std::int64_t>();
      member.added_ms = row["added_ms"].as<std::int64_t>();
      ids.insert(ids.end(), {member.person.id, member.added_by});
      members.push_back(std::move(member));
    }
    auto people = people_of(transaction, ids);
    for (auto& member : members) {
      member.person = people[member.person.id];
      member.added_by_username = people[member.added_by].username;
    }
    return members;
  });
}

Result<std::vector<BanRow>> PgRoomLists::bans(std::uint64_t room_id, const UserRange& range) {
  return reads_.query([&](pqxx::nontransaction& transaction) -> Result<std::vector<BanRow>> {
    std::vector<BanRow> bans;
    Ids ids;
    for (const auto& row : transaction.exec_params(kBans, sql(room_id), range.after,
                                                   static_cast<std::int64_t>(range.limit))) {
      BanRow ban;
      ban.user.id = row["user_id"].as<std::int64_t>();
      ban.banned_by = row["banned_by"].as<std::int64_t>();
      ban.banned_ms = row["banned_ms"].as<std::int64_t>();
      ids.insert(ids.end(), {ban.user.id, ban.banned_by});
      bans.push_back(std::move(ban));
    }
    auto people = people_of(transaction, ids);
    for (auto& ban : bans) {
      ban.user = people[ban.user.id];
      ban.banned_by_username = people[ban.banned_by].username;
    }
    return bans;
  });
}

Result<std::optional<Role>> PgRoomLists::role(std::uint64_t room_id, std::int64_t user_id) {
  return reads_.query([&](pqxx::nontransaction& transaction) -> Result<std::optional<Role>> {
    const auto rows = transaction.exec_params(kRole, sql(room_id), user_id);
    std::optional<Role> role;
    if (!rows.empty()) role = static_cast<Role>(rows[0][0].as<int>());
    return role;
  });
}

}  // namespace confab::message_store
