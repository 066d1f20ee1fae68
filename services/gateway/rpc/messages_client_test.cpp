#include "gateway/rpc/messages_client.hpp"

#include <gtest/gtest.h>

#include "common/base/sharding.hpp"
#include "gateway/rpc/fake_services.hpp"

namespace confab::gateway {
namespace {

using namespace testing;
namespace v1 = message_store::v1;

/// Keeps what it is asked for.
class FakeMessagesService final : public v1::Messages::Service {
 public:
  grpc::Status Change(grpc::ServerContext*, const v1::ChangeRequest* request,
                      v1::Changed* response) override {
    const std::lock_guard lock(mutex_);
    requests_.push_back(*request);
    *response = answer;
    return failure ? rpc::to_status(*failure) : grpc::Status::OK;
  }
  grpc::Status ListPins(grpc::ServerContext*, const v1::ListPinsRequest* request,
                        v1::ReadLogResponse* response) override {
    response->set_more(true);
    response->mutable_head()->set_seq(static_cast<std::uint64_t>(request->reader_id()));
    return grpc::Status::OK;
  }
  [[nodiscard]] std::vector<v1::ChangeRequest> requests() {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

  /// Before the server is used.
  std::optional<Error> failure;
  v1::Changed answer;

 private:
  std::mutex mutex_;  // Guards requests_.
  std::vector<v1::ChangeRequest> requests_;
};

struct MessagesClientTest : ::testing::Test {
  boost::asio::io_context io{1};
  FakeMessagesService services[2];
  TestServer servers[2] = {TestServer(services[0]), TestServer(services[1])};
  std::unique_ptr<MessagesClient> client;
  MessageChange change;

  void SetUp() override {
    std::vector<std::shared_ptr<MessagesClient::Stub>> stubs;
    for (const auto& server : servers) stubs.push_back(server.stub<v1::Messages>());
    client = std::make_unique<MessagesClient>(stubs);
    change.room_id = 1;
    while (bucket_of(change.room_id) * 2 / kBuckets != 1) ++change.room_id;  // Of the second store.
    change.actor = {1, "u-1", "ann", "Ann"};
    change.target_seq = 5;
  }
  Result<Changed> ask(decltype(MessageChange::what) what) {
    change.what = std::move(what);
    return finish(io, client->change(change));
  }
};

TEST_F(MessagesClientTest, HandsChangesToTheStoreOfTheRoom) {
  services[1].answer.set_changed(true);
  services[1].answer.mutable_place()->set_seq(9);
  const auto edited = ask(Edit{"new", "{}", {{2, "u-2", "bob", "Bob"}}, "c"});
  ASSERT_TRUE(edited);
  EXPECT_TRUE(edited->changed);
  EXPECT_EQ(edited->place->seq, 9U);
  ASSERT_TRUE(ask(Edit{"new", {}, {}, "c"}));
  ASSERT_TRUE(ask(Redact{}));
  ASSERT_TRUE(ask(React{"+1", true}));
  ASSERT_TRUE(ask(Pin{false}));
  const auto requests = services[1].requests();
  ASSERT_EQ(requests.size(), 5U);
  EXPECT_EQ(requests[0].room_id(), change.room_id);
  EXPECT_EQ(requests[0].actor().username(), "ann");
  EXPECT_EQ(requests[0].target_seq(), 5U);
  EXPECT_EQ(requests[0].edit().text(), "new");
  EXPECT_EQ(requests[0].edit().attributes(), "{}");
  EXPECT_EQ(requests[0].edit().client_msg_id(), "c");
  EXPECT_EQ(requests[0].edit().mentions(0).username(), "bob");
  EXPECT_FALSE(requests[1].edit().has_attributes());
  EXPECT_TRUE(requests[2].has_redact());
  EXPECT_EQ(requests[3].react().reaction(), "+1");
  EXPECT_TRUE(requests[3].react().remove());
  EXPECT_TRUE(requests[4].has_pin());
  EXPECT_FALSE(requests[4].pin().pinned());
  EXPECT_TRUE(services[0].requests().empty());
}

TEST_F(MessagesClientTest, TellsWhenThereWasNothingToDo) {
  const auto nothing = ask(Pin{false});
  ASSERT_TRUE(nothing);
  EXPECT_FALSE(nothing->changed);
  EXPECT_FALSE(nothing->place);
}

TEST_F(MessagesClientTest, AsksTheNextStoreOnlyWhenOneIsAway) {
  services[1].failure = Error{ErrorCode::redacted, "gone"};
  EXPECT_EQ(ask(Redact{}).error().code, ErrorCode::redacted);
  EXPECT_TRUE(services[0].requests().empty());
  servers[1].stop();
  EXPECT_TRUE(ask(Redact{}));
  EXPECT_EQ(services[0].requests().size(), 1U);
}

TEST_F(MessagesClientTest, ReadsPinsInTheReadersName) {
  const auto pins = finish(io, client->pins(change.room_id, 42));
  ASSERT_TRUE(pins);
  EXPECT_EQ(pins->head.seq, 42U);
  EXPECT_TRUE(pins->more);
}

}  // namespace
}  // namespace confab::gateway
