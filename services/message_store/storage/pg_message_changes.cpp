// The part of PgRoomLog that changes messages: an entry of the log and what it comes to, in one
// transaction under the room's lock.
#include <optional>

#include "message_store/storage/pg_room_log.hpp"
#include "message_store/storage/rows.hpp"

namespace confab::message_store {
namespace {

constexpr auto kLockHead =
    "SELECT gid, epoch, head_seq, head_msg_id, archived, "
    "(extract(epoch FROM date_trunc('milliseconds', now())) * 1000)::bigint AS now_ms "
    "FROM chat.room_heads WHERE room_id = $1 FOR UPDATE";
constexpr auto kRepeatedEdit =
    "SELECT seq, epoch, msg_id, subject_id, "
    "(extract(epoch FROM created_at) * 1000)::bigint AS created_ms "
    "FROM chat.entries WHERE room_id = $1 AND actor_id = $2 AND client_msg_id = $3";
constexpr auto kPlaceOf =
    "SELECT seq, epoch, msg_id, (extract(epoch FROM created_at) * 1000)::bigint AS created_ms "
    "FROM chat.entries WHERE room_id = $1 AND seq = $2";
constexpr auto kRole =
    "SELECT m.role, r.kind FROM chat.members m JOIN chat.rooms r ON r.room_id = m.room_id "
    "WHERE m.room_id = $1 AND m.user_id = $2 AND m.left_seq IS NULL";
constexpr auto kTarget =
    "SELECT t.actor_id, t.msg_id, chat.readable(t.body)->>'reply_to' AS reply_to, "
    "chat.readable(latest.body)->'attributes' AS attributes, "
    "(extract(epoch FROM now() - t.created_at) * 1000)::bigint AS age_ms, "
    "cardinality(s.edit_seqs) AS edits, s.redacted_seq, s.pinned_seq "
    "FROM chat.entries t "
    "LEFT JOIN chat.message_states s ON s.room_id = t.room_id AND s.seq = t.seq "
    "LEFT JOIN chat.entries latest ON latest.room_id = t.room_id "
    "AND latest.seq = coalesce(s.edit_seqs[cardinality(s.edit_seqs)], t.seq) "
    "WHERE t.room_id = $1 AND t.seq = $2 AND t.kind = 1";
constexpr auto kReactionsTo =
    "SELECT max(seq) FILTER (WHERE reaction = $3 AND user_id = $4) AS since_seq, "
    "count(*) FILTER (WHERE reaction = $3) AS of_this_kind, "
    "count(DISTINCT reaction) FILTER (WHERE reaction <> $3) AS other_kinds "
    "FROM chat.reactions WHERE room_id = $1 AND target_seq = $2";
constexpr auto kCountPins =
    "SELECT count(*) FROM chat.message_states WHERE room_id = $1 AND pinned_seq IS NOT NULL";
constexpr auto kIsMessage = "SELECT FROM chat.entries WHERE room_id = $1 AND seq = $2 AND kind = 1";

constexpr auto kInsertEntry =
    "INSERT INTO chat.entries (room_id, seq, epoch, msg_id, kind, actor_id, subject_id, "
    "client_msg_id, body, created_at) "
    "VALUES ($1, $2, $3, $4::uuid, $5, $6, $7, $8, $9, date_trunc('milliseconds', now()))";
constexpr auto kMoveHead =
    "UPDATE chat.room_heads SET head_seq = $2, head_msg_id = $3, changed_seq = $2 "
    "WHERE room_id = $1";
// As an append writes even when all is repeats: the answer is as durable as the first.
constexpr auto kTouchHead = "UPDATE chat.room_heads SET head_seq = head_seq WHERE room_id = $1";
constexpr auto kSaveEdit =
    "INSERT INTO chat.message_states (room_id, seq, edit_seqs) VALUES ($1, $2, ARRAY[$3::bigint]) "
    "ON CONFLICT (room_id, seq) DO UPDATE SET edit_seqs = message_states.edit_seqs || $3::bigint";
constexpr auto kSaveRedaction =
    "INSERT INTO chat.message_states (room_id, seq, redacted_seq) VALUES ($1, $2, $3) "
    "ON CONFLICT (room_id, seq) DO UPDATE SET redacted_seq = $3, pinned_seq = NULL "
    "RETURNING edit_seqs";
constexpr auto kEmptyBody = "UPDATE chat.entries SET body = $3 WHERE room_id = $1 AND seq = $2";
constexpr auto kEmptyBodies =
    "UPDATE chat.entries SET body = $3 WHERE room_id = $1 AND seq = ANY($2::bigint[])";
// Taking the words out waits for a step of the index under way, which may have read them already:
// both lock the room's cursor.
constexpr auto kBeginIndex =
    "INSERT INTO chat.search_cursors (room_id, indexed_seq) VALUES ($1, 0) ON CONFLICT DO NOTHING";
constexpr auto kLockIndex = "SELECT FROM chat.search_cursors WHERE room_id = $1 FOR UPDATE";
constexpr auto kTakeOutOfIndex = "DELETE FROM chat.search WHERE room_id = $1 AND seq = $2";
constexpr auto kForgetReactions =
    "DELETE FROM chat.reactions WHERE room_id = $1 AND target_seq = $2";
constexpr auto kSaveState =
    "INSERT INTO chat.message_states (room_id, seq) VALUES ($1, $2) ON CONFLICT DO NOTHING";
constexpr auto kAddReaction =
    "INSERT INTO chat.reactions (room_id, target_seq, reaction, user_id, seq) "
    "VALUES ($1, $2, $3, $4, $5)";
constexpr auto kRemoveReaction =
    "DELETE FROM chat.reactions WHERE room_id = $1 AND target_seq = $2 AND reaction = $3 "
    "AND user_id = $4";
constexpr auto kSavePin =
    "INSERT INTO chat.message_states (room_id, seq, pinned_seq) VALUES ($1, $2, $3) "
    "ON CONFLICT (room_id, seq) DO UPDATE SET pinned_seq = $3";
constexpr auto kRemovePin =
    "UPDATE chat.message_states SET pinned_seq = NULL WHERE room_id = $1 AND seq = $2";

std::int64_t sql(std::uint64_t value) { return static_cast<std::int64_t>(value); }

std::uint64_t seq_or_0(const pqxx::field& field) {
  return field.is_null() ? 0 : field.as<std::uint64_t>();
}

Appended to_place(const pqxx::row& row) {
  return {row["epoch"].as<std::uint64_t>(), row["seq"].as<std::uint64_t>(), to_uuid(row["msg_id"]),
          row["created_ms"].as<std::int64_t>(), true};
}

/// One change of a message of a locked room.
class Changing {
 public:
  Changing(pqxx::work& transaction, const MessageChange& change, const pqxx::row& head,
           const StoreLimits& limits)
      : transaction_(transaction),
        change_(change),
        head_(head),
        head_seq_(head["head_seq"].as<std::uint64_t>()),
        room_(sql(change.room_id)),
        target_(sql(change.target_seq)),
        limits_(limits) {}

  [[nodiscard]] Result<ChangeOutcome> run() {
    if (const auto first = repeated()) return *first;
    load_facts();
    const auto changes = judge(change_, facts_, limits_);
    if (!changes) return changes.error();
    ChangeOutcome outcome;
    if (*changes) {
      add_entry();
      std::visit([this](const auto& what) { save(what); }, change_.what);
      outcome.place = Appended{entry_.epoch, entry_.seq, entry_.msg_id, entry_.created_ms, false};
      outcome.entry = std::move(entry_);
    } else {
      transaction_.exec_params0(kTouchHead, room_);
      if (facts_.since_seq > 0) {
        outcome.place = to_place(transaction_.exec_params1(kPlaceOf, room_, sql(facts_.since_seq)));
      }
    }
    return outcome;
  }

 private:
  [[nodiscard]] std::optional<Result<ChangeOutcome>> repeated() {
    const auto id = stored_client_msg_id(change_);
    if (id.empty()) return std::nullopt;
    const auto found = transaction_.exec_params(kRepeatedEdit, room_, change_.actor.id, id);
    if (found.empty()) return std::nullopt;
    if (found[0]["subject_id"].as<std::uint64_t>() != change_.target_seq) {
      return Error{ErrorCode::already_exists, "client_msg_id is of an edit of another message"};
    }
    transaction_.exec_params0(kTouchHead, room_);
    ChangeOutcome outcome;
    outcome.place = to_place(found[0]);
    return outcome;
  }

  void load_facts() {
    const auto roles = transaction_.exec_params(kRole, room_, change_.actor.id);
    if (!roles.empty()) {
      facts_.actor = static_cast<Role>(roles[0]["role"].as<int>());
      facts_.room_kind = static_cast<RoomKind>(roles[0]["kind"].as<int>());
    }
    facts_.archived = head_["archived"].as<bool>();
    // A client's number may be any, also past what bigint holds.
    if (change_.target_seq > head_seq_) return;
    const auto targets = transaction_.exec_params(kTarget, room_, target_);
    if (targets.empty()) return;
    const auto target = targets[0];
    facts_.exists = true;
    facts_.sender_id = target["actor_id"].as<std::int64_t>();
    facts_.msg_id = to_uuid(target["msg_id"]);
    facts_.age = std::chrono::milliseconds(target["age_ms"].as<std::int64_t>());
    facts_.reply_to = seq_or_0(target["reply_to"]);
    facts_.edits = seq_or_0(target["edits"]);
    facts_.redacted = !target["redacted_seq"].is_null();
    if (!target["attributes"].is_null()) {
      facts_.attributes = target["attributes"].as<std::string>();
    }
    std::visit([&](const auto& what) { load(what, target); }, change_.what);
  }
  void load(const Edit& /*edit*/, const pqxx::row& /*target*/) {}
  void load(const Redact& /*redact*/, const pqxx::row& target) {
    facts_.since_seq = seq_or_0(target["redacted_seq"]);
  }
  void load(const React& react, const pqxx::row& /*target*/) {
    const auto row =
        transaction_.exec_params1(kReactionsTo, room_, target_, react.reaction, change_.actor.id);
    facts_.since_seq = seq_or_0(row["since_seq"]);
    facts_.of_this_kind = row["of_this_kind"].as<std::size_t>();
    facts_.other_kinds = row["other_kinds"].as<std::size_t>();
  }
  void load(const Pin& /*pin*/, const pqxx::row& target) {
    facts_.since_seq = seq_or_0(target["pinned_seq"]);
    facts_.pins = transaction_.exec_params1(kCountPins, room_)[0].as<std::size_t>();
  }

  void add_entry() {
    std::vector<std::int64_t> mentioned;
    if (const auto* edit = std::get_if<Edit>(&change_.what)) {
      for (const auto& person : edit->mentions) mentioned.push_back(person.id);
    }
    entry_.room_id = change_.room_id;
    entry_.gid = head_["gid"].as<std::string>();
    entry_.epoch = head_["epoch"].as<std::uint64_t>();
    entry_.seq = head_seq_ + 1;
    entry_.msg_id = change_.msg_id;
    entry_.prev_check = to_check(head_["head_msg_id"]);
    entry_.kind = kind_of(change_);
    entry_.actor_id = change_.actor.id;
    entry_.target_seq = change_.target_seq;
    entry_.client_msg_id = stored_client_msg_id(change_);
    if (entry_.client_msg_id.empty()) entry_.client_msg_id = change_.msg_id.text();
    entry_.body =
        change_body(change_, facts_, members_among(transaction_, change_.room_id, mentioned));
    entry_.created_ms = head_["now_ms"].as<std::int64_t>();
    transaction_.exec_params0(kInsertEntry, room_, sql(entry_.seq), sql(entry_.epoch),
                              entry_.msg_id.text(), static_cast<int>(entry_.kind), entry_.actor_id,
                              target_, entry_.client_msg_id, entry_.body);
    transaction_.exec_params0(kMoveHead, room_, sql(entry_.seq), entry_.msg_id.text());
  }

  void save(const Edit& /*edit*/) {
    transaction_.exec_params0(kSaveEdit, room_, target_, sql(entry_.seq));
  }
  void save(const Redact& /*redact*/) {
    const auto edits = transaction_.exec_params1(kSaveRedaction, room_, target_, sql(entry_.seq));
    const auto bodies = redacted_bodies(change_, facts_, entry_.seq, entry_.created_ms);
    transaction_.exec_params0(kEmptyBody, room_, target_, bodies.message);
    transaction_.exec_params0(kEmptyBodies, room_, edits[0].c_str(), bodies.edit);
    transaction_.exec_params0(kForgetReactions, room_, target_);
    transaction_.exec_params0(kBeginIndex, room_);
    transaction_.exec_params1(kLockIndex, room_);
    transaction_.exec_params0(kTakeOutOfIndex, room_, target_);
  }
  void save(const React& react) {
    if (react.remove) {
      transaction_.exec_params0(kRemoveReaction, room_, target_, react.reaction, change_.actor.id);
    } else {
      transaction_.exec_params0(kSaveState, room_, target_);
      transaction_.exec_params0(kAddReaction, room_, target_, react.reaction, change_.actor.id,
                                sql(entry_.seq));
    }
  }
  void save(const Pin& pin) {
    if (pin.pinned) {
      transaction_.exec_params0(kSavePin, room_, target_, sql(entry_.seq));
    } else {
      transaction_.exec_params0(kRemovePin, room_, target_);
    }
  }

  pqxx::work& transaction_;
  const MessageChange& change_;
  const pqxx::row head_;
  const std::uint64_t head_seq_;
  const std::int64_t room_;
  const std::int64_t target_;
  const StoreLimits& limits_;
  MessageFacts facts_;
  Entry entry_;
};

}  // namespace

Result<ChangeOutcome> PgRoomLog::change(const MessageChange& change) {
  auto outcome = writes_.transact([&](pqxx::work& transaction) -> Result<ChangeOutcome> {
    const auto heads = transaction.exec_params(kLockHead, sql(change.room_id));
    if (heads.empty()) return Error{ErrorCode::room_not_found, "there is no such room"};
    return Changing(transaction, change, heads[0], limits_).run();
  });
  if (outcome && outcome->entry) {
    const auto& entry = *outcome->entry;
    known_.remember(change.room_id, {entry.epoch, entry.seq, entry.gid, entry.msg_id});
  }
  return outcome;
}

Result<References> PgRoomLog::look_up(std::uint64_t room_id, std::uint64_t reply_to,
                                      std::span<const std::int64_t> user_ids) {
  // With the connections of sends, which no storm of reads holds up.
  return writes_.query([&](pqxx::nontransaction& transaction) -> Result<References> {
    References found;
    found.members = members_among(transaction, room_id, user_ids);
    found.reply_to_exists =
        reply_to > 0 && reply_to <= static_cast<std::uint64_t>(INT64_MAX) &&
        !transaction.exec_params(kIsMessage, sql(room_id), sql(reply_to)).empty();
    return found;
  });
}

}  // namespace confab::message_store
