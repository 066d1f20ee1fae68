#include "message_store/storage/pg_room_log.hpp"

#include <algorithm>

#include "message_store/storage/rows.hpp"

namespace confab::message_store {
namespace {

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
  link_entries(found, check);
  page.entries = std::move(found);
}

}  // namespace

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
