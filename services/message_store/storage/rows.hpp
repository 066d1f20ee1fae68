#pragma once

#include <pqxx/pqxx>

#include "message_store/domain/types.hpp"

namespace confab::message_store {

/// How PostgreSQL's text forms become domain values; shared by the repositories of this folder.

[[nodiscard]] Uuid to_uuid(const pqxx::field& field);
/// The first kCheckBytes of a uuid; empty for NULL.
[[nodiscard]] std::string to_check(const pqxx::field& field);

/// Columns: user_id, uuid, username, name.
[[nodiscard]] Person to_person(const pqxx::row& row);

/// Inserts or refreshes what is known of these people.
void save_people(pqxx::transaction_base& transaction, const std::vector<Person>& people);

/// Makes the user a member again or for the first time, in both directions.
void save_membership(pqxx::transaction_base& transaction, std::uint64_t room_id,
                     std::int64_t user_id, Role role, std::uint64_t joined_seq,
                     std::int64_t added_by);

}  // namespace confab::message_store
