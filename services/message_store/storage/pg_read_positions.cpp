#include "message_store/storage/pg_read_positions.hpp"

#include <algorithm>
#include <map>
#include <numeric>

#include "message_store/storage/pg_rooms.hpp"
#include "message_store/storage/rows.hpp"

namespace confab::message_store {
namespace {

constexpr auto kHeads =
    "SELECT room_id, gid, head_seq FROM chat.room_heads WHERE room_id = ANY($1::bigint[])";
// The rows in one order for all, so that two calls with the same rows wait and do not deadlock;
// only those that move, so that nothing is written for a position that is known.
constexpr auto kMove =
    "WITH wanted AS ("
    " SELECT w.* FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS w (user_id, room_id, seq)"
    "), moving AS ("
    " SELECT u.user_id, u.room_id, w.seq FROM wanted w JOIN chat.user_rooms u"
    " ON u.user_id = w.user_id AND u.room_id = w.room_id WHERE u.last_read_seq < w.seq"
    " ORDER BY u.user_id, u.room_id FOR UPDATE OF u"
    ") UPDATE chat.user_rooms u SET last_read_seq = m.seq, counted_seq = m.seq, unread = 0"
    " FROM moving m WHERE u.user_id = m.user_id AND u.room_id = m.room_id"
    " AND u.last_read_seq < m.seq RETURNING u.user_id, u.room_id";
constexpr auto kPositions =
    "SELECT u.user_id, u.room_id, u.last_read_seq FROM unnest($1::bigint[], $2::bigint[]) "
    "AS w (user_id, room_id) JOIN chat.user_rooms u "
    "ON u.user_id = w.user_id AND u.room_id = w.room_id";
constexpr auto kMembers =
    "SELECT user_id FROM chat.members WHERE room_id = $1 AND user_id > $2 AND left_seq IS NULL "
    "ORDER BY user_id LIMIT $3";
constexpr auto kReaders =
    "SELECT user_id, last_read_seq FROM chat.user_rooms WHERE user_id = ANY($1::bigint[]) "
    "AND room_id = $2 AND last_read_seq >= $3 ORDER BY user_id";
constexpr auto kFindMessage =
    "SELECT epoch, seq, msg_id, (extract(epoch FROM created_at) * 1000)::bigint AS created_ms "
    "FROM chat.entries WHERE room_id = $1 AND actor_id = $2 AND client_msg_id = $3 AND kind = 1";

using Ids = std::vector<std::int64_t>;
using Place = std::pair<std::int64_t, std::uint64_t>;  // User and room.

std::int64_t sql(std::uint64_t value) { return static_cast<std::int64_t>(value); }

struct RoomEnd {
  std::string gid;
  std::uint64_t head = 0;
};

std::map<std::uint64_t, RoomEnd> ends_of(pqxx::transaction_base& transaction,
                                         std::span<const ReadMark> marks) {
  Ids rooms;
  for (const auto& mark : marks) rooms.push_back(sql(mark.room_id));
  std::map<std::uint64_t, RoomEnd> ends;
  for (const auto& row : transaction.exec_params(kHeads, postgres::array_literal(rooms))) {
    ends[row[0].as<std::uint64_t>()] = {row[1].as<std::string>(), row[2].as<std::uint64_t>()};
  }
  return ends;
}

Place place_of(const pqxx::row& row) {
  return {row[0].as<std::int64_t>(), row[1].as<std::uint64_t>()};
}

}  // namespace

Result<std::vector<std::optional<ReadOutcome>>> PgReadPositions::mark(
    std::span<const ReadMark> marks) {
  using Outcomes = std::vector<std::optional<ReadOutcome>>;
  return writes_.transact([&](pqxx::work& transaction) -> Result<Outcomes> {
    const auto ends = ends_of(transaction, marks);
    Ids users, rooms, seqs;
    for (const auto& mark : marks) {
      const auto end = ends.find(mark.room_id);
      users.push_back(mark.reader.id);
      rooms.push_back(sql(mark.room_id));
      // A position beyond the head would hide what is said next.
      seqs.push_back(end == ends.end() ? 0 : sql(std::min(mark.seq, end->second.head)));
    }
    const auto users_sql = postgres::array_literal(users);
    const auto rooms_sql = postgres::array_literal(rooms);
    std::map<Place, ReadOutcome> found;
    for (const auto& row :
         transaction.exec_params(kMove, users_sql, rooms_sql, postgres::array_literal(seqs))) {
      found[place_of(row)].moved = true;
    }
    for (const auto& row : transaction.exec_params(kPositions, users_sql, rooms_sql)) {
      auto& outcome = found[place_of(row)];
      outcome.seq = row[2].as<std::uint64_t>();
      outcome.gid = ends.at(row[1].as<std::uint64_t>()).gid;
    }
    Outcomes outcomes;
    for (const auto& mark : marks) {
      const auto place = found.find({mark.reader.id, mark.room_id});
      outcomes.push_back(place == found.end() ? std::nullopt : std::optional(place->second));
    }
    return outcomes;
  });
}

Result<ReaderPage> PgReadPositions::readers(std::uint64_t room_id, std::uint64_t seq,
                                            const UserRange& range) {
  return reads_.query([&](pqxx::nontransaction& transaction) -> Result<ReaderPage> {
    const auto limit = static_cast<std::int64_t>(range.limit);
    Ids ids;
    for (const auto& row :
         transaction.exec_params(kMembers, sql(room_id), range.after, limit + 1)) {
      ids.push_back(row[0].as<std::int64_t>());
    }
    ReaderPage page;
    if (ids.size() > range.limit) {
      ids.resize(range.limit);
      page.next = ids.back();
    }
    // No log is longer than this, whatever number a client gives.
    const auto from = std::min(seq, std::uint64_t{1} << 62);
    std::map<std::int64_t, std::uint64_t> positions;
    for (const auto& row :
         transaction.exec_params(kReaders, postgres::array_literal(ids), sql(room_id), sql(from))) {
      positions[row[0].as<std::int64_t>()] = row[1].as<std::uint64_t>();
    }
    Ids readers;
    for (const auto& [id, position] : positions) readers.push_back(id);
    std::map<std::int64_t, Person> people;
    for (auto& person : load_people(transaction, readers)) people[person.id] = person;
    for (const auto& [id, position] : positions) page.readers.push_back({people[id], position});
    return page;
  });
}

Result<std::optional<Appended>> PgReadPositions::find_message(std::uint64_t room_id,
                                                              std::int64_t sender_id,
                                                              const std::string& client_msg_id) {
  return reads_.query([&](pqxx::nontransaction& transaction) -> Result<std::optional<Appended>> {
    const auto rows = transaction.exec_params(kFindMessage, sql(room_id), sender_id, client_msg_id);
    std::optional<Appended> place;
    if (!rows.empty()) {
      place = Appended{rows[0]["epoch"].as<std::uint64_t>(), rows[0]["seq"].as<std::uint64_t>(),
                       to_uuid(rows[0]["msg_id"]), rows[0]["created_ms"].as<std::int64_t>(), true};
    }
    return place;
  });
}

}  // namespace confab::message_store
