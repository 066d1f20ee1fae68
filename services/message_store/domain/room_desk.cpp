#include "message_store/domain/room_desk.hpp"

#include <utility>

#include "message_store/domain/room_rules.hpp"

namespace confab::message_store {
namespace {

Error bad(const char* why) { return {ErrorCode::invalid_argument, why}; }
Error no_invite() { return {ErrorCode::not_found, "the invitation is not good (any more)"}; }

Result<> check(const RoomPatch& patch) {
  if (!patch.name && !patch.topic && !patch.picture && !patch.kind && !patch.archived) {
    return bad("nothing to change is given");
  }
  if (patch.name && !is_good_room_name(*patch.name)) return bad(kBadRoomName);
  if (patch.topic && !is_good_topic(*patch.topic)) return bad(kBadTopic);
  if (patch.picture && !is_good_picture(*patch.picture)) return bad(kBadPicture);
  return {};
}

/// A code is the room's gid, a hyphen and the invitation's secret.
std::string code_of(const std::string& gid, const std::string& secret) {
  return gid + "-" + secret;
}

std::optional<std::pair<std::string, std::string>> parse_code(const std::string& code) {
  if (code.size() != 3 * kGidLength + 1 || code[kGidLength] != '-') return std::nullopt;
  return std::pair(code.substr(0, kGidLength), code.substr(kGidLength + 1));
}

}  // namespace

RoomDesk::RoomDesk(Rooms& rooms, RoomLog& log, RoomChanges& changes, RoomLanes& lanes,
                   People& people, Announcer& announcer, const Clock& clock, Random& random)
    : rooms_(rooms),
      log_(log),
      changes_(changes),
      lanes_(lanes),
      people_(people),
      announcer_(announcer),
      clock_(clock),
      random_(random) {}

template <typename T>
void RoomDesk::in_lane(std::uint64_t room_id, std::function<void(Result<T>)> done,
                       std::function<Result<T>()> job) {
  if (lanes_.run(room_id, [done, job] { done(job()); })) return;
  done(Error{ErrorCode::overloaded, "the message-store's queue is full",
             std::chrono::milliseconds(500)});
}

void RoomDesk::announce(const Room& room, const Entry& entry, const Person& actor,
                        const Person& subject) {
  const bool joined = entry.kind == EntryKind::member_joined;
  people_.forget(actor.id);
  if (joined) people_.forget(subject.id);
  announcer_.committed({&entry, 1});
  if (!joined && entry.kind != EntryKind::member_left) return;
  announcer_.notify({subject.id, room, joined, entry.seq});
}

void RoomDesk::update(const std::string& gid, const Person& actor, RoomPatch patch,
                      std::function<void(Result<Room>)> done) {
  if (const auto good = check(patch); !good) return done(good.error());
  const auto room = rooms_.find(gid, false);
  if (!room) return done(room.error());
  const RoomUpdate update{room->room_id, actor, std::move(patch), Uuid::make(random_)};
  in_lane<Room>(room->room_id, std::move(done), [this, update]() -> Result<Room> {
    auto updated = changes_.update(update);
    if (!updated) return updated.error();
    if (updated->entry) announce(updated->room, *updated->entry, update.actor, {});
    return std::move(updated->room);
  });
}

void RoomDesk::join(const Person& user, const std::string& gid, const std::string& code,
                    std::function<void(Result<Room>)> done) {
  auto wanted = gid;
  MemberChange change{0, user, user, Role::member, Uuid::make(random_)};
  if (!code.empty()) {
    const auto parsed = parse_code(code);
    if (!parsed) return done(no_invite());
    std::tie(wanted, change.invite) = *parsed;
  }
  const auto room = rooms_.find(wanted, false);
  if (!room) return done(code.empty() ? room.error() : no_invite());
  change.room_id = room->room_id;
  in_lane<Room>(room->room_id, std::move(done), [this, room = *room, change]() -> Result<Room> {
    const auto outcome = log_.join(change);
    if (!outcome && outcome.error().code != ErrorCode::already_exists) return outcome.error();
    if (outcome) announce(room, outcome->entry, change.actor, change.member);
    return room;
  });
}

void RoomDesk::set_role(const std::string& gid, const Person& actor, const Person& member,
                        const std::string& role, std::function<void(Result<Member>)> done) {
  const auto parsed = parse_role(role);
  if (!parsed || role.empty()) return done(bad(kBadRole));
  const auto room = rooms_.find(gid, false);
  if (!room) return done(room.error());
  const MemberChange change{room->room_id, actor, member, *parsed, Uuid::make(random_)};
  in_lane<Member>(room->room_id, std::move(done), [this, room = *room, change]() -> Result<Member> {
    auto updated = changes_.set_role(change);
    if (!updated) return updated.error();
    if (updated->entry) announce(room, *updated->entry, change.actor, change.member);
    return std::move(updated->member);
  });
}

void RoomDesk::set_ban(const std::string& gid, const Person& actor, const Person& user, bool banned,
                       std::function<void(Result<>)> done) {
  const auto room = rooms_.find(gid, false);
  if (!room) return done(room.error());
  const MemberChange change{room->room_id, actor, user, Role::member, Uuid::make(random_)};
  in_lane<void>(room->room_id, std::move(done), [this, room = *room, change, banned]() -> Result<> {
    const auto updated = changes_.set_ban(change, banned);
    if (!updated) return updated.error();
    if (updated->entry) announce(room, *updated->entry, change.actor, change.member);
    return {};
  });
}

Result<RoomDesk::NewInvite> RoomDesk::invite(const std::string& gid, const Person& actor,
                                             std::chrono::seconds life, std::uint32_t uses) {
  if (life.count() == 0) life = kInviteLife;
  if (life < std::chrono::minutes(1) || life > kLongestInviteLife) {
    return bad("an invitation is good for 60 seconds to 30 days");
  }
  if (uses > kMaxInviteUses) return bad("an invitation has at most 10000 uses");
  const auto room = rooms_.find(gid, false);
  if (!room) return room.error();
  const auto ends = std::chrono::duration_cast<std::chrono::milliseconds>(
      (clock_.now() + life).time_since_epoch());
  Invite invite{room->room_id, make_letters(random_.u64()) + make_letters(random_.u64()), actor.id,
                ends.count(), uses};
  const auto added = changes_.add_invite(invite);
  if (!added) return added.error();
  return NewInvite{code_of(gid, invite.secret), std::move(invite)};
}

Result<> RoomDesk::revoke_invite(const std::string& gid, std::int64_t actor_id,
                                 const std::string& code) {
  const auto room = rooms_.find(gid, false);
  if (!room) return room.error();
  const auto parsed = parse_code(code);
  if (!parsed || parsed->first != gid) return no_invite();
  return changes_.revoke_invite({room->room_id, parsed->second, actor_id});
}

}  // namespace confab::message_store
