#include "message_store/storage/rows.hpp"

namespace confab::message_store {
namespace {

constexpr auto kSavePerson =
    "INSERT INTO chat.people (user_id, uuid, username, name) VALUES ($1, $2, $3, $4) "
    "ON CONFLICT (user_id) DO UPDATE SET uuid = excluded.uuid, username = excluded.username, "
    "name = excluded.name WHERE (people.username, people.name, people.uuid) IS DISTINCT FROM "
    "(excluded.username, excluded.name, excluded.uuid)";
constexpr auto kSaveMember =
    "INSERT INTO chat.members (room_id, user_id, role, joined_seq, added_by) "
    "VALUES ($1, $2, $3, $4, $5) ON CONFLICT (room_id, user_id) DO UPDATE "
    "SET role = excluded.role, joined_seq = excluded.joined_seq, left_seq = NULL, "
    "added_by = excluded.added_by, added_at = now()";
constexpr auto kSaveUserRoom =
    "INSERT INTO chat.user_rooms (user_id, room_id, joined_seq) VALUES ($1, $2, $3) "
    "ON CONFLICT (user_id, room_id) DO UPDATE SET joined_seq = excluded.joined_seq, "
    "updated_at = now()";

}  // namespace

Uuid to_uuid(const pqxx::field& field) { return Uuid::parse(field.c_str()).value_or(Uuid{}); }

std::string to_check(const pqxx::field& field) {
  if (field.is_null()) return {};
  return to_uuid(field).bytes().substr(0, kCheckBytes);
}

Person to_person(const pqxx::row& row) {
  return {row["user_id"].as<std::int64_t>(), row["uuid"].as<std::string>(),
          row["username"].as<std::string>(), row["name"].as<std::string>()};
}

void save_people(pqxx::transaction_base& transaction, const std::vector<Person>& people) {
  for (const auto& person : people) {
    transaction.exec_params0(kSavePerson, person.id, person.uuid, person.username, person.name);
  }
}

void save_membership(pqxx::transaction_base& transaction, std::uint64_t room_id,
                     std::int64_t user_id, Role role, std::uint64_t joined_seq,
                     std::int64_t added_by) {
  const auto room = static_cast<std::int64_t>(room_id);
  const auto seq = static_cast<std::int64_t>(joined_seq);
  transaction.exec_params0(kSaveMember, room, user_id, static_cast<int>(role), seq, added_by);
  transaction.exec_params0(kSaveUserRoom, user_id, room, seq);
}

}  // namespace confab::message_store
