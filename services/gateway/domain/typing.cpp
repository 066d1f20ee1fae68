#include "gateway/domain/typing.hpp"

#include "gateway/domain/chat.hpp"

namespace confab::gateway {
namespace {

Error no_room() { return {ErrorCode::room_not_found, "there is no such room"}; }

Result<std::uint64_t> sendable(const Result<Standing>& standing) {
  if (!standing) return standing.error();
  if (standing->blocked) {
    return Error{ErrorCode::blocked, "the other of the direct room has blocked you"};
  }
  if (!standing->may_send) {
    return Error{ErrorCode::permission_denied, "you may not send to the room"};
  }
  return standing->room_id;
}

}  // namespace

Task<Result<>> Typing::say(User user, std::string gid, bool on) {
  forget_old();
  if (!is_gid(gid)) co_return no_room();
  const Key key(user.id, std::move(gid));
  const auto kept = keep(key);
  if (!kept) {
    counters_.refused();
    co_return kept.error();
  }
  auto& one = **kept;
  const auto asked = one.asked;
  co_await asked->passed();
  if (!one.room_id) {
    counters_.refused();
    co_return one.room_id.error();
  }
  tell(user, one, on);
  co_return Result<>();
}

/// What is known of the user in the room, or will be once the store has answered.
Result<Typing::KeptPtr> Typing::keep(const Key& key) {
  const auto found = kept_.find(key);
  if (found != kept_.end()) return found->second;
  if (kept_.size() >= kMaxKept) {
    return Error{ErrorCode::overloaded, "too many users type", kSpacing};
  }
  std::size_t rooms = 0;
  for (auto one = kept_.lower_bound({key.first, ""});
       one != kept_.end() && one->first.first == key.first; ++one) {
    if (++rooms == kMaxRooms) {
      return Error{ErrorCode::rate_limited, "you type in too many rooms at once", kSpacing};
    }
  }
  const auto kept = std::make_shared<Kept>();
  kept->asked = loop_.make_gate();
  kept_.emplace(key, kept);
  loop_.spawn([this, key, kept] { return ask(key, kept); });
  return kept;
}

Task<> Typing::ask(Key key, KeptPtr kept) {
  const auto standing = co_await store_.standing(key.second, key.first);
  kept->room_id = sendable(standing);
  if (kept->room_id) {
    by_age_.emplace_back(loop_.now() + kAllowed, std::move(key));
  } else {
    kept_.erase(key);  // What they may not do now they may do in a moment.
  }
  kept->asked->open();
}

void Typing::tell(const User& user, Kept& kept, bool on) {
  const auto now = loop_.now();
  if (on ? now < kept.next_on : !kept.on) return counters_.gathered();
  if (on) kept.next_on = now + kSpacing;
  kept.on = on;
  TypingNotice notice;
  notice.room_id = *kept.room_id;
  notice.user = user;
  notice.on = on;
  channel_.publish(notice);
  counters_.published();
}

void Typing::forget_old() {
  const auto now = loop_.now();
  for (; !by_age_.empty() && by_age_.front().first <= now; by_age_.pop_front()) {
    kept_.erase(by_age_.front().second);
  }
}

}  // namespace confab::gateway
