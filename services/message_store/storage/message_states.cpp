#include "message_store/storage/message_states.hpp"

#include "common/postgres/pool.hpp"
#include "message_store/storage/rows.hpp"

namespace confab::message_store {
namespace {

// A redacted message's own entry tells all there is to tell.
std::string select_states() {
  return "SELECT s.seq, s.pinned_seq IS NOT NULL AS pinned, e.seq AS edit_seq, " + body_of("e") +
         " AS edit_body, (extract(epoch FROM e.created_at) * 1000)::bigint AS edited_ms "
         "FROM chat.message_states s LEFT JOIN chat.entries e "
         "ON e.room_id = s.room_id AND e.seq = s.edit_seqs[cardinality(s.edit_seqs)] "
         "WHERE s.room_id = $1 AND s.seq = ANY($2::bigint[]) AND s.redacted_seq IS NULL "
         "ORDER BY s.seq";
}
constexpr auto kReactions =
    "SELECT target_seq, reaction, count(*) AS users, "
    "(array_agg(user_id ORDER BY seq))[1:50] AS user_ids FROM chat.reactions "
    "WHERE room_id = $1 AND target_seq = ANY($2::bigint[]) "
    "GROUP BY target_seq, reaction ORDER BY target_seq, min(seq)";
static_assert(kMaxNamedReactors == 50);

using Seqs = std::vector<std::int64_t>;

std::vector<std::int64_t> to_ids(const pqxx::field& field) {
  std::vector<std::int64_t> ids;
  auto items = field.as_array();
  for (auto item = items.get_next(); item.first != pqxx::array_parser::done;
       item = items.get_next()) {
    if (item.first == pqxx::array_parser::string_value) ids.push_back(std::stoll(item.second));
  }
  return ids;
}

void read_reactions(pqxx::transaction_base& transaction, std::int64_t room_id,
                    std::vector<MessageState>& states) {
  Seqs seqs;
  for (const auto& state : states) seqs.push_back(static_cast<std::int64_t>(state.seq));
  auto state = states.begin();
  for (const auto& row :
       transaction.exec_params(kReactions, room_id, postgres::array_literal(seqs))) {
    const auto target = row["target_seq"].as<std::uint64_t>();
    while (state->seq != target) ++state;
    state->reactions.push_back({row["reaction"].as<std::string>(), row["users"].as<std::uint64_t>(),
                                to_ids(row["user_ids"])});
  }
}

}  // namespace

std::vector<MessageState> read_states(pqxx::transaction_base& transaction, std::uint64_t room_id,
                                      std::span<const Entry> entries) {
  Seqs seqs;
  for (const auto& entry : entries) {
    if (entry.kind == EntryKind::message) seqs.push_back(static_cast<std::int64_t>(entry.seq));
  }
  std::vector<MessageState> states;
  if (seqs.empty()) return states;
  const auto room = static_cast<std::int64_t>(room_id);
  for (const auto& row :
       transaction.exec_params(select_states(), room, postgres::array_literal(seqs))) {
    auto& state = states.emplace_back();
    state.seq = row["seq"].as<std::uint64_t>();
    state.pinned = row["pinned"].as<bool>();
    if (row["edit_seq"].is_null()) continue;
    state.edit_seq = row["edit_seq"].as<std::uint64_t>();
    state.edited_ms = row["edited_ms"].as<std::int64_t>();
    state.edit_body = row["edit_body"].as<std::string>();
  }
  if (!states.empty()) read_reactions(transaction, room, states);
  return states;
}

}  // namespace confab::message_store
