#include "message_store/storage/rows.hpp"

#include "common/postgres/pool.hpp"
#include "message_store/domain/event_json.hpp"

namespace confab::message_store {
namespace {

constexpr auto kSavePeople =
    "INSERT INTO chat.people (user_id, uuid, username, name) "
    "SELECT DISTINCT ON (p.user_id) p.user_id, p.uuid, p.username, p.name "
    "FROM unnest($1::bigint[], $2::uuid[], $3::text[], $4::text[]) "
    "AS p (user_id, uuid, username, name) "
    "WHERE NOT EXISTS (SELECT FROM chat.people old WHERE old.user_id = p.user_id "
    "AND (old.changed_at IS NOT NULL "
    "OR (old.uuid, old.username, old.name) = (p.uuid, p.username, p.name))) ORDER BY p.user_id "
    "ON CONFLICT (user_id) DO UPDATE SET uuid = excluded.uuid, username = excluded.username, "
    "name = excluded.name WHERE people.changed_at IS NULL";
constexpr auto kMembersAmong =
    "SELECT user_id FROM chat.members WHERE room_id = $1 AND user_id = ANY($2::bigint[]) "
    "AND left_seq IS NULL";
constexpr auto kSaveMembers =
    "INSERT INTO chat.members (room_id, user_id, role, joined_seq, added_by) "
    "SELECT $1::bigint, m.user_id, $3::smallint, $4::bigint, $5::bigint "
    "FROM unnest($2::bigint[]) AS m (user_id) ON CONFLICT (room_id, user_id) DO UPDATE "
    "SET role = excluded.role, joined_seq = excluded.joined_seq, left_seq = NULL, "
    "added_by = excluded.added_by, added_at = now()";
constexpr auto kSaveUserRooms =
    "INSERT INTO chat.user_rooms (user_id, room_id, joined_seq, last_read_seq, counted_seq) "
    "SELECT m.user_id, $1::bigint, $3::bigint, $3::bigint, $3::bigint "
    "FROM unnest($2::bigint[]) AS m (user_id) "
    "ON CONFLICT (user_id, room_id) DO UPDATE SET joined_seq = excluded.joined_seq, "
    "last_read_seq = excluded.last_read_seq, counted_seq = excluded.counted_seq, unread = 0, "
    "updated_at = now()";

}  // namespace

Uuid to_uuid(const pqxx::field& field) { return Uuid::parse(field.c_str()).value_or(Uuid{}); }

std::string to_check(const pqxx::field& field) {
  if (field.is_null()) return {};
  return to_uuid(field).bytes().substr(0, kCheckBytes);
}

void link_entries(std::span<Entry> entries, std::string check) {
  for (auto& entry : entries) {
    entry.prev_check = std::exchange(check, entry.msg_id.bytes().substr(0, kCheckBytes));
  }
}

std::string body_of(const char* alias) {
  const auto body = std::string(alias) + ".body";
  return "CASE WHEN octet_length(" + body + "::text) <= " + std::to_string(kMaxBodyBytes) +
         " THEN " + body + " ELSE 'null' END";
}

std::string select_entries(const char* rest) {
  return "SELECT e.seq, e.epoch, e.msg_id, e.kind, e.actor_id, e.subject_id, e.client_msg_id, " +
         body_of("e") +
         " AS body, (extract(epoch FROM e.created_at) * 1000)::bigint AS created_ms "
         "FROM chat.entries e " +
         rest;
}

Entry to_entry(std::uint64_t room_id, const std::string& gid, const pqxx::row& row) {
  Entry entry;
  entry.room_id = room_id;
  entry.gid = gid;
  entry.epoch = row["epoch"].as<std::uint64_t>();
  entry.seq = row["seq"].as<std::uint64_t>();
  entry.msg_id = to_uuid(row["msg_id"]);
  entry.kind = static_cast<EntryKind>(row["kind"].as<int>());
  entry.actor_id = row["actor_id"].as<std::int64_t>();
  if (changes_message(entry.kind)) {
    entry.target_seq = row["subject_id"].as<std::uint64_t>();
  } else {
    entry.subject_id = row["subject_id"].as<std::int64_t>();
  }
  entry.client_msg_id = row["client_msg_id"].as<std::string>();
  entry.body = row["body"].as<std::string>();
  entry.created_ms = row["created_ms"].as<std::int64_t>();
  return entry;
}

Person to_person(const pqxx::row& row) {
  return {row["user_id"].as<std::int64_t>(), row["uuid"].as<std::string>(),
          row["username"].as<std::string>(), row["name"].as<std::string>()};
}

void save_people(pqxx::transaction_base& transaction, const std::vector<Person>& people) {
  std::vector<std::int64_t> ids;
  std::vector<std::string> uuids;
  std::vector<std::string> usernames;
  std::vector<std::string> names;
  for (const auto& person : people) {
    ids.push_back(person.id);
    uuids.push_back(person.uuid);
    usernames.push_back(person.username);
    names.push_back(person.name);
  }
  transaction.exec_params0(kSavePeople, postgres::array_literal(ids),
                           postgres::array_literal(uuids), postgres::array_literal(usernames),
                           postgres::array_literal(names));
}

std::vector<std::int64_t> members_among(pqxx::transaction_base& transaction, std::uint64_t room_id,
                                        std::span<const std::int64_t> user_ids) {
  std::vector<std::int64_t> members;
  if (user_ids.empty()) return members;
  const std::vector<std::int64_t> wanted(user_ids.begin(), user_ids.end());
  for (const auto& row : transaction.exec_params(kMembersAmong, static_cast<std::int64_t>(room_id),
                                                 postgres::array_literal(wanted))) {
    members.push_back(row[0].as<std::int64_t>());
  }
  return members;
}

void save_members(pqxx::transaction_base& transaction, std::uint64_t room_id,
                  const std::vector<std::int64_t>& user_ids, Role role, std::uint64_t joined_seq,
                  std::int64_t added_by) {
  const auto room = static_cast<std::int64_t>(room_id);
  const auto seq = static_cast<std::int64_t>(joined_seq);
  const auto users = postgres::array_literal(user_ids);
  transaction.exec_params0(kSaveMembers, room, users, static_cast<int>(role), seq, added_by);
  transaction.exec_params0(kSaveUserRooms, room, users, seq);
}

}  // namespace confab::message_store
