#include "gateway/rpc/rooms_client.hpp"

#include <gtest/gtest.h>

#include "gateway/rpc/fake_services.hpp"

namespace confab::gateway {
namespace {

using namespace testing;
namespace v1 = message_store::v1;

const User kAnn{1, "u-1", "ann", "Ann"};
const User kBob{2, "u-2", "bob", "Bob"};

/// Keeps the last request as text; answers with what the test put there.
class FakeRoomsService final : public v1::Rooms::Service {
 public:
  std::string asked;
  std::optional<Error> failure;
  v1::Room room;
  v1::Member member;
  v1::Invite invite;
  v1::ListMineResponse mine;
  v1::ListPublicResponse publics;
  v1::ListMembersResponse members;
  v1::ListBansResponse bans;
  v1::GetStandingResponse standing;
  v1::MarkReadResponse marks;
  v1::ListReadersResponse readers;
  v1::FindMessageResponse found;

#define CONFAB_FAKE_METHOD(Name, Response, held)                            \
  grpc::Status Name(grpc::ServerContext*, const v1::Name##Request* request, \
                    v1::Response* response) override {                      \
    asked = #Name " " + request->ShortDebugString();                        \
    if (failure) return rpc::to_status(*failure);                           \
    *response = held;                                                       \
    return grpc::Status::OK;                                                \
  }
  CONFAB_FAKE_METHOD(UpdateRoom, Room, room)
  CONFAB_FAKE_METHOD(JoinRoom, Room, room)
  CONFAB_FAKE_METHOD(SetRole, Member, member)
  CONFAB_FAKE_METHOD(SetBan, SetBanResponse, v1::SetBanResponse())
  CONFAB_FAKE_METHOD(CreateInvite, Invite, invite)
  CONFAB_FAKE_METHOD(RevokeInvite, RevokeInviteResponse, v1::RevokeInviteResponse())
  CONFAB_FAKE_METHOD(ListMine, ListMineResponse, mine)
  CONFAB_FAKE_METHOD(ListPublic, ListPublicResponse, publics)
  CONFAB_FAKE_METHOD(ListMembers, ListMembersResponse, members)
  CONFAB_FAKE_METHOD(ListBans, ListBansResponse, bans)
  CONFAB_FAKE_METHOD(GetStanding, GetStandingResponse, standing)
  CONFAB_FAKE_METHOD(MarkRead, MarkReadResponse, marks)
  CONFAB_FAKE_METHOD(ListReaders, ListReadersResponse, readers)
  CONFAB_FAKE_METHOD(FindMessage, FindMessageResponse, found)
#undef CONFAB_FAKE_METHOD
};

struct RoomsClientTest : ::testing::Test {
  boost::asio::io_context io{1};
  FakeRoomsService service;
  TestServer server{service};
  RoomsClient client{std::vector{server.stub<v1::Rooms>()}};

  template <typename T>
  T wait_for(Task<T> task) {
    return finish(io, std::move(task));
  }
  bool asked(const std::string& part) const {
    return service.asked.find(part) != std::string::npos;
  }
};

TEST_F(RoomsClientTest, SendsOnlyWhatIsToChange) {
  service.room.set_gid("wjLJb3Jo");
  service.room.set_topic("leaves");
  service.room.set_archived(true);
  RoomPatch patch;
  patch.topic = "";
  patch.archived = false;
  const auto room = wait_for(client.update_room("wjLJb3Jo", kAnn, patch));
  ASSERT_TRUE(room);
  EXPECT_EQ(room->topic, "leaves");
  EXPECT_TRUE(room->archived);
  EXPECT_TRUE(asked(R"(topic: "" archived: false)")) << service.asked;
  EXPECT_TRUE(asked(R"(username: "ann")"));
  EXPECT_FALSE(asked("picture"));
}

TEST_F(RoomsClientTest, CarriesEveryChangeOver) {
  service.member.set_role("admin");
  EXPECT_EQ(wait_for(client.set_role("g", kAnn, kBob, "admin"))->role, "admin");
  EXPECT_TRUE(asked(R"(role: "admin")"));
  ASSERT_TRUE(wait_for(client.set_ban("g", kAnn, kBob, true)));
  EXPECT_TRUE(asked("banned: true"));
  ASSERT_TRUE(wait_for(client.join_room(kBob, "", "code")));
  EXPECT_TRUE(asked(R"(code: "code")"));
  service.invite.set_code("c");
  service.invite.set_expires_ms(5);
  EXPECT_EQ(wait_for(client.create_invite("g", kAnn, 60, 2))->code, "c");
  EXPECT_TRUE(asked("expires_in_s: 60 uses: 2"));
  ASSERT_TRUE(wait_for(client.revoke_invite("g", 1, "c")));
  EXPECT_TRUE(asked(R"(actor_id: 1 code: "c")"));
}

TEST_F(RoomsClientTest, ReadsListsAsTheyAreSent) {
  auto& mine = *service.mine.add_rooms();
  mine.mutable_room()->set_gid("wjLJb3Jo");
  mine.set_role("owner");
  mine.set_unread(7);
  mine.mutable_last_message()->set_text("hi");
  service.mine.add_rooms();
  service.mine.set_next("n");
  const auto rooms = wait_for(client.list_mine(1, {"a", 5, true}));
  ASSERT_EQ(rooms->rooms.size(), 2U);
  EXPECT_EQ(rooms->rooms[0].room.ref.gid, "wjLJb3Jo");
  EXPECT_EQ(rooms->rooms[0].unread, 7U);
  EXPECT_EQ(rooms->rooms[0].last->text, "hi");
  EXPECT_FALSE(rooms->rooms[1].last);
  EXPECT_EQ(rooms->next, "n");
  EXPECT_TRUE(asked(R"(after: "a" limit: 5 archived: true)"));
  service.publics.add_rooms()->set_joined(true);
  service.publics.set_more(true);
  EXPECT_TRUE(wait_for(client.list_public(1, {"q", "", 5}))->items.front().joined);
  service.members.add_members()->mutable_person()->set_username("bob");
  EXPECT_EQ(wait_for(client.list_members("g", 1, {3, 5}))->items.front().user.username, "bob");
  EXPECT_TRUE(asked("reader_id: 1 after: 3 limit: 5"));
  service.bans.add_bans()->set_banned_by("ann");
  EXPECT_EQ(wait_for(client.list_bans("g", 1, {0, 5}))->items.front().banned_by, "ann");
  service.standing.set_room_id(7);
  service.standing.set_blocked(true);
  const auto standing = wait_for(client.standing("g", 1));
  EXPECT_EQ(standing->room_id, 7U);
  EXPECT_FALSE(standing->may_send);
  EXPECT_TRUE(standing->blocked);
  EXPECT_TRUE(asked(R"(gid: "g" user_id: 1)"));
  service.readers.add_readers()->set_seq(4);
  service.readers.set_next(9);
  const auto readers = wait_for(client.list_readers(7, 1, 3, {0, 5}));
  EXPECT_EQ(readers->readers.front().seq, 4U);
  EXPECT_EQ(readers->next, 9);
}

TEST_F(RoomsClientTest, TellsOfEachMarkWhatBecameOfIt) {
  auto& moved = *service.marks.add_outcomes();
  moved.set_is_member(true);
  moved.set_seq(5);
  service.marks.add_outcomes();
  const auto outcomes = wait_for(client.mark_read({{kAnn, 7, 9}, {kBob, 7, 9}}));
  ASSERT_TRUE(outcomes);
  EXPECT_EQ(*outcomes->at(0), 5U);
  EXPECT_EQ(outcomes->at(1).error().code, ErrorCode::not_a_member);
  EXPECT_TRUE(asked("room_id: 7 seq: 9"));
}

TEST_F(RoomsClientTest, TellsAMessagesPlaceOrThatThereIsNone) {
  EXPECT_FALSE(wait_for(client.find_message(7, 1, "c")).value());
  service.found.mutable_appended()->set_seq(5);
  EXPECT_EQ(wait_for(client.find_message(7, 1, "c")).value()->seq, 5U);
}

TEST_F(RoomsClientTest, GivesTheStoresRefusalOn) {
  service.failure = Error{ErrorCode::permission_denied, "no"};
  EXPECT_EQ(wait_for(client.join_room(kBob, "g", "")).error().code, ErrorCode::permission_denied);
  EXPECT_EQ(wait_for(client.set_ban("g", kAnn, kBob, true)).error().code,
            ErrorCode::permission_denied);
  EXPECT_EQ(wait_for(client.list_mine(1, {})).error().code, ErrorCode::permission_denied);
  EXPECT_EQ(wait_for(client.mark_read({})).error().code, ErrorCode::permission_denied);
}

}  // namespace
}  // namespace confab::gateway
