#include "auth/rpc/profiles_rpc.hpp"

#include <grpcpp/create_channel.h>
#include <gtest/gtest.h>

#include "auth/domain/account_service.hpp"
#include "auth/domain/fake_account_store.hpp"
#include "auth/domain/fakes.hpp"
#include "common/rpc/server.hpp"
#include "common/rpc/status.hpp"

// The translation between gRPC and the rules, over a real connection and a store in memory.
namespace confab::auth {
namespace {

using Stub = v1::Profiles::Stub;

struct ProfilesRpcTest : testing::Test {
  FakeClock clock;
  FakeRandom random;
  FakeAccountStore store;
  FakeTokenIssuer tokens;
  FakeHasher hasher;
  RecordedAuditTrail audit;
  SessionService sessions{store, tokens, audit, random, clock, TokenLives{}};
  LoginThrottle throttle{LoginLimit{}, clock};
  AccountService accounts{store, sessions, hasher, throttle, audit, random};
  ProfileService profiles{store, hasher, throttle, audit};
  prometheus::Registry registry;
  AuthMetrics metrics{registry};
  logging::Logger log{"auth-test", logging::Level::error};
  WorkerPool hashing{1, 8};
  WorkerPool workers{1, 8};
  ProfilesRpc rpc{profiles, sessions, hashing, workers, metrics, log};
  std::unique_ptr<rpc::Server> server = rpc::Server::start("127.0.0.1:0", {&rpc}).value();
  std::unique_ptr<Stub> stub = v1::Profiles::NewStub(grpc::CreateChannel(
      "127.0.0.1:" + std::to_string(server->port()), grpc::InsecureChannelCredentials()));
  SessionGrant ada = accounts.add_user({"ada", "password1", "Ada"}).value();

  template <typename Response, typename Request>
  Result<Response> call(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                     Response*),
                        const Request& request) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    Response response;
    const auto status = (stub.get()->*method)(&context, request, &response);
    if (!status.ok()) return rpc::to_error(status);
    return response;
  }
};

TEST_F(ProfilesRpcTest, FindsSearchesAndRenames) {
  v1::FindUserRequest find;
  find.set_handle("ADA");
  EXPECT_EQ(call(&Stub::FindUser, find)->uuid(), ada.user.uuid);
  v1::SearchUsersRequest search;
  search.set_prefix("a");
  search.set_limit(50);
  EXPECT_EQ(call(&Stub::SearchUsers, search)->users(0).username(), "ada");
  search.set_limit(51);
  EXPECT_EQ(call(&Stub::SearchUsers, search).error().code, ErrorCode::invalid_argument);
  v1::RenameRequest rename;
  rename.set_user_id(ada.user.id);
  rename.set_name("Countess");
  const auto renamed = call(&Stub::Rename, rename);
  EXPECT_EQ(renamed->name(), "Countess");
  EXPECT_GT(renamed->name_version(), 0);
}

TEST_F(ProfilesRpcTest, ListsSessionsAndEndsThem) {
  v1::ListSessionsRequest list;
  list.set_user_id(ada.user.id);
  const auto listed = call(&Stub::ListSessions, list);
  ASSERT_EQ(listed->sessions_size(), 1);
  EXPECT_EQ(listed->sessions(0).id(), ada.session_id);
  EXPECT_EQ(listed->sessions(0).created_ms(), 1'700'000'000'000);
  const auto other = accounts.login("ada", "password1");
  v1::ChangePasswordRequest change;
  change.set_user_id(ada.user.id);
  change.set_session_id(ada.session_id);
  change.set_old_password("password1");
  change.set_new_password("password2");
  EXPECT_EQ(call(&Stub::ChangePassword, change)->session_ids(0), other->session_id);
  EXPECT_EQ(call(&Stub::ChangePassword, change).error().code, ErrorCode::invalid_credentials);
  v1::LogoutAllRequest out;
  out.set_user_id(ada.user.id);
  EXPECT_EQ(call(&Stub::LogoutAll, out)->session_ids(0), ada.session_id);
}

TEST_F(ProfilesRpcTest, DeletesTheAccountUnlessItIsOnlyToCheckThePassword) {
  v1::DeleteAccountRequest remove;
  remove.set_user_id(ada.user.id);
  remove.set_password("wrong one");
  EXPECT_EQ(call(&Stub::DeleteAccount, remove).error().code, ErrorCode::invalid_credentials);
  remove.set_password("password1");
  remove.set_only_check(true);
  EXPECT_EQ(call(&Stub::DeleteAccount, remove)->ghost().name(), "Deleted user");
  EXPECT_TRUE(accounts.login("ada", "password1"));
  remove.set_only_check(false);
  const auto done = call(&Stub::DeleteAccount, remove);
  EXPECT_EQ(done->ghost().uuid(), ada.user.uuid);
  EXPECT_EQ(done->session_ids_size(), 2);
  EXPECT_EQ(call(&Stub::DeleteAccount, remove).error().code, ErrorCode::user_not_found);
}

TEST_F(ProfilesRpcTest, TellsNoDetailsOfAnOutage) {
  store.failure = Error{ErrorCode::unavailable, "host db-7 is away"};
  v1::FindUserRequest find;
  find.set_handle("ada");
  const auto error = call(&Stub::FindUser, find).error();
  EXPECT_EQ(error.code, ErrorCode::unavailable);
  EXPECT_EQ(error.message.find("db-7"), std::string::npos);
}

}  // namespace
}  // namespace confab::auth
