#include "gateway/domain/chat.hpp"

#include <algorithm>
#include <unordered_set>

#include "common/base/failpoint.hpp"
#include "common/base/uuid.hpp"

namespace confab::gateway {
namespace {

constexpr std::int64_t kNobody = 0;  // The gateway itself.

Error no_room() { return {ErrorCode::room_not_found, "there is no such room"}; }

// GCC 12 cannot compile an initializer list within a co_await expression.
std::vector<std::string> only(std::string item) {
  std::vector<std::string> list;
  list.push_back(std::move(item));
  return list;
}

/// As the auth service compares usernames: without regard to ASCII case.
std::string folded(std::string username) {
  for (auto& c : username) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return username;
}

}  // namespace

bool is_gid(const std::string& gid) {
  return gid.size() == 8 &&
         std::all_of(gid.begin(), gid.end(), [](unsigned char c) { return std::isalnum(c) != 0; });
}

void Chat::remember(const RoomRef& room) {
  if (by_gid_.contains(room.gid)) return;
  order_.push_front(room);
  by_gid_[room.gid] = order_.begin();
  if (order_.size() > kRemembered) {
    by_gid_.erase(order_.back().gid);
    order_.pop_back();
  }
}

void Chat::changed(const std::string& gid) {
  const auto found = by_gid_.find(gid);
  if (found != by_gid_.end()) heard_.changed(found->second->room_id);
}

Task<Result<std::uint64_t>> Chat::resolve(std::string gid) {
  if (!is_gid(gid)) co_return no_room();
  if (const auto found = by_gid_.find(gid); found != by_gid_.end()) {
    order_.splice(order_.begin(), order_, found->second);
    co_return found->second->room_id;
  }
  const auto room = co_await store_.room(gid, kNobody, false);
  if (!room) co_return room.error();
  remember(room->ref);
  co_return room->ref.room_id;
}

/// Calls of one sender for one room return in their order, also when some of them have to ask for
/// the room or for users and others do not. Counts for the rates of the room before it has users
/// looked up.
Task<Result<Chat::Address>> Chat::address_in_turn(std::int64_t sender_id, std::string gid,
                                                  std::vector<std::string> mentions) {
  Address address;
  const std::pair key(sender_id, gid);
  const auto last = last_turns_.find(key);
  if (last == last_turns_.end() && mentions.empty() && by_gid_.contains(gid)) {
    const auto room_id = co_await resolve(std::move(gid));
    const auto within = limits_.admit_send(sender_id, *room_id);
    if (!within) co_return within.error();
    address.room_id = *room_id;
    co_return address;
  }
  const auto before = last == last_turns_.end() ? nullptr : last->second;
  const auto turn = std::make_shared<Turn>();
  turn->over = loop_.make_gate();
  last_turns_[key] = turn;
  if (before) {
    co_await before->over->passed();
    turn->room_id = before->room_id;
  } else {
    turn->room_id = co_await resolve(std::move(gid));
  }
  Result<> within;
  if (turn->room_id) within = limits_.admit_send(sender_id, *turn->room_id);
  Result<std::vector<User>> mentioned = std::vector<User>();
  if (turn->room_id && within) mentioned = co_await find_mentioned(std::move(mentions));
  // Whoever waits goes on in a later turn of the loop, after this caller has used the answer.
  turn->over->open();
  if (last_turns_[key] == turn) last_turns_.erase(key);
  if (!turn->room_id) co_return turn->room_id.error();
  if (!within) co_return within.error();
  if (!mentioned) co_return mentioned.error();
  address.room_id = *turn->room_id;
  address.mentions = std::move(*mentioned);
  co_return address;
}

Task<Result<Sent>> Chat::send(User sender, Draft draft) {
  auto address = co_await address_in_turn(sender.id, draft.gid, std::move(draft.mentions));
  if (!address) co_return address.error();
  failpoint::reach(failpoint::Step::admitted);
  if (draft.client_msg_id.empty()) draft.client_msg_id = Uuid::make(random_).text();
  const auto room_id = address->room_id;
  NewMessage message;
  message.room_id = room_id;
  message.sender_id = sender.id;
  message.client_msg_id = draft.client_msg_id;
  message.text = std::move(draft.text);
  message.attributes = std::move(draft.attributes);
  message.reply_to = draft.reply_to;
  message.mentions = std::move(address->mentions);
  const auto ack = co_await store_.append(std::move(message));
  if (!ack) co_return ack.error();
  heard_.stored(room_id, *ack);
  co_return Sent{std::move(draft.gid), std::move(draft.client_msg_id), *ack};
}

Task<Result<History>> Chat::history(User reader, std::string gid, LogRange range) {
  const auto room_id = co_await resolve(gid);
  if (!room_id) co_return room_id.error();
  auto heard = co_await heard_.page(reader.id, *room_id, range);
  if (heard && *heard) co_return History{std::move(gid), std::move(**heard)};
  auto page = co_await store_.read(*room_id, reader.id, range);
  if (!page) co_return page.error();
  co_return History{std::move(gid), std::move(*page)};
}

Task<Result<Admission>> Chat::listenable(User user, std::string gid) {
  if (!is_gid(gid)) co_return no_room();
  const auto room = co_await store_.room(gid, user.id, false);
  if (!room) co_return room.error();
  remember(room->ref);
  co_return admission(*room);
}

Task<Result<std::vector<Room>>> Chat::rooms(User user, std::size_t limit) {
  auto rooms = co_await store_.rooms_of(user.id, static_cast<std::uint32_t>(limit));
  if (rooms) {
    for (const auto& room : *rooms) remember(room.ref);
  }
  co_return rooms;
}

Task<Result<Room>> Chat::room(User user, std::string gid) {
  if (!is_gid(gid)) co_return no_room();
  co_return co_await store_.room(gid, user.id, true);
}

Task<Result<std::vector<User>>> Chat::find_users(std::vector<std::string> usernames) {
  if (usernames.empty()) co_return std::vector<User>();
  auto users = co_await accounts_.find(usernames);
  if (!users) co_return users.error();
  std::unordered_map<std::string, const User*> by_name;
  for (const auto& user : *users) by_name.emplace(folded(user.username), &user);
  std::vector<User> found;
  std::unordered_set<std::int64_t> ids;
  for (const auto& username : usernames) {
    const auto user = by_name.find(folded(username));
    if (user == by_name.end()) {
      co_return Error{ErrorCode::user_not_found, "there is no user \"" + username + "\""};
    }
    if (ids.insert(user->second->id).second) found.push_back(*user->second);
  }
  co_return found;
}

Task<Result<std::vector<User>>> Chat::find_mentioned(std::vector<std::string> usernames) {
  if (usernames.size() > kMostMentions) {
    co_return Error{ErrorCode::too_many_mentions,
                    "at most " + std::to_string(kMostMentions) + " users are mentioned"};
  }
  co_return co_await find_users(std::move(usernames));
}

Task<Result<User>> Chat::find_user(std::string username) {
  auto found = co_await find_users(only(std::move(username)));
  if (!found) co_return found.error();
  co_return std::move(found->front());
}

Task<Result<Room>> Chat::create_room(User creator, NewRoom room,
                                     std::vector<std::string> usernames) {
  auto members = co_await find_users(std::move(usernames));
  if (!members) co_return members.error();
  co_return co_await store_.create_room(std::move(creator), std::move(room), std::move(*members));
}

Task<Result<Room>> Chat::open_direct(User opener, std::string username) {
  auto other = co_await find_users(only(std::move(username)));
  if (!other) co_return other.error();
  co_return co_await store_.open_direct(std::move(opener), other->front());
}

Task<Result<Member>> Chat::add_member(User actor, std::string gid, std::string username,
                                      std::string role) {
  if (!is_gid(gid)) co_return no_room();
  auto member = co_await find_users(only(std::move(username)));
  if (!member) co_return member.error();
  auto added = co_await store_.add_member(gid, std::move(actor), member->front(), std::move(role));
  if (added) changed(gid);
  co_return added;
}

Task<Result<>> Chat::remove_member(User actor, std::string gid, std::string username) {
  if (!is_gid(gid)) co_return no_room();
  auto member = co_await find_users(only(std::move(username)));
  if (!member) co_return member.error();
  const auto member_id = member->front().id;
  auto removed = co_await store_.remove_member(gid, std::move(actor), member_id);
  if (removed) changed(gid);
  co_return removed;
}

}  // namespace confab::gateway
