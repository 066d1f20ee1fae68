#include "gateway/dialects/direct_rooms.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <charconv>

namespace confab::gateway::dialects {
namespace {

constexpr std::uint32_t kPage = 1000;

std::optional<std::int64_t> as_id(const std::string& text) {
  std::int64_t id = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, id);
  if (error != std::errc() || stop != end || id <= 0) return std::nullopt;
  return id;
}

MyRoomsQuery page_after(std::string after) {
  MyRoomsQuery query;
  query.after = std::move(after);
  query.limit = kPage;
  query.archived = true;
  return query;
}

const User* partner_in(const Room& room, std::int64_t user_id) {
  if (room.kind != "direct") return nullptr;
  for (const auto& member : room.members) {
    if (member.user.id != user_id) return &member.user;
  }
  // The other one has left, and may have been who made it.
  return room.created_by.id != user_id ? &room.created_by : nullptr;
}

}  // namespace

Task<Result<User>> DirectRooms::user_of_id(User asker, std::int64_t id) {
  const auto within = count_page(asker, "user");
  if (!within) co_return within.error();
  co_return co_await parts_.people.of_id(id);
}

Task<Result<User>> DirectRooms::user_of_name(User asker, std::string username) {
  const auto within = count_page(asker, "user");
  if (!within) co_return within.error();
  co_return co_await parts_.door.chat.find_user(std::move(username));
}

Task<Result<User>> DirectRooms::user(User asker, std::string id_or_name) {
  const auto within = count_page(asker, "user");
  if (!within) co_return within.error();
  if (const auto id = as_id(id_or_name)) {
    auto found = co_await parts_.people.of_id(*id);
    const bool other_meaning = !found && found.error().code == ErrorCode::user_not_found;
    if (!other_meaning) co_return found;
  }
  co_return co_await parts_.door.chat.find_user(std::move(id_or_name));
}

const std::string* DirectRooms::gid_of(std::int64_t one, std::int64_t other) const {
  const auto found = gids_.find(std::minmax({one, other}));
  return found == gids_.end() ? nullptr : &found->second;
}

void DirectRooms::remember(const RoomRef& room, std::optional<Pair> pair) {
  if (pairs_.size() >= kRemembered) {
    pairs_.clear();
    gids_.clear();
  }
  if (pair) gids_[std::minmax({pair->one.id, pair->other.id})] = room.gid;
  pairs_[room.room_id] = std::move(pair);
}

void DirectRooms::remember_pair(const RoomRef& room, const User& one, const User& other) {
  remember(room, Pair{one, other});
}

Task<Result<MyRooms>> DirectRooms::rooms_of(User user, std::string after) {
  if (!after.empty()) {
    const auto within = count_page(user, "rooms");
    if (!within) co_return within.error();
  }
  co_return co_await parts_.rooms.mine(std::move(user), page_after(std::move(after)));
}

Task<Result<std::string>> DirectRooms::find(User user, std::int64_t other_id) {
  if (const auto* known = gid_of(user.id, other_id)) co_return *known;
  std::string after;
  do {
    const auto page = co_await rooms_of(user, std::move(after));
    if (!page) co_return page.error();
    for (const auto& mine : page->rooms) {
      const auto* partner = partner_in(mine.room, user.id);
      if (partner == nullptr || partner->id != other_id) continue;
      remember_pair(mine.room.ref, user, *partner);
      co_return mine.room.ref.gid;
    }
    after = page->next;
  } while (!after.empty());
  co_return std::string();
}

Task<Result<std::vector<User>>> DirectRooms::partners(User user) {
  std::vector<User> out;
  std::string after;
  do {
    const auto page = co_await rooms_of(user, std::move(after));
    if (!page) co_return page.error();
    for (const auto& mine : page->rooms) {
      const auto* partner = partner_in(mine.room, user.id);
      if (partner != nullptr && mine.last) out.push_back(*partner);
    }
    after = page->next;
  } while (!after.empty());
  co_return out;
}

Task<Result<Sent>> DirectRooms::append(User sender, Draft draft, User to) {
  auto sent = co_await parts_.door.chat.send(sender, draft);
  if (sent || sent.error().code != ErrorCode::not_a_member) co_return sent;
  // It was left meanwhile: opening it brings both back.
  const auto opened = co_await parts_.door.chat.open_direct(sender, to.username);
  if (!opened) co_return opened.error();
  co_return co_await parts_.door.chat.send(std::move(sender), std::move(draft));
}

Task<Result<Message>> DirectRooms::send(User sender, User to, std::string text,
                                        std::string attributes) {
  const auto within = parts_.door.commands.admit(sender, "send");
  if (!within) co_return within.error();
  if (gid_of(sender.id, to.id) == nullptr) {
    const auto may_open = parts_.door.commands.admit(sender, "direct");
    if (!may_open) co_return may_open.error();
  }
  const auto room = co_await parts_.door.chat.open_direct(sender, to.username);
  if (!room) co_return room.error();
  remember_pair(room->ref, sender, to);
  Draft draft;
  draft.gid = room->ref.gid;
  draft.text = std::move(text);
  draft.attributes = std::move(attributes);
  Message message;
  message.gid = draft.gid;
  message.text = draft.text;
  message.sender = sender;
  if (!draft.attributes.empty()) {
    message.attributes = boost::json::parse(draft.attributes).as_object();
  }
  const auto sent = co_await append(std::move(sender), std::move(draft), std::move(to));
  if (!sent) co_return sent.error();
  message.seq = sent->ack.seq;
  message.ts = sent->ack.ts;
  co_return message;
}

Task<Result<std::vector<Message>>> DirectRooms::messages(User reader, User other, std::size_t skip,
                                                         std::size_t limit) {
  const auto within = count_page(reader, "history");
  if (!within) co_return within.error();
  if (skip > kMostSkipped) {
    co_return Error{ErrorCode::invalid_argument, "that is too far back"};
  }
  const auto gid = co_await find(reader, other.id);
  if (!gid) co_return gid.error();
  if (gid->empty()) co_return std::vector<Message>();
  MessagePage page;
  page.skip = skip;
  page.limit = limit;
  auto found = co_await latest_messages(parts_.door, std::move(reader), *gid, page);
  const bool outside = !found && found.error().code == ErrorCode::not_a_member;
  if (outside) co_return std::vector<Message>();
  co_return found;
}

const std::optional<Pair>* DirectRooms::known(std::uint64_t room_id) const {
  const auto found = pairs_.find(room_id);
  return found == pairs_.end() ? nullptr : &found->second;
}

Task<Result<std::optional<Pair>>> DirectRooms::look_up(User member, RoomRef room, User sender) {
  for (;;) {
    if (const auto* pair = known(room.room_id)) co_return *pair;
    const auto asked = asked_for_.find(room.room_id);
    if (asked == asked_for_.end()) break;
    const auto answered = asked->second;
    co_await answered->passed();
  }
  const auto answered = parts_.door.loop.make_gate();
  asked_for_[room.room_id] = answered;
  const auto found = co_await parts_.door.chat.room(member, room.gid);
  asked_for_.erase(room.room_id);
  answered->open();  // They go on in a later turn of the loop.
  if (!found) co_return found.error();
  std::optional<Pair> pair;
  const bool is_direct = found->kind == "direct";
  if (const auto* partner = partner_in(*found, member.id)) {
    pair = Pair{std::move(member), *partner};
  } else if (is_direct && sender.id != member.id) {
    pair = Pair{std::move(member), std::move(sender)};
  }
  if (pair || !is_direct) remember(room, pair);
  co_return pair;
}

}  // namespace confab::gateway::dialects
