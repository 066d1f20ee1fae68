#include "auth/rpc/provisioning_rpc.hpp"

#include <grpcpp/create_channel.h>
#include <gtest/gtest.h>
#include <sodium.h>

#include "auth/crypto/argon2_hasher.hpp"
#include "auth/crypto/jwt_token_issuer.hpp"
#include "auth/domain/account_service.hpp"
#include "auth/domain/fakes.hpp"
#include "auth/logged_audit_trail.hpp"
#include "auth/storage/migrations.hpp"
#include "auth/storage/pg_account_store.hpp"
#include "auth/storage/pg_signing_key_store.hpp"
#include "common/jwt/jwt.hpp"
#include "common/rpc/server.hpp"
#include "common/rpc/status.hpp"
#include "common/testing/database.hpp"
#include "confab/auth/v1/auth.grpc.pb.h"

// Over a real gRPC connection and a real database.
namespace confab::auth {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

class ProvisioningRpcTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_GE(sodium_init(), 0);
    ASSERT_TRUE(postgres::migrate(pool_, kSchema, kMigrations));
    ASSERT_TRUE(keys_.load());
  }

  static TokenLives lives() {
    TokenLives lives;
    lives.provisioned = hours(24);
    return lives;
  }

  static v1::ProvisionAccountsRequest request(const std::vector<std::string>& usernames) {
    v1::ProvisionAccountsRequest request;
    for (const auto& username : usernames) request.add_usernames(username);
    request.set_password("correct horse");
    request.set_hash_once(true);
    return request;
  }

  Result<v1::ProvisionAccountsResponse> provision(const v1::ProvisionAccountsRequest& request) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + seconds(60));
    v1::ProvisionAccountsResponse response;
    const auto status = stub_->ProvisionAccounts(&context, request, &response);
    if (!status.ok()) return rpc::to_error(status);
    return response;
  }

  Result<jwt::Identity> verify(const std::string& token, Time now) {
    jwt::Verifier verifier{jwt::Party{}};
    verifier.set_keys(jwt::from_jwks(tokens_.key_set()).value());
    return verifier.verify(token, now);
  }

  TestDatabase database_;
  postgres::Pool pool_{{.url = database_.url(), .connections = 2}};
  FakeClock clock_;
  SystemRandom random_;
  prometheus::Registry registry_;
  AuthMetrics metrics_{registry_};
  logging::Logger log_{"auth-test", logging::Level::error};
  LoggedAuditTrail audit_{metrics_, log_};
  PgAccountStore store_{pool_};
  PgSigningKeyStore key_store_{pool_};
  KeyRing keys_{key_store_, random_, clock_, lives().longest_access()};
  JwtTokenIssuer tokens_{keys_, jwt::Party{}};
  Argon2Hasher hasher_{kFastInsecureCost, random_, nullptr};
  SessionService sessions_{store_, tokens_, audit_, random_, clock_, lives()};
  Provisioning provisioning_{store_, sessions_, hasher_, audit_, random_};
  WorkerPool hashing_{1, 8};
  ProvisioningRpc rpc_{provisioning_, hashing_, metrics_, log_};
  std::unique_ptr<rpc::Server> server_ = rpc::Server::start("127.0.0.1:0", {&rpc_}).value();
  std::unique_ptr<v1::Provisioning::Stub> stub_ = v1::Provisioning::NewStub(grpc::CreateChannel(
      "127.0.0.1:" + std::to_string(server_->port()), grpc::InsecureChannelCredentials()));
};

TEST_F(ProvisioningRpcTest, GivesTokensThatLiveLongAndPasswordsThatLogIn) {
  auto wanted = request({"ada", "bob"});
  wanted.set_access_token_life_s(7200);
  const auto done = provision(wanted);
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(done->expires_in_s(), 7200U);
  ASSERT_EQ(done->accounts_size(), 2);
  for (const auto& account : done->accounts()) {
    EXPECT_TRUE(account.made());
    const auto who = verify(account.access_token(), clock_.now() + hours(2));
    ASSERT_TRUE(who) << who.error().message;
    EXPECT_EQ(who->user_id, account.user().id());
    EXPECT_EQ(who->username, account.user().username());
  }
  LoginThrottle throttle{LoginLimit{}, clock_};
  AccountService accounts{store_, sessions_, hasher_, throttle, audit_, random_};
  EXPECT_TRUE(accounts.login("bob", "correct horse"));
  EXPECT_EQ(metrics_.accounts_provisioned.Value(), 2);
}

TEST_F(ProvisioningRpcTest, TakesAThousandAtOnceAndTheSameAgain) {
  std::vector<std::string> usernames;
  for (int i = 0; i < 1000; ++i) usernames.push_back("user-" + std::to_string(i));
  const auto first = provision(request(usernames));
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_EQ(first->expires_in_s(), 24U * 3600);
  const auto again = provision(request(usernames));
  ASSERT_TRUE(again) << again.error().message;
  for (int i = 0; i < 1000; ++i) {
    EXPECT_EQ(again->accounts(i).user().username(), usernames[static_cast<std::size_t>(i)]);
    EXPECT_EQ(again->accounts(i).user().id(), first->accounts(i).user().id());
    EXPECT_FALSE(again->accounts(i).made());
  }
  usernames.emplace_back("one-more");
  EXPECT_EQ(provision(request(usernames)).error().code, ErrorCode::invalid_argument);
}

TEST_F(ProvisioningRpcTest, GivesSessionsThatCanBeRevoked) {
  const auto done = provision(request({"ada"}));
  ASSERT_TRUE(done) << done.error().message;
  const auto who = verify(done->accounts(0).access_token(), clock_.now());
  ASSERT_TRUE(sessions_.logout(who->session_id));
  EXPECT_EQ(sessions_.revocations(0)->session_ids, std::vector{who->session_id});
}

TEST_F(ProvisioningRpcTest, IsNotThereUnlessTheServerWasGivenIt) {
  server_.reset();
  v1::Auth::Service others;
  server_ = rpc::Server::start("127.0.0.1:0", {&others}).value();
  stub_ = v1::Provisioning::NewStub(grpc::CreateChannel(
      "127.0.0.1:" + std::to_string(server_->port()), grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  v1::ProvisionAccountsResponse response;
  const auto status = stub_->ProvisionAccounts(&context, request({"ada"}), &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNIMPLEMENTED);
  server_.reset();
}

}  // namespace
}  // namespace confab::auth
