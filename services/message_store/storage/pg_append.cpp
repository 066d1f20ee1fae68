// The half of PgRoomLog that every message goes through.
#include "message_store/storage/append_answer.hpp"
#include "message_store/storage/append_question.hpp"
#include "message_store/storage/pg_blocks.hpp"
#include "message_store/storage/pg_room_log.hpp"
#include "message_store/storage/rows.hpp"

namespace confab::message_store {
namespace {

using Outcomes = std::vector<Result<AppendOutcome>>;

// Plans that do not depend on what the statistics say, nor on the numbers of one batch: every look
// at a table is one into an index.
constexpr auto kSession =
    "SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; SET enable_hashjoin = off;"
    " SET enable_mergejoin = off; SET enable_bitmapscan = off; SET jit = off";

constexpr auto kAppend =
    "SELECT heads, epochs, gids, head_msg_ids, created_at, odd_items, odd_seqs, odd_epochs, "
    "odd_msg_ids, odd_created_at FROM chat.append($1, $2, $3, $4, $5, $6, $7, $8, $9)";

// For rooms whose ends are known, and new messages of members: about half the work of chat.append.
// Every change of a room moves its head. So if a head is as expected once it is locked, nothing was
// committed to the room since it was last seen, which was before this statement began: what the
// statement sees of members is the truth. Anything else undoes the statement: a head that has
// moved, a sender who may not write, or, by the unique index, a repeat.
constexpr auto kAppendToKnown =
    "WITH moved AS ("
    " UPDATE chat.room_heads h SET head_seq = r.new_head, head_msg_id = r.last_msg_id"
    " FROM unnest($1::bigint[], $2::bigint[], $3::uuid[], $4::bigint[], $5::bigint[], $6::uuid[])"
    " AS r (room_id, old_head, old_msg_id, new_head, epoch, last_msg_id)"
    " WHERE h.room_id = r.room_id AND h.head_seq = r.old_head AND h.epoch = r.epoch"
    " AND NOT h.archived"
    " AND coalesce(h.head_msg_id, '00000000-0000-0000-0000-000000000000') = r.old_msg_id RETURNING "
    "1"
    "), added AS ("
    " INSERT INTO chat.entries (room_id, seq, epoch, msg_id, kind, actor_id, client_msg_id, body,"
    " created_at)"
    " SELECT i.room_id, i.seq, i.epoch, i.msg_id, 1, i.actor_id, i.client_msg_id, i.body::json,"
    " (SELECT date_trunc('milliseconds', now()))"
    " FROM unnest($7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[], $11::text[],"
    " $12::uuid[], $13::text[]) AS i (room_id, seq, epoch, actor_id, client_msg_id, msg_id, body)"
    " WHERE (SELECT true FROM chat.members m WHERE m.room_id = i.room_id"
    " AND m.user_id = i.actor_id AND m.left_seq IS NULL AND m.role < 4) RETURNING 1"
    ") SELECT date_trunc('milliseconds', now()),"
    " chat.demand((SELECT count(*) FROM moved) = cardinality($1)"
    " AND (SELECT count(*) FROM added) = cardinality($7))";

// The same for a single message, as most are when few come: without arrays it is another half of
// the work. It writes nothing and answers nothing if anything is not as usual, but for a repeat.
constexpr auto kAppendOne =
    "WITH moved AS ("
    " UPDATE chat.room_heads SET head_seq = $3, head_msg_id = $6"
    " WHERE room_id = $1 AND head_seq = $2 AND epoch = $4 AND NOT archived"
    " AND coalesce(head_msg_id, '00000000-0000-0000-0000-000000000000') = $5"
    " AND (SELECT true FROM chat.members m WHERE m.room_id = $1 AND m.user_id = $7"
    " AND m.left_seq IS NULL AND m.role < 4) RETURNING 1"
    ") INSERT INTO chat.entries (room_id, seq, epoch, msg_id, kind, actor_id, client_msg_id, body,"
    " created_at) SELECT $1, $3, $4, $6, 1, $7, $8, $9, date_trunc('milliseconds', now())"
    " FROM moved RETURNING created_at";

// Rooms are seldom held for longer, and the other statement deals with those that are.
constexpr std::chrono::milliseconds kShortWait{20};

postgres::PoolOptions with_short_wait(postgres::PoolOptions options) {
  options.lock_timeout = std::min(options.lock_timeout, kShortWait);
  return options;
}

Entry to_stored(std::uint64_t room_id, const KnownHead& head, const Draft& draft,
                const Appended& place) {
  Entry entry;
  entry.room_id = room_id;
  entry.gid = head.gid;
  entry.epoch = place.epoch;
  entry.seq = place.seq;
  entry.msg_id = draft.msg_id;
  entry.actor_id = draft.sender_id;
  entry.client_msg_id = draft.client_msg_id;
  entry.body = draft.body;
  entry.created_ms = place.created_ms;
  return entry;
}

/// Gives a room's drafts the places after `head`, but for what `odd` has an answer to.
template <typename Odd>
AppendOutcome outcome_of(const RoomDrafts& room, const std::vector<std::size_t>& firsts,
                         const KnownHead& head, std::int64_t created_ms, Odd odd) {
  AppendOutcome out;
  out.results.reserve(firsts.size());
  out.stored.reserve(firsts.size());
  auto seq = head.seq;
  for (std::size_t i = 0; i < firsts.size(); ++i) {
    if (firsts[i] != i) {
      auto first = out.results[firsts[i]];
      if (first) first->repeat = true;
      out.results.push_back(std::move(first));
    } else if (std::optional<Result<Appended>> other = odd()) {
      out.results.push_back(std::move(*other));
    } else {
      const auto& draft = room.drafts[i];
      const Appended place{head.epoch, ++seq, draft.msg_id, created_ms, false};
      out.stored.push_back(to_stored(room.room_id, head, draft, place));
      out.results.emplace_back(place);
    }
  }
  link_entries(out.stored, head.check());
  return out;
}

}  // namespace

PgRoomLog::PgRoomLog(postgres::Pool& writes, postgres::Pool& reads, const StoreLimits& limits)
    : writes_(writes),
      reads_(reads),
      limits_(limits),
      append_(writes.options(), kSession, kAppend),
      append_to_known_(with_short_wait(writes.options()), kSession, kAppendToKnown),
      append_one_(with_short_wait(writes.options()), kSession, kAppendOne) {}

Result<Outcomes> PgRoomLog::append_all(std::span<const RoomDrafts> rooms) {
  const AppendQuestion question(rooms);
  if (const auto heads = known_.find(rooms)) {
    auto outcomes = append_to_known(rooms, question, *heads);
    // Undone: the other statement finds out why.
    if (outcomes || outcomes.error().code == ErrorCode::unknown_outcome) return outcomes;
  }
  const auto row = append_.execute(question.for_append());
  if (!row) return row.error();
  AppendAnswer answer(*row);
  Outcomes outcomes;
  outcomes.reserve(rooms.size());
  for (std::size_t i = 0; i < rooms.size(); ++i) {
    const auto& firsts = question.firsts(i);
    auto head = answer.next_room();
    auto outcome = outcome_of(rooms[i], firsts, head ? *head : KnownHead{}, answer.created_ms(),
                              [&] { return answer.next_item(); });
    if (head) {
      known_.remember(rooms[i].room_id, std::move(*head), outcome);
      outcomes.emplace_back(std::move(outcome));
    } else {
      outcomes.emplace_back(head.error());
    }
  }
  name_blocks(writes_, rooms, outcomes);
  return outcomes;
}

Result<Outcomes> PgRoomLog::append_to_known(std::span<const RoomDrafts> rooms,
                                            const AppendQuestion& question,
                                            std::span<const KnownHead> heads) {
  const bool is_one = rooms.size() == 1 && rooms[0].drafts.size() == 1;
  const auto row = is_one ? append_one(rooms[0].room_id, rooms[0].drafts[0], heads[0])
                          : append_to_known_.execute(question.for_known({rooms, question, heads}));
  if (!row) {
    for (const auto& room : rooms) known_.forget(room.room_id);
    return row.error();
  }
  const auto created_ms = postgres::to_unix_ms(row->column(0));
  Outcomes outcomes;
  outcomes.reserve(rooms.size());
  for (std::size_t i = 0; i < rooms.size(); ++i) {
    auto outcome =
        outcome_of(rooms[i], question.firsts(i), heads[i], created_ms, [] { return std::nullopt; });
    known_.remember(rooms[i].room_id, heads[i], outcome);
    outcomes.emplace_back(std::move(outcome));
  }
  return outcomes;
}

Result<postgres::Row> PgRoomLog::append_one(std::uint64_t room_id, const Draft& draft,
                                            const KnownHead& head) {
  using Bigint = postgres::BigintParameter;
  const Bigint room(static_cast<std::int64_t>(room_id));
  const Bigint seq(static_cast<std::int64_t>(head.seq));
  const Bigint next_seq(static_cast<std::int64_t>(head.seq + 1));
  const Bigint epoch(static_cast<std::int64_t>(head.epoch));
  const Bigint sender(draft.sender_id);
  const std::array<std::string_view, 9> parameters{
      room.bytes(),        seq.bytes(),    next_seq.bytes(),    epoch.bytes(), head.msg_id.view(),
      draft.msg_id.view(), sender.bytes(), draft.client_msg_id, draft.body};
  auto row = append_one_.execute(parameters);
  if (row && !row->is_there()) {
    return Error{ErrorCode::unavailable, "the room is not as expected"};
  }
  return row;
}

}  // namespace confab::message_store
