#include "message_store/rpc/provisioning_rpc.hpp"

#include "message_store/rpc/store_server_test.hpp"
#include "message_store/storage/pg_room_import.hpp"

// Over a real gRPC connection and a real database.
namespace confab::message_store {
namespace {

using Stub = v1::MessageStore::Stub;

struct ProvisioningRpcTest : StoreServerTest {
  PgRoomImport import_store{store.pool};
  RoomImport import{import_store, clock, random};
  ProvisioningRpc provisioning{import, workers, [](std::string_view, const Error&) {}};

  void SetUp() override {
    server.reset();
    server = rpc::Server::start("127.0.0.1:0", {&methods, &provisioning}).value();
    stub = v1::MessageStore::NewStub(channel());
  }
  void TearDown() override { server.reset(); }

  /// Users first to last, each in all rooms; the first gid's number is `gid`.
  static v1::ProvisionRoomsRequest request(int rooms, std::int64_t last, int gid = 10'000'000) {
    v1::ProvisionRoomsRequest request;
    for (std::int64_t id = 1; id <= last; ++id) {
      auto& person = *request.add_people();
      person.set_id(id);
      person.set_uuid(Uuid{}.text());
      person.set_username("user-" + std::to_string(id));
      person.set_name("User " + std::to_string(id));
    }
    for (int i = 0; i < rooms; ++i) {
      auto& room = *request.add_rooms();
      room.set_gid(std::to_string(gid + i));
      room.set_name("Room " + std::to_string(gid + i));
      for (std::int64_t id = 1; id <= last; ++id) room.add_member_ids(id);
    }
    return request;
  }

  Result<v1::ProvisionRoomsResponse> provision(const v1::ProvisionRoomsRequest& request) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
    v1::ProvisionRoomsResponse response;
    const auto status =
        v1::Provisioning::NewStub(channel())->ProvisionRooms(&context, request, &response);
    if (!status.ok()) return rpc::to_error(status);
    return response;
  }
  Result<v1::Room> get(const std::string& gid, std::int64_t reader_id) {
    v1::GetRoomRequest request;
    request.set_gid(gid);
    request.set_reader_id(reader_id);
    return call(&Stub::GetRoom, request);
  }
};

TEST_F(ProvisioningRpcTest, MakesRoomsThatAreLikeAllOthers) {
  const auto done = provision(request(3, 4));
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(done->made(), 3U);
  const auto room = get("10000001", 4);
  ASSERT_TRUE(room) << room.error().message;
  EXPECT_EQ(room->name(), "Room 10000001");
  EXPECT_EQ(room->kind(), "private");
  EXPECT_EQ(room->created_by().username(), "user-1");
  EXPECT_EQ(room->head().epoch(), 1U);
  EXPECT_EQ(room->head().seq(), 0U);
  ASSERT_EQ(room->members_size(), 4);
  EXPECT_EQ(room->members(0).role(), "owner");
  EXPECT_EQ(room->members(3).role(), "member");
  EXPECT_EQ(room->members(3).person().name(), "User 4");
  v1::ListRoomsRequest mine;
  mine.set_user_id(4);
  mine.set_limit(10);
  EXPECT_EQ(call(&Stub::ListRooms, mine)->rooms_size(), 3);
  EXPECT_EQ(code(get("10000001", 5)), "not_a_member");
  // And messages go to them.
  const std::vector drafts{Draft{4, "c-1", Uuid::make(random), "{}"}};
  EXPECT_EQ(store.log.append(room->room_id(), drafts)->results.front()->seq, 1U);
  EXPECT_TRUE(events.told().empty());
}

TEST_F(ProvisioningRpcTest, TakesAThousandRoomsAndTheSameAgain) {
  const auto first = provision(request(1000, 20));
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_EQ(first->made(), 1000U);
  const auto again = provision(request(1000, 20));
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->made(), 0U);
  EXPECT_EQ(provision(request(1000, 20, 10'000'500))->made(), 500U);
}

TEST_F(ProvisioningRpcTest, LeavesARoomThatIsThereAsItIsAndMakesTheOthers) {
  ASSERT_TRUE(provision(request(1, 2)));
  const auto done = provision(request(2, 3));
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(done->made(), 1U);
  EXPECT_EQ(get("10000000", 1)->members_size(), 2);
  EXPECT_EQ(get("10000001", 1)->members_size(), 3);
}

TEST_F(ProvisioningRpcTest, MakesNothingWhenAGidBelongsToAnotherRoom) {
  ASSERT_TRUE(provision(request(1, 2)));
  auto wanted = request(2, 2);
  wanted.mutable_rooms(0)->set_name("Another");
  EXPECT_EQ(code(provision(wanted)), "already_exists");
  EXPECT_EQ(code(get("10000001", 0)), "room_not_found");
}

TEST_F(ProvisioningRpcTest, RefusesWhatIsTooMuchOrMalformed) {
  EXPECT_EQ(code(provision(request(1001, 1))), "invalid_argument");
  EXPECT_EQ(code(provision(request(1000, 21))), "invalid_argument");
  auto stranger = request(1, 2);
  stranger.mutable_rooms(0)->add_member_ids(3);
  EXPECT_EQ(code(provision(stranger)), "invalid_argument");
}

}  // namespace
}  // namespace confab::message_store
