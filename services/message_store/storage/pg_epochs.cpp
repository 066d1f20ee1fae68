#include "message_store/storage/pg_epochs.hpp"

namespace confab::message_store {
namespace {

constexpr auto kSurvey =
    "SELECT pg_is_in_recovery() AS standby, count(*) AS rooms, coalesce(max(epoch), 0) AS latest,"
    " (SELECT count(*) FROM pg_stat_activity WHERE application_name = 'confab-message-store'"
    "  AND datname = current_database() AND pid <> pg_backend_pid()) AS stores "
    "FROM chat.room_heads";

// Locked in the order of their ids, as appends lock them.
constexpr auto kRaise =
    "WITH due AS (SELECT room_id FROM chat.room_heads WHERE room_id > $1"
    " ORDER BY room_id LIMIT $2 FOR UPDATE), "
    "raised AS (UPDATE chat.room_heads h SET epoch = $3 FROM due"
    " WHERE h.room_id = due.room_id AND h.epoch < $3 RETURNING 1) "
    "SELECT max(room_id) AS last, (SELECT count(*) FROM raised) AS raised FROM due";

constexpr auto kRaiseRoom =
    "UPDATE chat.room_heads SET epoch = greatest(epoch + 1, $2) "
    "WHERE room_id = (SELECT room_id FROM chat.gids WHERE gid = $1)";

std::int64_t sql(std::uint64_t value) { return static_cast<std::int64_t>(value); }

}  // namespace

Result<Epochs::Survey> PgEpochs::survey() {
  return pool_.query([](pqxx::nontransaction& transaction) -> Result<Survey> {
    const auto row = transaction.exec1(kSurvey);
    if (row["standby"].as<bool>()) {
      return Error{ErrorCode::invalid_argument,
                   "this PostgreSQL is a standby, or still recovers: promote it first"};
    }
    return Survey{row["rooms"].as<std::uint64_t>(), row["latest"].as<std::uint64_t>(),
                  row["stores"].as<std::uint64_t>()};
  });
}

Result<Epochs::Step> PgEpochs::raise(std::int64_t after, std::size_t limit, std::uint64_t epoch) {
  return pool_.transact([&](pqxx::work& transaction) -> Result<Step> {
    const auto row =
        transaction.exec_params1(kRaise, after, static_cast<std::int64_t>(limit), sql(epoch));
    Step step;
    if (!row["last"].is_null()) step.last_room = row["last"].as<std::int64_t>();
    step.raised = row["raised"].as<std::uint64_t>();
    return step;
  });
}

Result<> PgEpochs::raise_room(const std::string& gid, std::uint64_t epoch) {
  return pool_.transact([&](pqxx::work& transaction) -> Result<> {
    const auto raised = transaction.exec_params(kRaiseRoom, gid, sql(epoch));
    if (raised.affected_rows() == 0) {
      return Error{ErrorCode::room_not_found, "there is no room " + gid};
    }
    return {};
  });
}

}  // namespace confab::message_store
