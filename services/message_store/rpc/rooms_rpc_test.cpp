#include "message_store/rpc/rooms_rpc.hpp"

#include "message_store/rpc/store_server_test.hpp"

// The service of rooms.proto over a real connection and PostgreSQL.
namespace confab::message_store {
namespace {

using Stub = v1::Rooms::Stub;

struct RoomsRpcTest : StoreServerTest {
  RoomDesk desk{store.rooms, store.log, store.changes, lanes, people, announcer, clock, random};
  RoomDirectory directory{store.rooms, store.lists};
  ReadDesk read_desk{store.rooms, store.positions, announcer};
  RoomsRpc rooms{desk, directory, read_desk, workers, [](std::string_view, const Error&) {}};
  std::unique_ptr<rpc::Server> rooms_server = rpc::Server::start("127.0.0.1:0", {&rooms}).value();
  std::unique_ptr<Stub> rooms_stub = v1::Rooms::NewStub(grpc::CreateChannel(
      "127.0.0.1:" + std::to_string(rooms_server->port()), grpc::InsecureChannelCredentials()));

  template <typename Request, typename Response>
  Result<Response> ask(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                    Response*),
                       const Request& request) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
    Response response;
    const auto status = (*rooms_stub.*method)(&context, request, &response);
    if (!status.ok()) return rpc::to_error(status);
    return response;
  }
  Result<v1::Room> join(const std::string& username, const std::string& gid,
                        const std::string& code_text = "") {
    v1::JoinRoomRequest request;
    *request.mutable_user() = person(username);
    request.set_gid(gid);
    request.set_code(code_text);
    return ask(&Stub::JoinRoom, request);
  }
  Result<v1::SetBanResponse> ban(const std::string& gid, const std::string& actor, bool banned) {
    v1::SetBanRequest request;
    request.set_gid(gid);
    *request.mutable_actor() = person(actor);
    *request.mutable_user() = person("bob");
    request.set_banned(banned);
    return ask(&Stub::SetBan, request);
  }
  void say(const v1::Room& room, int count) {
    std::vector<Draft> drafts;
    for (int i = 0; i < count; ++i) {
      drafts.push_back({1, std::to_string(i), Uuid::make(random), R"({"text":"hi"})"});
    }
    ASSERT_TRUE(store.log.append(room.room_id(), drafts));
  }
};

TEST_F(RoomsRpcTest, ChangesOnlyWhatTheRequestHas) {
  const auto room = make_room("private", {"bob"});
  v1::UpdateRoomRequest request;
  request.set_gid(room.gid());
  *request.mutable_actor() = person("ada");
  request.set_topic("leaves");
  request.set_picture("https://example.com/a.png");
  ASSERT_TRUE(ask(&Stub::UpdateRoom, request));
  request.clear_topic();
  request.set_picture("");
  request.set_archived(true);
  const auto updated = ask(&Stub::UpdateRoom, request);
  ASSERT_TRUE(updated);
  EXPECT_EQ(updated->name(), "Tea");
  EXPECT_EQ(updated->topic(), "leaves");
  EXPECT_EQ(updated->picture(), "");
  EXPECT_TRUE(updated->archived());
  EXPECT_EQ(updated->head().seq(), 2U);
  request.set_kind("direct");
  EXPECT_EQ(code(ask(&Stub::UpdateRoom, request)), "invalid_argument");
}

TEST_F(RoomsRpcTest, CarriesMembersInAndOut) {
  const auto room = make_room("private", {"bob"});
  EXPECT_EQ(code(join("eve", room.gid())), "not_a_member");
  v1::CreateInviteRequest request;
  request.set_gid(room.gid());
  *request.mutable_actor() = person("ada");
  request.set_uses(1);
  const auto invite = ask(&Stub::CreateInvite, request);
  ASSERT_TRUE(invite);
  EXPECT_EQ(invite->uses(), 1U);
  EXPECT_GT(invite->expires_ms(), 1'700'000'000'000);
  EXPECT_EQ(join("eve", "", invite->code())->room_id(), room.room_id());
  v1::RevokeInviteRequest revoke;
  revoke.set_gid(room.gid());
  revoke.set_actor_id(1);
  revoke.set_code(invite->code());
  EXPECT_TRUE(ask(&Stub::RevokeInvite, revoke)) << "used up, and dropped by this";
  v1::SetRoleRequest role;
  role.set_gid(room.gid());
  *role.mutable_actor() = person("ada");
  *role.mutable_member() = person("bob");
  role.set_role("read-only");
  v1::GetStandingRequest standing;
  standing.set_gid(room.gid());
  standing.set_user_id(2);
  EXPECT_TRUE(ask(&Stub::GetStanding, standing)->may_send());
  EXPECT_EQ(ask(&Stub::SetRole, role)->role(), "read-only");
  EXPECT_FALSE(ask(&Stub::GetStanding, standing)->may_send());
  EXPECT_NE(ask(&Stub::GetStanding, standing)->room_id(), 0U);
  EXPECT_EQ(code(ban(room.gid(), "eve", true)), "permission_denied");
  ASSERT_TRUE(ban(room.gid(), "ada", true));
  v1::ListBansRequest bans;
  bans.set_gid(room.gid());
  bans.set_reader_id(1);
  bans.set_limit(10);
  EXPECT_EQ(ask(&Stub::ListBans, bans)->bans(0).user().username(), "bob");
  v1::ListMembersRequest members;
  members.set_gid(room.gid());
  members.set_reader_id(1);
  members.set_limit(1);
  const auto page = ask(&Stub::ListMembers, members);
  EXPECT_EQ(page->members(0).person().username(), "ada");
  EXPECT_TRUE(page->more());
  members.set_reader_id(2);
  EXPECT_EQ(code(ask(&Stub::ListMembers, members)), "not_a_member");
  EXPECT_EQ(code(ask(&Stub::GetStanding, standing)), "not_a_member");
}

TEST_F(RoomsRpcTest, ListsRoomsWithWhatIsUnreadAndReadOn) {
  const auto room = make_room("public", {"bob"});
  say(room, 60);
  v1::ListMineRequest request;
  request.set_user_id(2);
  request.set_limit(10);
  // Twice: the second time from the count that was kept.
  for (int i = 0; i < 2; ++i) {
    const auto mine = ask(&Stub::ListMine, request);
    ASSERT_TRUE(mine) << mine.error().message;
    ASSERT_EQ(mine->rooms_size(), 1);
    EXPECT_EQ(mine->rooms(0).unread(), 60U);
    EXPECT_EQ(mine->rooms(0).last_message().sender(), "ada");
    EXPECT_EQ(mine->rooms(0).last_message().text(), "hi");
    EXPECT_EQ(mine->rooms(0).role(), "member");
  }
  v1::MarkReadRequest marks;
  auto& mark = *marks.add_marks();
  *mark.mutable_user() = person("bob");
  mark.set_room_id(room.room_id());
  mark.set_seq(59);
  const auto marked = ask(&Stub::MarkRead, marks);
  EXPECT_TRUE(marked->outcomes(0).is_member());
  EXPECT_EQ(marked->outcomes(0).seq(), 59U);
  EXPECT_EQ(ask(&Stub::ListMine, request)->rooms(0).unread(), 1U);
  EXPECT_EQ(events.told().back(), "read 2 59");
  v1::ListReadersRequest readers;
  readers.set_room_id(room.room_id());
  readers.set_reader_id(1);
  readers.set_seq(59);
  readers.set_limit(10);
  EXPECT_EQ(ask(&Stub::ListReaders, readers)->readers(0).user().username(), "bob");
  v1::FindMessageRequest find;
  find.set_room_id(room.room_id());
  find.set_sender_id(1);
  find.set_client_msg_id("7");
  EXPECT_EQ(ask(&Stub::FindMessage, find)->appended().seq(), 8U);
  find.set_client_msg_id("none");
  EXPECT_FALSE(ask(&Stub::FindMessage, find)->has_appended());
  v1::ListPublicRequest publics;
  publics.set_user_id(5);
  publics.set_query("tEA");
  publics.set_limit(10);
  const auto found = ask(&Stub::ListPublic, publics);
  EXPECT_EQ(found->rooms(0).room().gid(), room.gid());
  EXPECT_FALSE(found->rooms(0).joined());
}

}  // namespace
}  // namespace confab::message_store
