#include "message_store/storage/pg_profiles.hpp"

#include "common/postgres/horizon.hpp"
#include "message_store/domain/event_json.hpp"
#include "message_store/storage/rows.hpp"

namespace confab::message_store {
namespace {

constexpr auto kSave =
    "INSERT INTO chat.people (user_id, uuid, username, name, changed_at, version) "
    "VALUES ($1, $2, $3, $4, clock_timestamp(), $5) ON CONFLICT (user_id) DO UPDATE "
    "SET uuid = excluded.uuid, username = excluded.username, name = excluded.name, "
    "changed_at = excluded.changed_at, version = excluded.version "
    "WHERE people.version <= excluded.version";
const std::string kCursor =
    std::string("SELECT (extract(epoch FROM ") + postgres::kHorizon + ") * 1000000)::bigint";
constexpr auto kChanged =
    "SELECT user_id, uuid, username, name FROM chat.people "
    "WHERE changed_at > 'epoch'::timestamptz + $1 * interval '1 microsecond'";

constexpr auto kAsk =
    "INSERT INTO chat.erasures (user_id, redact) VALUES ($1, $2) ON CONFLICT (user_id) DO UPDATE "
    "SET redact = erasures.redact OR excluded.redact, last_room_id = 0, last_seq = 0, "
    "cleared_seq = 0, tried_at = NULL";
constexpr auto kNext =
    "UPDATE chat.erasures SET tried_at = now() WHERE user_id = (SELECT user_id FROM chat.erasures "
    "WHERE tried_at IS NULL OR tried_at < now() - interval '30 seconds' "
    "ORDER BY asked_at LIMIT 1 FOR UPDATE SKIP LOCKED) "
    "RETURNING user_id, redact, last_room_id, last_seq, cleared_seq";
constexpr auto kPerson = "SELECT user_id, uuid, username, name FROM chat.people WHERE user_id = $1";
constexpr auto kNextRoom =
    "SELECT room_id, bool_or(member) AS member FROM ("
    " (SELECT room_id, left_seq IS NULL AS member FROM chat.members"
    "  WHERE user_id = $1 AND room_id > $2 ORDER BY room_id LIMIT 1)"
    " UNION ALL"
    " (SELECT room_id, false FROM chat.bans"
    "  WHERE user_id = $1 AND room_id > $2 ORDER BY room_id LIMIT 1)"
    ") AS either GROUP BY room_id ORDER BY room_id LIMIT 1";
constexpr auto kGid = "SELECT gid FROM chat.room_heads WHERE room_id = $1";
// By the unique index, which holds an author's entries of a room together.
constexpr auto kMessages =
    "SELECT seq FROM chat.entries WHERE room_id = $1 AND actor_id = $2 AND seq > $3 AND kind = 1 "
    "ORDER BY seq LIMIT $4";
constexpr auto kAdvance =
    "UPDATE chat.erasures SET last_room_id = $2, last_seq = $3, cleared_seq = $4, tried_at = NULL "
    "WHERE user_id = $1";
// A copy of a person begins like this nowhere else: in the text of a message its quotes are
// escaped, and in attributes it is a copy, too.
constexpr auto kClearNames =
    "UPDATE chat.entries SET body = regexp_replace(body::text, $4, $5, 'g')::json "
    "WHERE room_id = $1 AND seq > $2 AND seq <= $3 AND position($6 in body::text) > 0";
constexpr auto kLastOfPage =
    "SELECT max(seq) FROM (SELECT seq FROM chat.entries WHERE room_id = $1 AND seq > $2 "
    "ORDER BY seq LIMIT $3) AS page";
constexpr auto kFinish = "DELETE FROM chat.erasures WHERE user_id = $1";

std::int64_t sql(std::uint64_t value) { return static_cast<std::int64_t>(value); }

/// How append_person() begins, which is what names never change.
std::string beginning_of(const Person& person) {
  return R"({"id":)" + std::to_string(person.id) + R"(,"uuid":")" + person.uuid + R"(",)";
}

/// As the replacement of regexp_replace().
std::string literally(const std::string& text) {
  std::string out;
  for (const auto c : text) out += c == '\\' ? std::string(2, c) : std::string(1, c);
  return out;
}

}  // namespace

Result<bool> PgProfiles::save(const Person& person, std::int64_t version) {
  return writes_.transact([&](pqxx::work& transaction) -> Result<bool> {
    const auto saved = transaction.exec_params(kSave, person.id, person.uuid, person.username,
                                               person.name, version);
    return saved.affected_rows() == 1;
  });
}

Result<Profiles::Changes> PgProfiles::changed_since(std::int64_t cursor) {
  return reads_.query([&](pqxx::nontransaction& transaction) -> Result<Changes> {
    Changes changes;
    changes.cursor = transaction.exec1(kCursor)[0].as<std::int64_t>();
    // One from a server whose clock was ahead counts as now.
    const auto from = cursor == 0 ? changes.cursor : std::min(cursor, changes.cursor);
    const auto since = from - std::chrono::microseconds(kOverlap).count();
    for (const auto& row : transaction.exec_params(kChanged, since)) {
      changes.people.push_back(to_person(row));
    }
    return changes;
  });
}

Result<> PgErasures::ask(std::int64_t user_id, bool redact) {
  return writes_.transact([&](pqxx::work& transaction) -> Result<> {
    transaction.exec_params0(kAsk, user_id, redact);
    return {};
  });
}

Result<std::optional<Erasure>> PgErasures::next() {
  return writes_.transact([&](pqxx::work& transaction) -> Result<std::optional<Erasure>> {
    const auto rows = transaction.exec(kNext);
    if (rows.empty()) return std::optional<Erasure>();
    Erasure erasure;
    erasure.ghost.id = rows[0]["user_id"].as<std::int64_t>();
    erasure.redact = rows[0]["redact"].as<bool>();
    erasure.last_room_id = rows[0]["last_room_id"].as<std::uint64_t>();
    erasure.last_seq = rows[0]["last_seq"].as<std::uint64_t>();
    erasure.cleared_seq = rows[0]["cleared_seq"].as<std::uint64_t>();
    const auto person = transaction.exec_params(kPerson, erasure.ghost.id);
    if (!person.empty()) erasure.ghost = to_person(person[0]);
    return std::optional(std::move(erasure));
  });
}

Result<std::optional<ErasureRoom>> PgErasures::next_room(std::int64_t user_id,
                                                         std::uint64_t last_room_id) {
  return reads_.query([&](pqxx::nontransaction& transaction) -> Result<std::optional<ErasureRoom>> {
    const auto rows = transaction.exec_params(kNextRoom, user_id, sql(last_room_id));
    if (rows.empty()) return std::optional<ErasureRoom>();
    ErasureRoom room;
    room.room_id = rows[0]["room_id"].as<std::uint64_t>();
    room.member = rows[0]["member"].as<bool>();
    room.gid = transaction.exec_params1(kGid, sql(room.room_id))[0].as<std::string>();
    return std::optional(std::move(room));
  });
}

Result<std::optional<std::uint64_t>> PgErasures::clear_names(std::uint64_t room_id,
                                                             const Person& ghost,
                                                             std::uint64_t after_seq,
                                                             std::uint32_t limit) {
  using Last = std::optional<std::uint64_t>;
  const auto beginning = beginning_of(ghost);
  // No uuid has a character that means something to it.
  const auto copy =
      "\\" + beginning + R"re("username":"(?:[^"\\]|\\.)*","name":"(?:[^"\\]|\\.)*")re";
  std::string shown;
  append_person(shown, ghost);
  shown.pop_back();  // More may follow, as a member's role does.
  return writes_.transact([&](pqxx::work& transaction) -> Result<Last> {
    const auto last = transaction.exec_params1(kLastOfPage, sql(room_id), sql(after_seq),
                                               static_cast<std::int64_t>(limit))[0];
    if (last.is_null()) return Last();
    const auto last_seq = last.as<std::uint64_t>();
    transaction.exec_params0(kClearNames, sql(room_id), sql(after_seq), sql(last_seq), copy,
                             literally(shown), beginning);
    return Last(last_seq);
  });
}

Result<std::vector<std::uint64_t>> PgErasures::messages(std::uint64_t room_id, std::int64_t user_id,
                                                        std::uint64_t after_seq,
                                                        std::uint32_t limit) {
  return reads_.query([&](pqxx::nontransaction& transaction) -> Result<std::vector<std::uint64_t>> {
    std::vector<std::uint64_t> seqs;
    for (const auto& row : transaction.exec_params(kMessages, sql(room_id), user_id, sql(after_seq),
                                                   static_cast<std::int64_t>(limit))) {
      seqs.push_back(row[0].as<std::uint64_t>());
    }
    return seqs;
  });
}

Result<> PgErasures::advance(const Erasure& erasure) {
  return writes_.transact([&](pqxx::work& transaction) -> Result<> {
    transaction.exec_params0(kAdvance, erasure.ghost.id, sql(erasure.last_room_id),
                             sql(erasure.last_seq), sql(erasure.cleared_seq));
    return {};
  });
}

Result<> PgErasures::finish(std::int64_t user_id) {
  return writes_.transact([&](pqxx::work& transaction) -> Result<> {
    transaction.exec_params0(kFinish, user_id);
    return {};
  });
}

}  // namespace confab::message_store
