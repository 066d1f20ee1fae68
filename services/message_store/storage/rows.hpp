#pragma once

#include <pqxx/pqxx>
#include <span>

#include "message_store/domain/types.hpp"

namespace confab::message_store {

/// How PostgreSQL's text forms become domain values; shared by the repositories of this folder.

[[nodiscard]] Uuid to_uuid(const pqxx::field& field);
/// The first kCheckBytes of a uuid; empty for NULL.
[[nodiscard]] std::string to_check(const pqxx::field& field);

/// Links each entry to the one before it; `check` is that of the entry before the first.
void link_entries(std::span<Entry> entries, std::string check);

/// The body of chat.entries `alias`, or JSON's null where it is so large that it can be no body:
/// nobody is to hold it in memory only to refuse it.
[[nodiscard]] std::string body_of(const char* alias);

/// SELECT … FROM chat.entries e `rest`, for to_entry().
[[nodiscard]] std::string select_entries(const char* rest);
[[nodiscard]] Entry to_entry(std::uint64_t room_id, const std::string& gid, const pqxx::row& row);

/// Columns: user_id, uuid, username, name.
[[nodiscard]] Person to_person(const pqxx::row& row);

/// Inserts or refreshes what is known of these people, but for those whose names were set on
/// purpose (Profiles::save). Locks only the rows it changes, in one order
/// for all, so that transactions with the same people neither wait for each other nor deadlock.
void save_people(pqxx::transaction_base& transaction, const std::vector<Person>& people);

/// Those of the users who are members.
[[nodiscard]] std::vector<std::int64_t> members_among(pqxx::transaction_base& transaction,
                                                      std::uint64_t room_id,
                                                      std::span<const std::int64_t> user_ids);

/// Makes the users members again or for the first time, in both directions.
void save_members(pqxx::transaction_base& transaction, std::uint64_t room_id,
                  const std::vector<std::int64_t>& user_ids, Role role, std::uint64_t joined_seq,
                  std::int64_t added_by);

}  // namespace confab::message_store
