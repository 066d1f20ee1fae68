#include "ctl/rpc/provisioning_clients.hpp"

#include <gtest/gtest.h>

#include "common/rpc/server.hpp"
#include "common/rpc/status.hpp"
#include "confab/auth/v1/auth.grpc.pb.h"

namespace confab::ctl {
namespace {

const AccountOrder kAda{{{"ada", {}, {}, {}}}, {}, {}, {}};

/// Answers with an account for each name, as the test wants it.
struct FakeAuth final : auth::v1::Provisioning::Service {
  std::optional<Error> failure;
  auth::v1::ProvisionAccountsRequest asked;

  grpc::Status ProvisionAccounts(grpc::ServerContext*,
                                 const auth::v1::ProvisionAccountsRequest* request,
                                 auth::v1::ProvisionAccountsResponse* response) override {
    if (failure) return rpc::to_status(*failure);
    asked = *request;
    response->set_expires_in_s(600);
    for (const auto& plan : request->accounts()) {
      auto& account = *response->add_accounts();
      account.mutable_user()->set_id(7);
      account.mutable_user()->set_username(plan.username());
      account.set_access_token("token");
      account.set_made(true);
    }
    return grpc::Status::OK;
  }
};

struct FakeStore final : message_store::v1::Provisioning::Service {
  message_store::v1::ProvisionRoomsRequest asked;
  message_store::v1::ProvisionMessagesRequest past;

  grpc::Status ProvisionRooms(grpc::ServerContext*,
                              const message_store::v1::ProvisionRoomsRequest* request,
                              message_store::v1::ProvisionRoomsResponse* response) override {
    asked = *request;
    response->set_made(static_cast<std::uint32_t>(request->rooms_size()));
    for (const auto& room : request->rooms()) response->add_gids(room.gid());
    return grpc::Status::OK;
  }

  grpc::Status ProvisionMessages(grpc::ServerContext*,
                                 const message_store::v1::ProvisionMessagesRequest* request,
                                 message_store::v1::ProvisionMessagesResponse* response) override {
    past = *request;
    response->set_added(1);
    return grpc::Status::OK;
  }
};

struct ProvisioningClients : testing::Test {
  FakeAuth auth;
  FakeStore store;
  std::unique_ptr<rpc::Server> server = rpc::Server::start("127.0.0.1:0", {&auth, &store}).value();
  /// A server without these services, and an address where nothing is.
  auth::v1::Auth::Service others;
  std::unique_ptr<rpc::Server> bare = rpc::Server::start("127.0.0.1:0", {&others}).value();
  const std::string here = address(*server);
  const std::string nowhere = "127.0.0.1:1";

  static std::string address(const rpc::Server& server) {
    return "127.0.0.1:" + std::to_string(server.port());
  }
  static bool says(const Error& error, std::string_view part) {
    return error.message.find(part) != std::string::npos;
  }
};

TEST_F(ProvisioningClients, AskTheAuthServiceForAccounts) {
  const auto done =
      AccountsClient::open(here).value()->make({{{"ada", "", "", ""}, {"bob", "Bob", "", "a hash"}},
                                                "password1",
                                                true,
                                                std::chrono::hours(1)});
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(done->expires_in, std::chrono::minutes(10));
  ASSERT_EQ(done->accounts.size(), 2U);
  EXPECT_EQ(done->accounts[1].username, "bob");
  EXPECT_EQ(done->accounts[1].access_token, "token");
  EXPECT_EQ(auth.asked.password(), "password1");
  EXPECT_EQ(auth.asked.accounts(1).name(), "Bob");
  EXPECT_EQ(auth.asked.accounts(1).password_hash(), "a hash");
  EXPECT_TRUE(auth.asked.hash_once());
  EXPECT_EQ(auth.asked.access_token_life_s(), 3600U);
}

TEST_F(ProvisioningClients, NameEachMemberOnceInTheRoomsTheyAskFor) {
  const std::vector<Account> accounts{{11, "", "ada", "", "", true}, {12, "", "bob", "", "", true}};
  const std::vector<RoomPlan> rooms{{"room1111", "One", {1, 0}},
                                    {"room2222", "Two", {1}, "public", "tea", 5}};
  const auto made = RoomsClient::open({nowhere, here}).value()->make(accounts, rooms);
  EXPECT_EQ(made->made, 2U);
  EXPECT_EQ(made->gids, (std::vector<std::string>{"room1111", "room2222"}));
  EXPECT_EQ(store.asked.people_size(), 2);
  ASSERT_EQ(store.asked.rooms(0).member_ids_size(), 2);
  EXPECT_EQ(store.asked.rooms(0).member_ids(0), 12);
  EXPECT_EQ(store.asked.rooms(1).gid(), "room2222");
  EXPECT_EQ(store.asked.rooms(1).kind(), "public");
  EXPECT_EQ(store.asked.rooms(1).topic(), "tea");
  EXPECT_EQ(store.asked.rooms(1).created_ms(), 5);
}

TEST_F(ProvisioningClients, GiveThePastWithItsSendersAndTimes) {
  const std::vector<Account> accounts{{11, "", "ada", "", "", true}, {12, "", "bob", "", "", true}};
  const std::vector<Conversation> past{{"room1111", {{1, "c-1", "hi", "{}", 7}}}};
  EXPECT_EQ(*RoomsClient::open({here}).value()->add_past(accounts, past), 1U);
  ASSERT_EQ(store.past.rooms_size(), 1);
  EXPECT_EQ(store.past.rooms(0).gid(), "room1111");
  const auto& message = store.past.rooms(0).messages(0);
  EXPECT_EQ(message.sender_id(), 12);
  EXPECT_EQ(message.client_msg_id(), "c-1");
  EXPECT_EQ(message.text(), "hi");
  EXPECT_EQ(message.attributes_json(), "{}");
  EXPECT_EQ(message.created_ms(), 7);
}

TEST_F(ProvisioningClients, SayWhatToDoWhenAServiceDoesNotAnswer) {
  const auto away = AccountsClient::open(nowhere).value()->make(kAda);
  EXPECT_TRUE(says(away.error(), nowhere)) << away.error().message;
  EXPECT_TRUE(says(away.error(), "--auth-address"));
  const auto no_store = RoomsClient::open({nowhere}).value()->make({}, {});
  EXPECT_TRUE(says(no_store.error(), "--message-stores"));
  const auto off = AccountsClient::open(address(*bare)).value()->make(kAda);
  EXPECT_TRUE(says(off.error(), "CONFAB_AUTH_PROVISIONING")) << off.error().message;
  const auto store_off = RoomsClient::open({address(*bare)}).value()->make({}, {});
  EXPECT_TRUE(says(store_off.error(), "CONFAB_MESSAGE_STORE_PROVISIONING"));
}

TEST_F(ProvisioningClients, PassOnWhatTheServiceSays) {
  auth.failure = Error{ErrorCode::invalid_argument, "the password must have 8 bytes"};
  const auto refused = AccountsClient::open(here).value()->make(kAda);
  EXPECT_EQ(refused.error().code, ErrorCode::invalid_argument);
  EXPECT_TRUE(says(refused.error(), "8 bytes"));
  auth.failure = Error{ErrorCode::overloaded, "the service's queue is full"};
  EXPECT_TRUE(
      says(AccountsClient::open(here).value()->make(kAda).error(), "run the same command again"));
}

TEST_F(ProvisioningClients, RefuseMalformedAddresses) {
  EXPECT_TRUE(says(AccountsClient::open("auth").error(), "--auth-address"));
  EXPECT_TRUE(says(RoomsClient::open({}).error(), "--message-stores"));
  EXPECT_TRUE(says(RoomsClient::open({here, "x:"}).error(), "--message-stores"));
}

}  // namespace
}  // namespace confab::ctl
