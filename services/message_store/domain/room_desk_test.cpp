#include "message_store/domain/room_desk.hpp"

#include <gtest/gtest.h>

#include <future>

#include "message_store/domain/fake_room_book.hpp"
#include "message_store/domain/fakes.hpp"
#include "message_store/domain/room_directory.hpp"
#include "message_store/domain/room_service.hpp"

namespace confab::message_store {
namespace {

const Person kAda{1, "u-1", "ada", "Ada"};
const Person kBob{2, "u-2", "bob", "Bob"};
const Person kEve{3, "u-3", "eve", "Eve"};

struct RoomDeskTest : testing::Test {
  FakeStore store;
  FakeRoomBook book{store};
  ScriptedRandom random;
  ManualClock clock;
  RecordingEvents events;
  People people{store};
  Announcer announcer{people, events, [](std::size_t, const Error&) {}};
  RoomLanes lanes{store, random, {}, [](const auto&) {}, [](const auto&) {}};
  RoomService service{store, store, lanes, people, announcer, clock, random};
  RoomDesk desk{store, store, book, lanes, people, announcer, clock, random};
  RoomDirectory directory{store, book};
  ReadDesk reads{store, book, announcer};

  Room make_room(const std::string& kind = "private", const std::vector<Person>& members = {kBob}) {
    return *service.create(kAda, "Tea", kind, members);
  }

  /// Waits for what `call` gives to its callback.
  template <typename T, typename Call>
  Result<T> finish(Call call) {
    std::promise<Result<T>> promise;
    auto answer = promise.get_future();
    call([&promise](Result<T> result) { promise.set_value(std::move(result)); });
    return answer.get();
  }
  Result<Room> update(const Room& room, const Person& actor, const RoomPatch& patch) {
    return finish<Room>([&](auto done) { desk.update(room.gid, actor, patch, done); });
  }
  Result<Room> join(const Person& user, const std::string& gid, const std::string& code = "") {
    return finish<Room>([&](auto done) { desk.join(user, gid, code, done); });
  }
  Result<Member> set_role(const Room& room, const Person& actor, const std::string& role) {
    return finish<Member>([&](auto done) { desk.set_role(room.gid, actor, kBob, role, done); });
  }
  Result<> set_ban(const Room& room, const Person& user, bool banned) {
    return finish<void>([&](auto done) { desk.set_ban(room.gid, kAda, user, banned, done); });
  }
  Result<MyRoomPage> mine(const Person& person, const std::string& after, std::uint32_t limit) {
    return finish<MyRoomPage>(
        [&](auto done) { directory.mine(person.id, after, limit, false, done); });
  }
  /// What gateways were told since the last time.
  std::vector<std::string> told() {
    auto all = events.told();
    std::vector<std::string> fresh(all.begin() + static_cast<std::ptrdiff_t>(heard_), all.end());
    heard_ = all.size();
    return fresh;
  }
  template <typename T>
  static ErrorCode code(const Result<T>& result) {
    return result ? ErrorCode::internal : result.error().code;
  }

 private:
  std::size_t heard_ = 0;
};
using Told = std::vector<std::string>;

TEST_F(RoomDeskTest, TellsGatewaysOfEveryChangeOnce) {
  const auto room = make_room();
  (void)told();
  RoomPatch patch;
  patch.topic = "leaves";
  EXPECT_EQ(update(room, kAda, patch)->topic, "leaves");
  EXPECT_EQ(told(), Told{"entry 1"});
  EXPECT_TRUE(update(room, kAda, patch));
  EXPECT_EQ(told(), Told{}) << "nothing changed";
  EXPECT_EQ(set_role(room, kAda, "read-only")->role, Role::read_only);
  EXPECT_EQ(told(), Told{"entry 2"});
  EXPECT_TRUE(set_ban(room, kBob, true));
  EXPECT_EQ(told(), (Told{"entry 3", "removed 2"}));
  EXPECT_TRUE(set_ban(room, kBob, false));
  EXPECT_EQ(told(), Told{"entry 4"});
  EXPECT_NE(events.json().at(2).find(R"("reason":"banned")"), std::string::npos);
}

TEST_F(RoomDeskTest, RefusesSettingsThatAreNone) {
  const auto room = make_room();
  const auto refused = [&](auto set) {
    RoomPatch patch;
    set(patch);
    return code(update(room, kAda, patch)) == ErrorCode::invalid_argument;
  };
  EXPECT_TRUE(refused([](RoomPatch&) {}));
  EXPECT_TRUE(refused([](RoomPatch& patch) { patch.name = " "; }));
  EXPECT_TRUE(refused([](RoomPatch& patch) { patch.topic = std::string(251, 'x'); }));
  for (const auto* url : {"ftp://x", "http://", "javascript:alert(1)", "https://a b", "//x", "x"}) {
    EXPECT_TRUE(refused([&](RoomPatch& patch) { patch.picture = url; })) << url;
  }
  RoomPatch good;
  good.picture = "https://example.com/a.png";
  good.topic = std::string(500, '\xc3');  // Half of each letter: overwritten below.
  for (std::size_t i = 1; i < good.topic->size(); i += 2) (*good.topic)[i] = '\xa4';
  EXPECT_TRUE(update(room, kAda, good)) << "250 letters of two bytes";
  EXPECT_EQ(code(set_role(room, kAda, "king")), ErrorCode::invalid_argument);
  EXPECT_EQ(code(set_role(room, kAda, "")), ErrorCode::invalid_argument);
}

TEST_F(RoomDeskTest, LetsIntoPublicRoomsAndByInvitation) {
  const auto open = make_room("public");
  const auto closed = make_room();
  (void)told();
  EXPECT_EQ(join(kEve, open.gid)->gid, open.gid);
  EXPECT_EQ(told(), (Told{"entry 1", "added 3"}));
  EXPECT_TRUE(join(kEve, open.gid)) << "again does no harm";
  EXPECT_EQ(told(), Told{});
  EXPECT_EQ(code(join(kEve, closed.gid)), ErrorCode::not_a_member);
  EXPECT_EQ(code(join(kEve, "nowhere1")), ErrorCode::room_not_found);
  const auto invite = desk.invite(closed.gid, kAda, std::chrono::hours(1), 1);
  ASSERT_TRUE(invite);
  EXPECT_EQ(invite->invite.expires_ms, 1'800'003'600'000);
  EXPECT_TRUE(invite->code.starts_with(closed.gid + "-"));
  EXPECT_EQ(join(kEve, "", invite->code)->gid, closed.gid);
  EXPECT_EQ(code(join({4, "", "dan", ""}, "", invite->code)), ErrorCode::not_found) << "used up";
  for (const auto* bad : {"x", "nowhere1-1234567812345678", "nowhere1+1234567812345678"}) {
    EXPECT_EQ(code(join(kEve, "", bad)), ErrorCode::not_found) << bad;
  }
}

TEST_F(RoomDeskTest, RefusesInvitationsOfTooMuchAndFromWhoMayNot) {
  const auto room = make_room();
  using std::chrono::seconds;
  EXPECT_EQ(code(desk.invite(room.gid, kAda, seconds(59), 0)), ErrorCode::invalid_argument);
  EXPECT_EQ(code(desk.invite(room.gid, kAda, kLongestInviteLife + seconds(1), 0)),
            ErrorCode::invalid_argument);
  EXPECT_EQ(code(desk.invite(room.gid, kAda, seconds(0), kMaxInviteUses + 1)),
            ErrorCode::invalid_argument);
  EXPECT_EQ(code(desk.invite(room.gid, kBob, seconds(0), 0)), ErrorCode::permission_denied);
  const auto invite = desk.invite(room.gid, kAda, seconds(0), 0);
  EXPECT_EQ(invite->invite.expires_ms, 1'800'604'800'000) << "seven days";
  EXPECT_EQ(code(desk.revoke_invite("nowhere1", kAda.id, invite->code)), ErrorCode::room_not_found);
  EXPECT_EQ(code(desk.revoke_invite(make_room().gid, kAda.id, invite->code)), ErrorCode::not_found);
  EXPECT_TRUE(desk.revoke_invite(room.gid, kAda.id, invite->code));
  EXPECT_EQ(code(join(kEve, "", invite->code)), ErrorCode::not_found);
}

TEST_F(RoomDeskTest, ShowsListsToThoseWhoMaySeeThem) {
  const auto closed = make_room();
  const auto open = make_room("public");
  EXPECT_EQ(directory.members(closed.gid, kBob.id, {0, 1})->items.size(), 1U);
  EXPECT_TRUE(directory.members(closed.gid, kBob.id, {0, 1})->more);
  EXPECT_FALSE(directory.members(closed.gid, kBob.id, {0, 2})->more);
  EXPECT_EQ(code(directory.members(closed.gid, kEve.id, {0, 1})), ErrorCode::not_a_member);
  EXPECT_TRUE(directory.members(open.gid, kEve.id, {0, 1}));
  EXPECT_EQ(code(directory.members(open.gid, kEve.id, {0, 0})), ErrorCode::invalid_argument);
  EXPECT_TRUE(set_ban(open, kEve, true));
  EXPECT_EQ(directory.bans(open.gid, kAda.id, {0, 5})->items.size(), 1U);
  EXPECT_EQ(code(directory.bans(open.gid, kBob.id, {0, 5})), ErrorCode::permission_denied);
  EXPECT_EQ(code(directory.bans(open.gid, kEve.id, {0, 5})), ErrorCode::not_a_member);
  EXPECT_EQ(code(directory.public_rooms({1, "", "", 101})), ErrorCode::invalid_argument);
  EXPECT_EQ(directory.public_rooms({1, "", "", 1})->items.front().room.gid, open.gid);
}

TEST_F(RoomDeskTest, TellsMembersWhetherTheyMaySend) {
  const auto open = make_room("public");
  EXPECT_EQ(code(directory.standing(open.gid, kEve.id)), ErrorCode::not_a_member);
  EXPECT_EQ(code(directory.standing("nowhere1", kBob.id)), ErrorCode::room_not_found);
  EXPECT_TRUE(directory.standing(open.gid, kBob.id)->may_send);
  EXPECT_EQ(directory.standing(open.gid, kBob.id)->room_id, open.room_id);
  RoomPatch patch;
  patch.archived = true;
  EXPECT_TRUE(update(open, kAda, patch));
  EXPECT_FALSE(directory.standing(open.gid, kBob.id)->may_send);
}

TEST_F(RoomDeskTest, PagesOnesRoomsByACursor) {
  for (int i = 0; i < 3; ++i) make_room();
  const auto first = mine(kAda, "", 2);
  ASSERT_EQ(first->rooms.size(), 2U);
  EXPECT_FALSE(first->next.empty());
  const auto last = mine(kAda, first->next, 2);
  EXPECT_EQ(last->rooms.size(), 1U);
  EXPECT_EQ(last->next, "");
  for (const auto* bad :
       {"x", "1", "1-", "-1", "1-2x", "1-99999999999999999999", "1-9223372036854775808"}) {
    EXPECT_EQ(code(mine(kAda, bad, 2)), ErrorCode::invalid_argument) << bad;
  }
  EXPECT_EQ(code(mine(kAda, "", 0)), ErrorCode::invalid_argument);
  EXPECT_EQ(code(mine(kAda, "", 1001)), ErrorCode::invalid_argument);
}

TEST_F(RoomDeskTest, KeepsLargeCountsOnly) {
  const auto room = make_room();
  const auto say = [&](int from, int to) {
    for (int i = from; i < to; ++i) {
      const Draft one{kAda.id, std::to_string(i), Uuid::make(random), R"({"text":"x"})"};
      ASSERT_TRUE(store.append(room.room_id, {&one, 1}));
    }
  };
  say(0, 49);
  EXPECT_EQ(mine(kBob, "", 10)->rooms.front().unread, 49U);
  EXPECT_EQ(book.saved(), 0);
  say(49, 50);
  EXPECT_EQ(mine(kBob, "", 10)->rooms.front().unread, 50U);
  // The saving comes after the answer, on this thread.
  EXPECT_EQ(book.saved(), 1);
}

TEST_F(RoomDeskTest, TellsOthersOfPositionsThatMovedOnly) {
  const auto room = make_room();
  const Draft one{kAda.id, "1", Uuid::make(random), R"({"text":"x"})"};
  ASSERT_TRUE(store.append(room.room_id, {&one, 1}));
  (void)told();
  const ReadMark marks[] = {{kBob, room.room_id, 1}, {kEve, room.room_id, 1}};
  const auto outcomes = reads.mark(marks);
  EXPECT_TRUE(outcomes->at(0));
  EXPECT_FALSE(outcomes->at(1)) << "no member";
  EXPECT_EQ(told(), Told{"read 2 1"});
  EXPECT_TRUE(reads.mark(marks));
  EXPECT_EQ(told(), Told{});
  EXPECT_EQ(reads.readers(room.room_id, kAda.id, 1, {0, 10})->readers.size(), 1U);
  EXPECT_EQ(code(reads.readers(room.room_id, kEve.id, 1, {0, 10})), ErrorCode::not_a_member);
  const std::vector<ReadMark> many(ReadDesk::kMaxMarks + 1);
  EXPECT_EQ(code(reads.mark(many)), ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace confab::message_store
