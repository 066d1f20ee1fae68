#include "gateway/rpc/store_client.hpp"

#include <gtest/gtest.h>

#include "common/base/sharding.hpp"
#include "common/testing/cutting_server.hpp"
#include "gateway/rpc/fake_services.hpp"
#include "gateway/rpc/store_conversions.hpp"

namespace confab::gateway {
namespace {

using namespace testing;
using namespace std::chrono_literals;
namespace v1 = message_store::v1;

using Calls = std::vector<std::string>;

const User kAnn{1, "u-1", "ann", "Ann"};
const User kBob{2, "u-2", "bob", "Bob"};

struct StoreClientTest : ::testing::Test {
  boost::asio::io_context io{1};
  FakeStoreService services[2];
  TestServer servers[2] = {TestServer(services[0]), TestServer(services[1])};
  int breaks = 0;
  std::shared_ptr<StoreHealth> health = std::make_shared<StoreHealth>(2, one_call());
  std::unique_ptr<StoreClient> client;

  static StoreHealth::Options one_call() {
    StoreHealth::Options options;
    options.max_calls = 1;
    return options;
  }

  void SetUp() override {
    std::vector<StoreClient::Store> stores;
    for (const auto& server : servers) {
      stores.push_back({server.address(), server.stub<v1::MessageStore>()});
    }
    client = std::make_unique<StoreClient>(
        io, stores, [this](auto) { ++breaks; }, AppendPipe::Options(), health);
  }

  /// A room whose bucket belongs to that store.
  static std::uint64_t room_of(std::size_t store) {
    std::uint64_t id = 1;
    while (bucket_of(id) * 2 / kBuckets != store) ++id;
    return id;
  }

  template <typename T>
  T wait_for(Task<T> task) {
    return finish(io, std::move(task));
  }
};

TEST_F(StoreClientTest, AsksTheStoreOfTheRoomsBucket) {
  for (const std::size_t store : {0U, 1U}) {
    ASSERT_TRUE(wait_for(client->read(room_of(store), 0, {})));
    ASSERT_TRUE(wait_for(client->heads({room_of(store)})));
    EXPECT_EQ(services[store].calls(), (Calls{"ReadLogRequest", "GetHeadsRequest"}));
  }
}

TEST_F(StoreClientTest, AppendsAtTheStoreOfTheRoomsBucket) {
  for (auto& service : services) service.answer_all();
  for (const std::size_t store : {0U, 1U}) {
    const NewMessage message{room_of(store), 1, "c-1", "text", R"({"a":1})"};
    const auto ack = wait_for(client->append(message));
    ASSERT_TRUE(ack);
    EXPECT_GT(ack->seq, 0U);
    ASSERT_EQ(services[store].messages().size(), 1U);
    const auto sent = services[store].messages().front();
    EXPECT_EQ(sent.room_id(), room_of(store));
    EXPECT_EQ(sent.sender_id(), 1);
    EXPECT_EQ(sent.client_msg_id(), "c-1");
    EXPECT_EQ(sent.text(), "text");
    EXPECT_EQ(sent.attributes(), R"({"a":1})");
  }
}

TEST_F(StoreClientTest, KeepsTheOrderOfAppendsToARoom) {
  services[0].answer_all();
  int done = 0;
  for (int i = 0; i < 50; ++i) {
    const NewMessage message{room_of(0), 1, std::to_string(i), "text", ""};
    boost::asio::co_spawn(io, client->append(message),
                          [&](const std::exception_ptr&, const Result<Ack>&) { ++done; });
  }
  ASSERT_TRUE(run_until(io, [&] { return done == 50; }));
  const auto sent = services[0].messages();
  for (std::size_t i = 0; i < 50; ++i) EXPECT_EQ(sent[i].client_msg_id(), std::to_string(i));
}

TEST_F(StoreClientTest, RepeatsWhatMayBeRepeatedAtTheNextStore) {
  servers[0].stop();
  EXPECT_TRUE(wait_for(client->read(room_of(0), 0, {})));
  EXPECT_TRUE(wait_for(client->heads({room_of(0)})));
  EXPECT_TRUE(wait_for(client->room("gid", 2, false)));
  EXPECT_TRUE(wait_for(client->rooms_of(2, 10)));
  EXPECT_EQ(services[1].calls(),
            (Calls{"ReadLogRequest", "GetHeadsRequest", "GetRoomRequest", "ListRoomsRequest"}));
}

TEST_F(StoreClientTest, RepeatsNothingElse) {
  servers[0].stop();
  EXPECT_EQ(wait_for(client->create_room(kBob, {"Lobby", ""}, {})).error().code,
            ErrorCode::unavailable);
  EXPECT_EQ(wait_for(client->open_direct(kBob, kAnn)).error().code, ErrorCode::unavailable);
  EXPECT_EQ(wait_for(client->add_member("gid", kBob, kAnn, "")).error().code,
            ErrorCode::unavailable);
  EXPECT_TRUE(services[1].calls().empty());
}

TEST_F(StoreClientTest, SaysThatWhatWasCutOffMayHaveBeenDone) {
  const CuttingServer dying;
  const auto channel = grpc::CreateChannel(dying.address(), grpc::InsecureChannelCredentials());
  StoreClient cut(io, {{dying.address(), std::make_shared<StoreClient::Stub>(channel)}},
                  [](auto) {});
  EXPECT_EQ(wait_for(cut.create_room(kBob, {"Lobby", ""}, {})).error().code,
            ErrorCode::unknown_outcome);
  EXPECT_TRUE(dying.was_asked());
}

TEST_F(StoreClientTest, RepeatsAReadThatWasCutOff) {
  const CuttingServer dying;
  const auto channel = grpc::CreateChannel(dying.address(), grpc::InsecureChannelCredentials());
  StoreClient cut(io,
                  {{dying.address(), std::make_shared<StoreClient::Stub>(channel)},
                   {servers[1].address(), servers[1].stub<v1::MessageStore>()}},
                  [](auto) {});
  EXPECT_TRUE(wait_for(cut.read(room_of(0), 0, {})));
  EXPECT_TRUE(dying.was_asked());
}

TEST_F(StoreClientTest, PassesOverAStoreThatLeftThreeCallsWithoutAnAnswer) {
  servers[0].stop();
  for (int i = 0; i < StoreHealth::kFailures; ++i) {
    EXPECT_EQ(wait_for(client->open_direct(kBob, kAnn)).error().code, ErrorCode::unavailable);
  }
  EXPECT_TRUE(wait_for(client->open_direct(kBob, kAnn)));
  EXPECT_EQ(services[1].calls(), Calls{"OpenDirectRequest"});
}

TEST_F(StoreClientTest, RefusesACallAtOnceWhileTooManyOfItsStoreAreWithoutAnAnswer) {
  auto other = health->calls(0).enter();
  for (int i = 0; i < StoreHealth::kFailures; ++i) {
    const auto refused = wait_for(client->read(room_of(0), 0, {}));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::overloaded);
    EXPECT_GT(refused.error().retry_after, 0ms);
  }
  EXPECT_TRUE(services[0].calls().empty() && services[1].calls().empty());
  EXPECT_TRUE(wait_for(client->read(room_of(1), 0, {})));
  other.reset();
  EXPECT_TRUE(wait_for(client->read(room_of(0), 0, {})));
  EXPECT_TRUE(wait_for(client->read(room_of(0), 0, {}))) << "and the call has given its place back";
}

TEST_F(StoreClientTest, RepeatsAReadThatWasLateWithinABudgetOnly) {
  services[0].failure = Error{ErrorCode::unknown_outcome, "late"};
  EXPECT_TRUE(wait_for(client->read(room_of(0), 0, {})));
  while (health->may_repeat()) continue;
  EXPECT_EQ(wait_for(client->read(room_of(0), 0, {})).error().code, ErrorCode::unknown_outcome);
  services[0].failure = Error{ErrorCode::unavailable, "away"};
  EXPECT_TRUE(wait_for(client->read(room_of(0), 0, {}))) << "who is away has not too much to do";
}

TEST_F(StoreClientTest, SaysUnavailableOnceAllStoresAreAway) {
  for (auto& server : servers) server.stop();
  EXPECT_EQ(wait_for(client->read(1, 0, {})).error().code, ErrorCode::unavailable);
}

TEST_F(StoreClientTest, TakesTheFirstStoresAnswerWhenItIsARefusal) {
  services[0].failure = Error{ErrorCode::not_a_member, "no"};
  EXPECT_EQ(wait_for(client->read(room_of(0), 1, {})).error().code, ErrorCode::not_a_member);
  EXPECT_TRUE(services[1].calls().empty());
  services[0].failure = Error{ErrorCode::unavailable, "its storage is away"};
  EXPECT_TRUE(wait_for(client->read(room_of(0), 1, {})));
}

TEST_F(StoreClientTest, AsksForTheRangeAsItIsMeant) {
  std::vector<v1::ReadLogRequest> requests;
  services[0].on_call = [&](const auto& request, auto*) {
    requests.push_back(dynamic_cast<const v1::ReadLogRequest&>(request));
  };
  const LogRange upward{0, std::nullopt, 300};
  const LogRange downward{std::nullopt, 9, 50};
  (void)wait_for(client->read(room_of(0), 5, upward));
  (void)wait_for(client->read(room_of(0), 0, downward));
  EXPECT_TRUE(requests.at(0).from_start());
  EXPECT_EQ(requests[0].limit(), 300U);
  EXPECT_EQ(requests[0].reader_id(), 5);
  EXPECT_FALSE(requests.at(1).from_start());
  EXPECT_EQ(requests[1].before(), 9U);
}

TEST_F(StoreClientTest, AsksNobodyForNoHeads) {
  EXPECT_TRUE(wait_for(client->heads({}))->empty());
  EXPECT_TRUE(services[0].calls().empty() && services[1].calls().empty());
}

TEST_F(StoreClientTest, GivesEverythingOfARoomAndItsMembers) {
  services[1].on_call = [&](const auto& request, auto* response) {
    EXPECT_EQ(dynamic_cast<const v1::GetRoomRequest&>(request).without_members(), false);
    auto& room = dynamic_cast<v1::Room&>(*response);
    room.set_room_id(7);
    room.set_gid("wjLJb3Jo");
    room.set_name("Lobby");
    room.set_kind("private");
    room.set_created_ms(1700);
    room.mutable_created_by()->set_username("ann");
    room.mutable_head()->set_epoch(2);
    room.mutable_head()->set_seq(9);
    room.mutable_head()->set_check("12345678");
    auto& member = *room.add_members();
    member.mutable_person()->set_id(2);
    member.set_role("admin");
    member.set_added_ms(1800);
    member.set_added_by_username("ann");
  };
  const auto room = wait_for(client->room("wjLJb3Jo", 1, true));
  ASSERT_TRUE(room);
  EXPECT_EQ(room->ref.room_id, 7U);
  EXPECT_EQ(room->ref.gid, "wjLJb3Jo");
  EXPECT_EQ(room->name + room->kind, "Lobbyprivate");
  EXPECT_EQ(room->created_ms, 1700);
  EXPECT_EQ(room->created_by.username, "ann");
  EXPECT_EQ(room->head.epoch, 2U);
  EXPECT_EQ(room->head.check, "12345678");
  EXPECT_EQ(room->members.at(0).user.id, 2);
  EXPECT_EQ(room->members[0].role, "admin");
  EXPECT_EQ(room->members[0].added_by, "ann");
}

event::v1::Entry wire_entry(std::uint64_t seq) {
  event::v1::Entry entry;
  entry.set_room_id(7);
  entry.set_seq(seq);
  entry.set_msg_id(std::string(16, static_cast<char>('a' + seq)));
  entry.set_json("{}");
  return entry;
}

TEST(StoreConversions, EndAPageAtAMalformedEntry) {
  v1::ReadLogResponse page;
  page.set_more(true);
  for (std::uint64_t seq = 1; seq <= 4; ++seq) *page.add_entries() = wire_entry(seq);
  EXPECT_EQ(from_proto(page).entries.size(), 4U);
  EXPECT_EQ(from_proto(page).entries[1].check, std::string(8, 'c'));
  page.mutable_entries(2)->set_msg_id("short");
  EXPECT_EQ(from_proto(page).entries.size(), 2U);
  EXPECT_TRUE(from_proto(page).more);
}

TEST(StoreConversions, WriteMessageIdsAsText) {
  v1::Appended appended;
  appended.set_epoch(1);
  appended.set_seq(5);
  appended.set_created_ms(1700);
  appended.set_msg_id(
      std::string("\x01\x23\x45\x67\x89\xab\xcd\xef\x01\x23\x45\x67\x89\xab\xcd\xef"));
  const auto ack = from_proto(appended);
  EXPECT_EQ(ack.msg_id, "01234567-89ab-cdef-0123-456789abcdef");
  EXPECT_EQ(ack.seq, 5U);
  EXPECT_EQ(ack.ts, 1700);
}

}  // namespace
}  // namespace confab::gateway
