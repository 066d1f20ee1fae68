#include "message_store/storage/pg_search.hpp"

#include <algorithm>
#include <limits>
#include <map>

#include "message_store/storage/message_texts.hpp"

namespace confab::message_store {
namespace {

// All statements see one moment: who has left a room finds nothing of it that came later.
constexpr auto kOneMoment = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY";
constexpr auto kRoomOfGid = "SELECT room_id FROM chat.gids WHERE gid = $1";
constexpr auto kIsMember =
    "SELECT FROM chat.members WHERE room_id = $1 AND user_id = $2 AND left_seq IS NULL";
constexpr auto kRooms =
    "SELECT room_id FROM chat.user_rooms WHERE user_id = $1 ORDER BY updated_at DESC LIMIT $2";
constexpr auto kQuery = "SELECT chat.search_query($1::text[], $2::text[], $3::text[])::text";
constexpr auto kFind =
    "SELECT (extract(epoch FROM created_at) * 1000000)::bigint, room_id, seq "
    "FROM chat.search WHERE words @@ ($1::tsquery && $2::tsquery) "
    "AND ($3::bigint = 0 OR actor_id = $3) "
    "AND created_at >= 'epoch'::timestamptz + $4::bigint * interval '1 microsecond' "
    "AND (created_at, room_id, seq) < "
    "('epoch'::timestamptz + $5::bigint * interval '1 microsecond', $6::bigint, $7::bigint) "
    "ORDER BY created_at DESC, room_id DESC, seq DESC LIMIT $8";
constexpr auto kGids = "SELECT room_id, gid FROM chat.room_heads WHERE room_id = ANY($1::bigint[])";

// 9999-12-31: later than any message, and what PostgreSQL's arithmetic holds.
constexpr std::int64_t kLastMs = 253'402'214'400'000;

using Ids = std::vector<std::int64_t>;

std::int64_t sql(std::uint64_t value) { return static_cast<std::int64_t>(value); }

/// Which rooms to search.
Result<Ids> rooms_for(pqxx::work& transaction, const SearchQuestion& question) {
  Ids rooms;
  if (question.gid.empty()) {
    const auto limit = static_cast<std::int64_t>(MessageSearch::kMaxRooms);
    for (const auto& row : transaction.exec_params(kRooms, question.user_id, limit)) {
      rooms.push_back(row[0].as<std::int64_t>());
    }
    return rooms;
  }
  const auto room = transaction.exec_params(kRoomOfGid, question.gid);
  if (room.empty()) return Error{ErrorCode::room_not_found, "there is no such room"};
  rooms.push_back(room[0][0].as<std::int64_t>());
  if (transaction.exec_params(kIsMember, rooms.front(), question.user_id).empty()) {
    return Error{ErrorCode::not_a_member, "you are not a member of the room"};
  }
  return rooms;
}

/// Matches what is in one of the rooms.
std::string within(const Ids& rooms) {
  std::string query;
  for (const auto room_id : rooms) {
    query += (query.empty() ? "'#" : " | '#") + std::to_string(room_id) + "'";
  }
  return query;
}

/// The places after which the answer begins: the question's, or where `before_ms` says.
SearchPlace start_of(const SearchQuestion& question) {
  constexpr auto kLast = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  const auto before = question.before_ms == 0 ? kLastMs : std::min(question.before_ms, kLastMs);
  // Nothing at that time itself: no place has seq 0.
  SearchPlace start{before * 1000, 0, 0};
  if (!question.from) return start;
  const auto& from = *question.from;
  if (from.created_us >= start.created_us) return start;
  return {from.created_us, std::min(from.room_id, kLast), std::min(from.seq, kLast)};
}

std::vector<SearchPlace> places_of(pqxx::work& transaction, const SearchQuestion& question,
                                   const std::string& words, const Ids& rooms) {
  const auto start = start_of(question);
  const auto after = std::clamp<std::int64_t>(question.after_ms, 0, kLastMs) * 1000;
  std::vector<SearchPlace> places;
  for (const auto& row : transaction.exec_params(
           kFind, words, within(rooms), question.sender_id, after, start.created_us,
           sql(start.room_id), sql(start.seq), static_cast<std::int64_t>(question.limit) + 1)) {
    places.push_back(
        {row[0].as<std::int64_t>(), row[1].as<std::uint64_t>(), row[2].as<std::uint64_t>()});
  }
  return places;
}

std::map<std::uint64_t, std::string> gids_of(pqxx::work& transaction,
                                             const std::vector<SearchPlace>& places) {
  Ids rooms;
  for (const auto& place : places) rooms.push_back(sql(place.room_id));
  std::map<std::uint64_t, std::string> gids;
  for (const auto& row : transaction.exec_params(kGids, postgres::array_literal(rooms))) {
    gids[row[0].as<std::uint64_t>()] = row[1].as<std::string>();
  }
  return gids;
}

}  // namespace

Result<SearchHits> PgSearch::find(const SearchQuestion& question) {
  return reads_.transact([&](pqxx::work& transaction) -> Result<SearchHits> {
    transaction.exec0(kOneMoment);
    transaction.exec0("SET LOCAL statement_timeout = " + std::to_string(patience_.count()));
    const auto rooms = rooms_for(transaction, question);
    if (!rooms) return rooms.error();
    const auto words = transaction
                           .exec_params1(kQuery, postgres::array_literal(question.terms.words),
                                         postgres::array_literal(question.terms.prefixes),
                                         postgres::array_literal(question.terms.phrases))[0]
                           .as<std::string>();
    SearchHits found;
    if (rooms->empty() || words.empty()) return found;
    auto places = places_of(transaction, question, words, *rooms);
    const bool more = places.size() > question.limit;
    if (more) places.pop_back();
    auto gids = gids_of(transaction, places);
    std::vector<MessagePlace> messages;
    for (const auto& place : places) messages.push_back({place.room_id, place.seq});
    std::map<std::pair<std::uint64_t, std::uint64_t>, MessageText> texts;
    for (auto& text : message_texts(transaction, messages)) {
      const std::pair place(text.room_id, text.seq);
      texts.emplace(place, std::move(text));
    }
    // What was redacted a moment ago may still be in the index, but has no text to show.
    for (const auto& place : places) {
      const auto text = texts.find({place.room_id, place.seq});
      if (text == texts.end()) continue;
      auto& message = text->second;
      found.hits.push_back(
          {gids[place.room_id], place, message.msg_id, message.actor_id, std::move(message.text)});
    }
    if (more) found.next = places.back();
    return found;
  });
}

}  // namespace confab::message_store
