#include "message_store/domain/room_directory.hpp"

#include <algorithm>
#include <charconv>

#include "message_store/domain/role_rules.hpp"

namespace confab::message_store {
namespace {

constexpr std::uint32_t kMaxListed = 1000;

Error bad(const char* why) { return {ErrorCode::invalid_argument, why}; }
Error no_member() { return {ErrorCode::not_a_member, "you are not a member of the room"}; }

Result<> check_limit(std::uint32_t limit, std::uint32_t most = kMaxListed) {
  if (limit == 0 || limit > most) {
    return Error{ErrorCode::invalid_argument, "limit must be 1 to " + std::to_string(most)};
  }
  return {};
}

/// "<milliseconds>-<room id>"
std::string cursor_of(const MyRoom& room) {
  return std::to_string(room.active_ms) + "-" + std::to_string(room.room.room_id);
}

// 9999-12-31: later than any message, and what PostgreSQL's arithmetic holds.
constexpr std::int64_t kLastMs = 253'402'214'400'000;

std::optional<RoomCursor> parse_cursor(const std::string& text) {
  RoomCursor cursor;
  const auto* end = text.data() + text.size();
  const auto time = std::from_chars(text.data(), end, cursor.active_ms);
  if (time.ec != std::errc() || time.ptr == end || *time.ptr != '-') return std::nullopt;
  if (cursor.active_ms < 0 || cursor.active_ms > kLastMs) return std::nullopt;
  const auto room = std::from_chars(time.ptr + 1, end, cursor.room_id);
  if (room.ec != std::errc() || room.ptr != end || cursor.room_id >> 63 != 0) return std::nullopt;
  return cursor;
}

/// Of a list that was asked for one more than `limit`.
template <typename Item>
ListPage<Item> page_of(std::vector<Item> items, std::uint32_t limit) {
  ListPage<Item> page{std::move(items), false};
  page.more = page.items.size() > limit;
  if (page.more) page.items.resize(limit);
  return page;
}

}  // namespace

void RoomDirectory::mine(std::int64_t user_id, const std::string& after, std::uint32_t limit,
                         bool archived, const std::function<void(Result<MyRoomPage>)>& done) {
  if (const auto good = check_limit(limit); !good) return done(good.error());
  RoomQuery query{std::nullopt, limit + 1, archived};
  if (!after.empty()) {
    query.after = parse_cursor(after);
    if (!query.after) return done(bad("\"after\" must be the \"next\" of another page"));
  }
  auto rooms = lists_.rooms_of(user_id, query);
  if (!rooms) return done(rooms.error());
  std::vector<MyRoom> to_save;
  std::copy_if(rooms->begin(), rooms->end(), std::back_inserter(to_save),
               [](const MyRoom& room) { return room.counted >= kWorthSaving; });
  auto page = page_of(std::move(*rooms), limit);
  MyRoomPage out{std::move(page.items), {}};
  if (page.more) out.next = cursor_of(out.rooms.back());
  done(std::move(out));
  // If it fails the next list counts again.
  if (!to_save.empty()) (void)lists_.save_counts(user_id, to_save);
}

Result<ListPage<PublicRoom>> RoomDirectory::public_rooms(PublicQuery query) {
  const auto limit = query.limit;
  if (const auto good = check_limit(limit, kMaxPublicPage); !good) return good.error();
  ++query.limit;
  auto rooms = lists_.public_rooms(query);
  if (!rooms) return rooms.error();
  return page_of(std::move(*rooms), limit);
}

Result<ListPage<Member>> RoomDirectory::members(const std::string& gid, std::int64_t reader_id,
                                                UserRange range) {
  const auto limit = range.limit++;
  if (const auto good = check_limit(limit); !good) return good.error();
  const auto room = rooms_.find(gid, false);
  if (!room) return room.error();
  // The list first: who has been put out since sees nothing of it.
  auto members = lists_.members(room->room_id, range);
  if (!members) return members.error();
  if (room->kind != RoomKind::public_room) {
    const auto is_in = rooms_.is_member(room->room_id, reader_id);
    if (!is_in) return is_in.error();
    if (!*is_in) return no_member();
  }
  return page_of(std::move(*members), limit);
}

Result<ListPage<BanRow>> RoomDirectory::bans(const std::string& gid, std::int64_t reader_id,
                                             UserRange range) {
  const auto limit = range.limit++;
  if (const auto good = check_limit(limit); !good) return good.error();
  const auto room = rooms_.find(gid, false);
  if (!room) return room.error();
  auto bans = lists_.bans(room->room_id, range);
  if (!bans) return bans.error();
  const auto role = lists_.role(room->room_id, reader_id);
  if (!role) return role.error();
  MembershipFacts facts;
  facts.kind = room->kind;
  facts.actor = *role;
  if (const auto allowed = check_in_charge(facts); !allowed) return allowed.error();
  return page_of(std::move(*bans), limit);
}

Result<Standing> RoomDirectory::standing(const std::string& gid, std::int64_t user_id) {
  const auto room = rooms_.find(gid, false);
  if (!room) return room.error();
  const auto role = lists_.role(room->room_id, user_id);
  if (!role) return role.error();
  if (!*role) return no_member();
  Standing standing;
  standing.room_id = room->room_id;
  standing.may_send = may_write(**role) && !room->archived;
  standing.blocked = **role == Role::blocked;
  return standing;
}

Result<std::vector<std::optional<ReadOutcome>>> ReadDesk::mark(std::span<const ReadMark> marks) {
  if (marks.size() > kMaxMarks) return bad("at most 1000 marks at once");
  auto outcomes = positions_.mark(marks);
  if (!outcomes) return outcomes;
  std::vector<Receipt> receipts;
  for (std::size_t i = 0; i < marks.size(); ++i) {
    const auto& outcome = (*outcomes)[i];
    if (!outcome || !outcome->moved) continue;
    receipts.push_back({marks[i].room_id, outcome->gid, marks[i].reader, outcome->seq});
  }
  std::stable_sort(receipts.begin(), receipts.end(),
                   [](const Receipt& a, const Receipt& b) { return a.room_id < b.room_id; });
  if (!receipts.empty()) announcer_.receipts(receipts);
  return outcomes;
}

Result<ReaderPage> ReadDesk::readers(std::uint64_t room_id, std::int64_t reader_id,
                                     std::uint64_t seq, const UserRange& range) {
  if (const auto good = check_limit(range.limit); !good) return good.error();
  auto page = positions_.readers(room_id, seq, range);
  if (!page) return page;
  const auto is_in = rooms_.is_member(room_id, reader_id);
  if (!is_in) return is_in.error();
  if (!*is_in) return no_member();
  return page;
}

}  // namespace confab::message_store
