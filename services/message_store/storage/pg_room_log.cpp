#include "message_store/storage/pg_room_log.hpp"

#include <algorithm>

#include "message_store/storage/message_states.hpp"
#include "message_store/storage/rows.hpp"

namespace confab::message_store {
namespace {

constexpr auto kHead =
    "SELECT room_id, gid, epoch, head_seq, head_msg_id, changed_seq FROM chat.room_heads "
    "WHERE room_id = $1";
constexpr auto kHeads =
    "SELECT room_id, gid, epoch, head_seq, head_msg_id FROM chat.room_heads "
    "WHERE room_id = ANY($1::bigint[])";
constexpr auto kIsMember =
    "SELECT FROM chat.members WHERE room_id = $1 AND user_id = $2 AND left_seq IS NULL";

// One more than asked for tells whether there are others, and one below links the first entry.
constexpr auto kUpward =
    "WHERE e.room_id = $1 AND e.seq >= $2 AND e.seq <= $3 ORDER BY e.seq LIMIT $4";
constexpr auto kDownward = "WHERE e.room_id = $1 AND e.seq < $2 ORDER BY e.seq DESC LIMIT $3";
constexpr auto kUpwardFolded =
    "WHERE e.room_id = $1 AND e.seq >= $2 AND e.seq <= $3 AND e.kind NOT IN (4, 5, 6, 7) "
    "ORDER BY e.seq LIMIT $4";
constexpr auto kDownwardFolded =
    "WHERE e.room_id = $1 AND e.seq < $2 AND e.kind NOT IN (4, 5, 6, 7) "
    "ORDER BY e.seq DESC LIMIT $3";
constexpr auto kPinned =
    "JOIN chat.message_states s ON s.room_id = e.room_id AND s.seq = e.seq "
    "WHERE e.room_id = $1 AND s.room_id = $1 AND s.pinned_seq IS NOT NULL "
    "ORDER BY s.pinned_seq DESC";

std::int64_t sql(std::uint64_t value) { return static_cast<std::int64_t>(value); }

Head to_head(const pqxx::row& row) {
  return {row["room_id"].as<std::uint64_t>(), row["epoch"].as<std::uint64_t>(),
          row["head_seq"].as<std::uint64_t>(), to_check(row["head_msg_id"])};
}

/// The room's head, for a reader who may see its log.
Result<pqxx::row> head_for(pqxx::transaction_base& transaction, std::uint64_t room_id,
                           std::int64_t reader_id) {
  const auto heads = transaction.exec_params(kHead, sql(room_id));
  if (heads.empty()) return Error{ErrorCode::room_not_found, "there is no such room"};
  if (reader_id != 0 && transaction.exec_params(kIsMember, sql(room_id), reader_id).empty()) {
    return Error{ErrorCode::not_a_member, "you are not a member of the room"};
  }
  return heads[0];
}

/// One more entry than asked for in the reading direction and, unless it is folded away, the one
/// just below the page.
std::vector<Entry> read_entries(pqxx::transaction_base& transaction, const pqxx::row& head,
                                const LogRange& range, bool folded) {
  const auto room_id = head["room_id"].as<std::uint64_t>();
  const auto limit = static_cast<std::int64_t>(range.limit);
  const auto after_head = head["head_seq"].as<std::uint64_t>() + 1;
  // A client's number may be any: past the end, and past what bigint holds.
  const auto end = range.before > 0 ? std::min(range.before, after_head) : after_head;
  const auto begin = std::min(range.after, after_head);
  const auto rows =
      range.upward() ? transaction.exec_params(select_entries(folded ? kUpwardFolded : kUpward),
                                               sql(room_id), sql(begin), sql(end) - 1, limit + 2)
                     : transaction.exec_params(select_entries(folded ? kDownwardFolded : kDownward),
                                               sql(room_id), sql(end), limit + 1);
  std::vector<Entry> found;
  const auto gid = head["gid"].as<std::string>();
  for (const auto& row : rows) found.push_back(to_entry(room_id, gid, row));
  if (!range.upward()) std::reverse(found.begin(), found.end());
  return found;
}

/// The page of what read_entries() has found.
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
  if (!range.folded) link_entries(found, check);
  page.entries = std::move(found);
}

}  // namespace

Result<LogPage> PgRoomLog::read(std::uint64_t room_id, std::int64_t reader_id,
                                const LogRange& range) {
  return reads_.snapshot([&](postgres::Pool::Snapshot& transaction) -> Result<LogPage> {
    const auto head = head_for(transaction, room_id, reader_id);
    if (!head) return head.error();
    LogPage page;
    page.head = to_head(*head);
    const bool was_changed = (*head)["changed_seq"].as<std::uint64_t>() > 0;
    const bool folded = range.folded && was_changed;
    fill_page(page, read_entries(transaction, *head, range, folded), range);
    if (folded) page.states = read_states(transaction, room_id, page.entries);
    return page;
  });
}

Result<LogPage> PgRoomLog::pins(std::uint64_t room_id, std::int64_t reader_id) {
  return reads_.snapshot([&](postgres::Pool::Snapshot& transaction) -> Result<LogPage> {
    const auto head = head_for(transaction, room_id, reader_id);
    if (!head) return head.error();
    LogPage page;
    page.head = to_head(*head);
    const auto gid = (*head)["gid"].as<std::string>();
    for (const auto& row : transaction.exec_params(select_entries(kPinned), sql(room_id))) {
      page.entries.push_back(to_entry(room_id, gid, row));
    }
    page.states = read_states(transaction, room_id, page.entries);
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
