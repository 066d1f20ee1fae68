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
  Result<v1::ProvisionMessagesResponse> add_past(const v1::ProvisionMessagesRequest& request) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
    v1::ProvisionMessagesResponse response;
    const auto status =
        v1::Provisioning::NewStub(channel())->ProvisionMessages(&context, request, &response);
    if (!status.ok()) return rpc::to_error(status);
    return response;
  }
  /// Messages of one room, by user 1, said at the milliseconds given.
  static v1::ProvisionMessagesRequest past(const std::string& gid, const std::vector<int>& times,
                                           std::int64_t sender = 1) {
    v1::ProvisionMessagesRequest request;
    auto& room = *request.add_rooms();
    room.set_gid(gid);
    for (const auto time : times) {
      auto& message = *room.add_messages();
      message.set_sender_id(sender);
      message.set_client_msg_id("at-" + std::to_string(time));
      message.set_text("said at " + std::to_string(time));
      message.set_created_ms(time);
    }
    return request;
  }
  Result<LogPage> log_of(const std::string& gid) {
    LogRange all;
    all.from_start = true;
    return store.log.read(get(gid, 1)->room_id(), 1, all);
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

TEST_F(ProvisioningRpcTest, MakesDirectRoomsAndFindsThoseThatAreThere) {
  auto wanted = request(1, 2);
  auto& direct = *wanted.add_rooms();
  direct.set_gid("direct00");
  direct.set_kind("direct");
  direct.set_created_ms(5000);
  direct.add_member_ids(2);
  direct.add_member_ids(1);
  const auto first = provision(wanted);
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_EQ(first->made(), 2U);
  EXPECT_EQ(first->gids(1), "direct00");
  const auto room = get("direct00", 1);
  ASSERT_TRUE(room) << room.error().message;
  EXPECT_EQ(room->kind(), "direct");
  EXPECT_EQ(room->created_ms(), 5000);
  EXPECT_EQ(room->members(0).role(), "member");
  EXPECT_EQ(room->members(0).added_ms(), 5000);
  wanted.mutable_rooms(1)->set_gid("direct11");
  const auto again = provision(wanted);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->made(), 0U);
  EXPECT_EQ(again->gids(1), "direct00");
  EXPECT_EQ(code(get("direct11", 0)), "room_not_found");
}

TEST_F(ProvisioningRpcTest, AddsThePastInTheOrderOfItsTimesAndTheSameOnlyOnce) {
  ASSERT_TRUE(provision(request(1, 2)));
  ASSERT_EQ(add_past(past("10000000", {1000, 2000, 2000 + 1}))->added(), 3U);
  EXPECT_EQ(add_past(past("10000000", {1000, 2001, 3000}))->added(), 1U);
  EXPECT_EQ(add_past(past("10000000", {1000, 2000, 2001, 3000}))->added(), 0U);
  const auto page = log_of("10000000");
  ASSERT_EQ(page->entries.size(), 4U);
  EXPECT_EQ(page->head.seq, 4U);
  EXPECT_EQ(page->entries[3].created_ms, 3000);
  EXPECT_EQ(page->entries[3].body, R"({"text":"said at 3000"})");
  EXPECT_EQ(page->head.check, page->entries[3].msg_id.bytes().substr(0, kCheckBytes));
  // Life goes on behind it, whatever this store believed to be the end.
  const std::vector drafts{Draft{2, "c-1", Uuid::make(random), "{}"}};
  EXPECT_EQ(store.log.append(get("10000000", 1)->room_id(), drafts)->results.front()->seq, 5U);
}

TEST_F(ProvisioningRpcTest, AddsNothingOfACallThatHasAMessageThatCannotBe) {
  ASSERT_TRUE(provision(request(2, 2)));
  ASSERT_TRUE(add_past(past("10000000", {1000, 2000})));
  const auto with = [](v1::ProvisionMessagesRequest bad) {
    auto both = past("10000001", {1000});
    *both.add_rooms() = bad.rooms(0);
    return both;
  };
  EXPECT_EQ(code(add_past(with(past("10000000", {1500})))), "invalid_argument");
  EXPECT_EQ(code(add_past(with(past("10000000", {3000}, 3)))), "not_a_member");
  EXPECT_EQ(code(add_past(with(past("no-such-", {3000})))), "room_not_found");
  EXPECT_TRUE(log_of("10000001")->entries.empty());
}

TEST_F(ProvisioningRpcTest, CountsThePastAsReadByThoseWhoHadReadAll) {
  ASSERT_TRUE(provision(request(1, 2)));
  ASSERT_TRUE(add_past(past("10000000", {1000, 2000})));
  EXPECT_EQ(store.lists.rooms_of(2, {std::nullopt, 10, false})->at(0).unread, 0U);
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
