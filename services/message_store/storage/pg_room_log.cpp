#include "message_store/storage/pg_room_log.hpp"

#include <algorithm>

#include "message_store/storage/rows.hpp"

namespace confab::message_store {
namespace {

constexpr auto kAppend =
    "SELECT item, seq, msg_id, (extract(epoch FROM created_at) * 1000)::bigint AS created_ms, "
    "gid, epoch, head_seq, head_msg_id "
    "FROM chat.append($1, $2::bigint[], $3::text[], $4::uuid[], $5::text[])";
constexpr auto kHead =
    "SELECT room_id, gid, epoch, head_seq, head_msg_id FROM chat.room_heads WHERE room_id = $1";
constexpr auto kHeads =
    "SELECT room_id, gid, epoch, head_seq, head_msg_id FROM chat.room_heads "
    "WHERE room_id = ANY($1::bigint[])";
constexpr auto kIsMember =
    "SELECT FROM chat.members WHERE room_id = $1 AND user_id = $2 AND left_seq IS NULL";

// One more than asked for tells whether there are others, and one below links the first entry.
constexpr auto kEntriesUpward =
    "SELECT seq, epoch, msg_id, kind, actor_id, subject_id, client_msg_id, body, "
    "(extract(epoch FROM created_at) * 1000)::bigint AS created_ms FROM chat.entries "
    "WHERE room_id = $1 AND seq >= $2 AND seq <= $3 ORDER BY seq LIMIT $4";
constexpr auto kEntriesDownward =
    "SELECT seq, epoch, msg_id, kind, actor_id, subject_id, client_msg_id, body, "
    "(extract(epoch FROM created_at) * 1000)::bigint AS created_ms FROM chat.entries "
    "WHERE room_id = $1 AND seq < $2 ORDER BY seq DESC LIMIT $3";

std::int64_t sql(std::uint64_t value) { return static_cast<std::int64_t>(value); }

Head to_head(const pqxx::row& row) {
  return {row["room_id"].as<std::uint64_t>(), row["epoch"].as<std::uint64_t>(),
          row["head_seq"].as<std::uint64_t>(), to_check(row["head_msg_id"])};
}

Error no_room() { return {ErrorCode::room_not_found, "there is no such room"}; }

/// The drafts' columns as array parameters.
struct Columns {
  std::vector<std::int64_t> actors;
  std::vector<std::string> client_msg_ids;
  std::vector<std::string> msg_ids;
  std::vector<std::string> bodies;

  explicit Columns(std::span<const Draft> drafts) {
    for (const auto& draft : drafts) {
      actors.push_back(draft.sender_id);
      client_msg_ids.push_back(draft.client_msg_id);
      msg_ids.push_back(draft.msg_id.text());
      bodies.push_back(draft.body);
    }
  }
};

/// The entry a draft became, without its link to the one before.
Entry to_stored(std::uint64_t room_id, const Draft& draft, const pqxx::row& row) {
  Entry entry;
  entry.room_id = room_id;
  entry.gid = row["gid"].as<std::string>();
  entry.epoch = row["epoch"].as<std::uint64_t>();
  entry.seq = row["seq"].as<std::uint64_t>();
  entry.msg_id = draft.msg_id;
  entry.actor_id = draft.sender_id;
  entry.client_msg_id = draft.client_msg_id;
  entry.body = draft.body;
  entry.created_ms = row["created_ms"].as<std::int64_t>();
  return entry;
}

/// Links each entry to the one before it; `check` is that of the entry before the first.
void link(std::vector<Entry>& entries, std::string check) {
  for (auto& entry : entries) {
    entry.prev_check = std::exchange(check, entry.msg_id.bytes().substr(0, kCheckBytes));
  }
}

AppendOutcome to_outcome(std::uint64_t room_id, std::span<const Draft> drafts,
                         const pqxx::result& rows) {
  AppendOutcome outcome;
  const auto old_head = rows[0]["head_seq"].as<std::uint64_t>();
  for (std::size_t i = 0; i < drafts.size(); ++i) {
    const auto& row = rows[static_cast<pqxx::result::size_type>(i)];
    if (row["seq"].is_null()) {
      outcome.results.emplace_back(
          Error{ErrorCode::not_a_member, "you are not a member of the room"});
      continue;
    }
    const auto msg_id = to_uuid(row["msg_id"]);
    const bool repeat = msg_id != drafts[i].msg_id;
    outcome.results.emplace_back(Appended{row["epoch"].as<std::uint64_t>(),
                                          row["seq"].as<std::uint64_t>(), msg_id,
                                          row["created_ms"].as<std::int64_t>(), repeat});
    if (!repeat && row["seq"].as<std::uint64_t>() > old_head) {
      outcome.stored.push_back(to_stored(room_id, drafts[i], row));
    }
  }
  link(outcome.stored, to_check(rows[0]["head_msg_id"]));
  return outcome;
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
  entry.subject_id = row["subject_id"].as<std::int64_t>();
  entry.client_msg_id = row["client_msg_id"].as<std::string>();
  entry.body = row["body"].as<std::string>();
  entry.created_ms = row["created_ms"].as<std::int64_t>();
  return entry;
}

/// The page, given one more entry than asked for in the reading direction and, where there is one,
/// the entry just below the page.
void fill_page(LogPage& page, std::vector<Entry> found, const LogRange& range) {
  std::string check;
  if (range.upward()) {
    if (!found.empty() && found.front().seq == range.after) {
      check = found.front().msg_id.bytes().substr(0, kCheckBytes);
      found.erase(found.begin());
    }
    page.more = found.size() > range.limit;
    if (page.more) found.resize(range.limit);
  } else {
    page.more = found.size() > range.limit;
    if (page.more) {
      check = found.front().msg_id.bytes().substr(0, kCheckBytes);
      found.erase(found.begin());
    }
  }
  link(found, check);
  page.entries = std::move(found);
}

}  // namespace

Result<AppendOutcome> PgRoomLog::append(std::uint64_t room_id, std::span<const Draft> drafts) {
  return writes_.execute([&](pqxx::nontransaction& transaction) -> Result<AppendOutcome> {
    const Columns columns(drafts);
    const auto rows = transaction.exec_params(
        kAppend, sql(room_id), postgres::array_literal(columns.actors),
        postgres::array_literal(columns.client_msg_ids), postgres::array_literal(columns.msg_ids),
        postgres::array_literal(columns.bodies));
    if (rows.empty()) return no_room();
    return to_outcome(room_id, drafts, rows);
  });
}

Result<LogPage> PgRoomLog::read(std::uint64_t room_id, std::int64_t reader_id,
                                const LogRange& range) {
  return reads_.transact([&](pqxx::work& transaction) -> Result<LogPage> {
    const auto heads = transaction.exec_params(kHead, sql(room_id));
    if (heads.empty()) return no_room();
    if (reader_id != 0 && transaction.exec_params(kIsMember, sql(room_id), reader_id).empty()) {
      return Error{ErrorCode::not_a_member, "you are not a member of the room"};
    }
    LogPage page;
    page.head = to_head(heads[0]);
    const auto limit = static_cast<std::int64_t>(range.limit);
    // What was committed after the head was read belongs to the next page.
    const auto end =
        range.before > 0 ? std::min(range.before, page.head.seq + 1) : page.head.seq + 1;
    // A client's number may be any: past the end, and past what bigint holds.
    const auto begin = std::min(range.after, page.head.seq + 1);
    const auto rows = range.upward() ? transaction.exec_params(kEntriesUpward, sql(room_id),
                                                               sql(begin), sql(end - 1), limit + 2)
                                     : transaction.exec_params(kEntriesDownward, sql(room_id),
                                                               sql(end), limit + 1);
    const auto gid = heads[0]["gid"].as<std::string>();
    std::vector<Entry> found;
    for (const auto& row : rows) found.push_back(to_entry(room_id, gid, row));
    if (!range.upward()) std::reverse(found.begin(), found.end());
    fill_page(page, std::move(found), range);
    return page;
  });
}

Result<std::vector<Head>> PgRoomLog::heads(std::span<const std::uint64_t> rooms) {
  return reads_.query([&](pqxx::nontransaction& transaction) -> Result<std::vector<Head>> {
    std::vector<std::int64_t> ids(rooms.begin(), rooms.end());
    std::vector<Head> found;
    for (const auto& row : transaction.exec_params(kHeads, postgres::array_literal(ids))) {
      found.push_back(to_head(row));
    }
    return found;
  });
}

}  // namespace confab::message_store
