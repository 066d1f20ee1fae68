#include "message_store/domain/room_service.hpp"

#include <algorithm>
#include <memory>
#include <optional>

#include "message_store/domain/room_rules.hpp"

namespace confab::message_store {
namespace {

constexpr int kAttempts = 5;

Error bad(const char* why) { return {ErrorCode::invalid_argument, why}; }

const Member* find_member(const Room& room, std::int64_t user_id) {
  const auto found =
      std::find_if(room.members.begin(), room.members.end(),
                   [&](const Member& member) { return member.person.id == user_id; });
  return found == room.members.end() ? nullptr : &*found;
}

}  // namespace

RoomService::RoomService(Rooms& rooms, RoomLog& log, RoomLanes& lanes, People& people,
                         Announcer& announcer, const Clock& clock, Random& random,
                         const StoreLimits& limits)
    : rooms_(rooms),
      log_(log),
      lanes_(lanes),
      people_(people),
      announcer_(announcer),
      clock_(clock),
      random_(random),
      limits_(limits) {}

NewRoom RoomService::blank_room() {
  NewRoom room;
  room.room_id = make_room_id(clock_.now(), random_.u64());
  room.gid = make_letters(random_.u64());
  return room;
}

Result<Room> RoomService::create(const Person& creator, const std::string& name,
                                 const std::string& kind, std::vector<Person> members,
                                 const std::string& topic, const std::string& picture) {
  if (!is_good_room_name(name)) return bad(kBadRoomName);
  const auto parsed = parse_room_kind(kind);
  if (!parsed) return bad(kBadRoomKind);
  if (!is_good_topic(topic)) return bad(kBadTopic);
  if (!is_good_picture(picture)) return bad(kBadPicture);
  if (members.size() > limits_.first_members) {
    return too_many(ErrorCode::too_many_members, limits_.first_members, "members begin a room");
  }
  std::sort(members.begin(), members.end(),
            [](const Person& a, const Person& b) { return a.id < b.id; });
  const auto same = [](const Person& a, const Person& b) { return a.id == b.id; };
  members.erase(std::unique(members.begin(), members.end(), same), members.end());
  std::erase_if(members, [&](const Person& person) { return person.id == creator.id; });
  if (members.size() + 1 > limits_.members) return too_many_members(limits_);
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    auto draft = blank_room();
    draft.name = name;
    draft.kind = *parsed;
    draft.creator = creator;
    draft.members = members;
    draft.topic = topic;
    draft.picture = picture;
    auto room = rooms_.create(draft);
    if (room) tell_members(*room);
    if (room || room.error().code != ErrorCode::already_exists) return room;
  }
  return Error{ErrorCode::unavailable, "no free room id was found"};
}

void RoomService::tell_members(const Room& room) {
  UserNotice notice{0, room, true, 0};
  notice.room.members.clear();  // Of no use to the notice, and up to a thousand.
  for (const auto& member : room.members) {
    people_.forget(member.person.id);
    notice.user_id = member.person.id;
    announcer_.notify(notice);
  }
}

Result<Room> RoomService::find_or_create_direct(const Person& opener, const Person& other,
                                                bool* created) {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    auto draft = blank_room();
    draft.kind = RoomKind::direct;
    draft.creator = opener;
    draft.members = {other};
    auto room = rooms_.find_or_create_direct(draft, created);
    if (room || room.error().code != ErrorCode::already_exists) return room;
  }
  return Error{ErrorCode::unavailable, "no free room id was found"};
}

void RoomService::open_direct(const Person& opener, const Person& other,
                              std::function<void(Result<Room>)> done) {
  if (opener.id == other.id) return done(bad("a direct room needs two different users"));
  bool created = false;
  const auto room = find_or_create_direct(opener, other, &created);
  if (!room) return done(room);
  if (created) tell_members(*room);
  // Who left comes back, one after the other; then the room is read again.
  for (const auto& person : {opener, other}) {
    if (find_member(*room, person.id) != nullptr) continue;
    MemberChange back{room->room_id, opener, person, Role::member, Uuid::make(random_), true};
    return change(*room, back, &RoomLog::join,
                  [this, opener, other, done](const Result<MemberOutcome>& outcome) {
                    if (!outcome && outcome.error().code != ErrorCode::already_exists) {
                      return done(outcome.error());
                    }
                    open_direct(opener, other, done);
                  });
  }
  done(room);
}

Result<Room> RoomService::get(const std::string& gid, std::int64_t reader_id, bool with_members) {
  auto room = rooms_.find(gid, with_members);
  if (!room || reader_id == 0) return room;
  // Anybody may look at a public room. Who asks for the room alone wants to listen or speak there.
  if (with_members && room->kind == RoomKind::public_room) return room;
  const auto member = rooms_.is_member(room->room_id, reader_id);
  if (!member) return member.error();
  if (!*member) return Error{ErrorCode::not_a_member, "you are not a member of the room"};
  return room;
}

Result<std::vector<Room>> RoomService::list(std::int64_t user_id, std::uint32_t limit) {
  if (limit == 0 || limit > kMaxPage) return bad("limit must be 1 to 1000");
  return rooms_.of_user(user_id, limit);
}

void RoomService::change(const Room& room, const MemberChange& change, Change method,
                         std::function<void(Result<MemberOutcome>)> done) {
  const bool queued = lanes_.run(room.room_id, [this, room, change, method, done] {
    const auto outcome = (log_.*method)(change);
    if (outcome) {
      const bool joined = outcome->entry.kind == EntryKind::member_joined;
      people_.forget(change.actor.id);
      if (joined) people_.forget(change.member.id);
      announcer_.committed({&outcome->entry, 1});
      announcer_.notify({change.member.id, room, joined, outcome->entry.seq});
    }
    done(outcome);
  });
  if (!queued) {
    done(Error{ErrorCode::overloaded, "the message-store's queue is full",
               std::chrono::milliseconds(500)});
  }
}

void RoomService::add_member(const std::string& gid, const Person& actor, const Person& member,
                             const std::string& role, std::function<void(Result<Member>)> done) {
  const auto parsed = parse_role(role);
  if (!parsed) return done(bad(kBadRole));
  const auto room = rooms_.find(gid, false);
  if (!room) return done(room.error());
  change(*room, {room->room_id, actor, member, *parsed, Uuid::make(random_)}, &RoomLog::join,
         [done](const Result<MemberOutcome>& outcome) {
           done(outcome ? Result<Member>(outcome->member) : Result<Member>(outcome.error()));
         });
}

void RoomService::remove_member(const std::string& gid, const Person& actor, std::int64_t member_id,
                                std::function<void(Result<>)> done) {
  const auto room = rooms_.find(gid, false);
  if (!room) return done(room.error());
  const std::int64_t wanted[] = {member_id};
  auto people = people_.get(wanted);
  if (!people) return done(people.error());
  Person member = (*people)[member_id];
  member.id = member_id;
  change(*room, {room->room_id, actor, member, Role::member, Uuid::make(random_)}, &RoomLog::leave,
         [done](const Result<MemberOutcome>& outcome) {
           done(outcome ? Result<>() : Result<>(outcome.error()));
         });
}

Result<RenderedPage> RoomService::read(std::uint64_t room_id, std::int64_t reader_id,
                                       const LogRange& range) {
  if (range.limit == 0 || range.limit > kMaxPage) return bad("limit must be 1 to 1000");
  auto page = log_.read(room_id, reader_id, range);
  if (!page) return page.error();
  return render_page(announcer_, std::move(*page), range.upward());
}

Result<std::vector<Head>> RoomService::heads(std::span<const std::uint64_t> rooms) {
  if (rooms.size() > kMaxPage) return bad("at most 1000 rooms at once");
  return log_.heads(rooms);
}

}  // namespace confab::message_store
