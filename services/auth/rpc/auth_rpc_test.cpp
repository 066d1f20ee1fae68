#include "auth/rpc/auth_rpc.hpp"

#include <grpcpp/create_channel.h>
#include <gtest/gtest.h>
#include <sodium.h>

#include <future>

#include "auth/crypto/argon2_hasher.hpp"
#include "auth/crypto/jwt_token_issuer.hpp"
#include "auth/domain/fakes.hpp"
#include "auth/logged_audit_trail.hpp"
#include "auth/storage/migrations.hpp"
#include "auth/storage/pg_account_store.hpp"
#include "auth/storage/pg_signing_key_store.hpp"
#include "common/jwt/jwt.hpp"
#include "common/rpc/server.hpp"
#include "common/rpc/status.hpp"
#include "common/testing/database.hpp"

// The whole service over a real gRPC connection and a real database; only the cost of hashing and
// the clock are not those of a program.
namespace confab::auth {
namespace {

class AuthRpcTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { ASSERT_GE(sodium_init(), 0); }

  void SetUp() override {
    ASSERT_TRUE(postgres::migrate(pool_, kSchema, kMigrations));
    ASSERT_TRUE(keys_.load());
    start(hashing_);
  }

  void start(WorkerPool& hashing) {
    rpc_ =
        std::make_unique<AuthRpc>(accounts_, sessions_, tokens_, hashing, workers_, metrics_, log_);
    server_ = rpc::Server::start("127.0.0.1:0", {rpc_.get()}).value();
    stub_ = v1::Auth::NewStub(grpc::CreateChannel("127.0.0.1:" + std::to_string(server_->port()),
                                                  grpc::InsecureChannelCredentials()));
  }

  /// The answer, or the error as a gateway reads it.
  template <typename Response, typename Request>
  Result<Response> call(grpc::Status (v1::Auth::Stub::*method)(grpc::ClientContext*, const Request&,
                                                               Response*),
                        const Request& request) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    Response response;
    const auto status = (stub_.get()->*method)(&context, request, &response);
    if (!status.ok()) return rpc::to_error(status);
    return response;
  }

  Result<v1::SessionResponse> add_user(const std::string& username, const std::string& password,
                                       const std::string& name = "") {
    v1::RegisterRequest request;
    request.set_username(username);
    request.set_password(password);
    request.set_name(name);
    return call(&v1::Auth::Stub::Register, request);
  }
  Result<v1::SessionResponse> login(const std::string& username, const std::string& password) {
    v1::LoginRequest request;
    request.set_username(username);
    request.set_password(password);
    return call(&v1::Auth::Stub::Login, request);
  }
  Result<v1::SessionResponse> refresh(const std::string& token) {
    v1::RefreshRequest request;
    request.set_refresh_token(token);
    return call(&v1::Auth::Stub::Refresh, request);
  }
  Result<v1::LogoutResponse> logout(const std::string& session_id) {
    v1::LogoutRequest request;
    request.set_session_id(session_id);
    return call(&v1::Auth::Stub::Logout, request);
  }
  Result<v1::ListRevocationsResponse> revocations(std::int64_t cursor = 0) {
    v1::ListRevocationsRequest request;
    request.set_cursor(cursor);
    return call(&v1::Auth::Stub::ListRevocations, request);
  }
  /// As a gateway does: by the published keys.
  jwt::Identity verify(const std::string& token) {
    const auto keys = call(&v1::Auth::Stub::GetKeys, v1::GetKeysRequest());
    jwt::Verifier verifier{jwt::Party{}};
    verifier.set_keys(jwt::from_jwks(keys->jwks()).value());
    return verifier.verify(token, clock_.now()).value();
  }

  TestDatabase database_;
  postgres::Pool pool_{{.url = database_.url(), .connections = 4}};
  FakeClock clock_;
  SystemRandom random_;
  prometheus::Registry registry_;
  AuthMetrics metrics_{registry_};
  logging::Logger log_{"auth-test", logging::Level::error};
  LoggedAuditTrail audit_{metrics_, log_};
  PgAccountStore store_{pool_};
  PgSigningKeyStore key_store_{pool_};
  KeyRing keys_{key_store_, random_, clock_, TokenLives{}.access};
  JwtTokenIssuer tokens_{keys_, jwt::Party{}};
  Argon2Hasher hasher_{kFastInsecureCost, random_, nullptr};
  SessionService sessions_{store_, tokens_, audit_, random_, clock_, TokenLives{}};
  LoginThrottle throttle_{LoginLimit{}, clock_};
  AccountService accounts_{store_, sessions_, hasher_, throttle_, audit_, random_};
  WorkerPool hashing_{1, 8};
  WorkerPool workers_{4, 64};
  std::unique_ptr<AuthRpc> rpc_;
  std::unique_ptr<rpc::Server> server_;
  std::unique_ptr<v1::Auth::Stub> stub_;
};

TEST_F(AuthRpcTest, GivesANewUserATokenGatewaysAccept) {
  const auto session = add_user("Ada", "password1", "Ada L");
  ASSERT_TRUE(session) << session.error().message;
  EXPECT_EQ(session->user().username(), "Ada");
  EXPECT_EQ(session->user().name(), "Ada L");
  EXPECT_EQ(session->expires_in_s(), 900U);
  const auto identity = verify(session->access_token());
  EXPECT_EQ(identity.user_id, session->user().id());
  EXPECT_EQ(identity.uuid, session->user().uuid());
  EXPECT_EQ(identity.name, "Ada L");
}

TEST_F(AuthRpcTest, TellsEachRefusalByItsCode) {
  ASSERT_TRUE(add_user("ada", "password1"));
  EXPECT_EQ(add_user("ADA", "password2").error().code, ErrorCode::username_taken);
  const auto short_password = add_user("bob", "short").error();
  EXPECT_EQ(short_password.code, ErrorCode::invalid_argument);
  EXPECT_EQ(short_password.message, "the password must have 8 to 256 bytes");
  EXPECT_EQ(login("ada", "password2").error().code, ErrorCode::invalid_credentials);
  EXPECT_EQ(login("bob", "password2").error().code, ErrorCode::invalid_credentials);
  EXPECT_EQ(refresh("nonsense").error().code, ErrorCode::unauthenticated);
  EXPECT_EQ(logout("nonsense").error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(revocations(-1).error().code, ErrorCode::invalid_argument);
}

TEST_F(AuthRpcTest, RotatesRefreshTokensAndEndsTheSessionOfOneUsedTwice) {
  ASSERT_TRUE(add_user("ada", "password1"));
  const auto first = login("ada", "password1");
  const auto second = refresh(first->refresh_token());
  ASSERT_TRUE(second) << second.error().message;
  const auto session_id = verify(second->access_token()).session_id;
  EXPECT_EQ(session_id, verify(first->access_token()).session_id);
  EXPECT_EQ(refresh(first->refresh_token())->refresh_token(), second->refresh_token())
      << "a client that lost the answer";
  clock_.advance(SessionService::kGrace);
  EXPECT_EQ(refresh(first->refresh_token()).error().code, ErrorCode::unauthenticated);
  EXPECT_EQ(refresh(second->refresh_token()).error().code, ErrorCode::unauthenticated);
  ASSERT_EQ(revocations()->session_ids_size(), 1);
  EXPECT_EQ(revocations()->session_ids(0), session_id);
}

TEST_F(AuthRpcTest, ListsASessionThatLoggedOut) {
  const auto session = add_user("ada", "password1");
  const auto id = verify(session->access_token()).session_id;
  const auto before = revocations();
  EXPECT_EQ(before->session_ids_size(), 0);
  EXPECT_TRUE(logout(id));
  EXPECT_TRUE(logout(id));
  EXPECT_EQ(refresh(session->refresh_token()).error().code, ErrorCode::unauthenticated);
  const auto after = revocations(before->cursor());
  ASSERT_EQ(after->session_ids_size(), 1);
  EXPECT_EQ(after->session_ids(0), id);
}

TEST_F(AuthRpcTest, LooksUsersUpByNameAndId) {
  const auto ada = add_user("Ada", "password1")->user();
  const auto bob = add_user("bob", "password1")->user();
  v1::LookupUsersRequest request;
  request.add_usernames("aDA");
  request.add_usernames("nobody");
  request.add_ids(bob.id());
  EXPECT_EQ(call(&v1::Auth::Stub::LookupUsers, request)->users_size(), 2);
  while (request.ids_size() <= 1000) request.add_ids(1);
  EXPECT_EQ(call(&v1::Auth::Stub::LookupUsers, request).error().code, ErrorCode::invalid_argument);
}

TEST_F(AuthRpcTest, TellsAThrottledLoginWhenToComeBack) {
  ASSERT_TRUE(add_user("ada", "password1"));
  for (int i = 0; i < LoginLimit{}.failures; ++i) EXPECT_FALSE(login("ada", "password2"));
  const auto error = login("ada", "password1").error();
  EXPECT_EQ(error.code, ErrorCode::login_rate_limited);
  EXPECT_EQ(error.retry_after, LoginLimit{}.window);
  EXPECT_EQ(metrics_.logins_invalid.Value(), LoginLimit{}.failures);
  EXPECT_EQ(metrics_.logins_throttled.Value(), 1);
}

TEST_F(AuthRpcTest, RefusesALoginWhenTheHashingQueueIsFullAndAnswersTheRest) {
  const auto session = add_user("ada", "password1");
  WorkerPool full(0, 0);
  start(full);
  const auto error = login("ada", "password1").error();
  EXPECT_EQ(error.code, ErrorCode::overloaded);
  EXPECT_GT(error.retry_after.count(), 0);
  EXPECT_TRUE(refresh(session->refresh_token()));
}

TEST_F(AuthRpcTest, SaysNothingOfItsInsides) {
  ASSERT_TRUE(pool_.transact([](pqxx::work& transaction) -> Result<> {
    transaction.exec0("DROP TABLE auth.users CASCADE");
    return {};
  }));
  const auto error = login("ada", "password1").error();
  EXPECT_EQ(error.code, ErrorCode::internal);
  EXPECT_EQ(error.message.find("auth.users"), std::string::npos);
}

TEST_F(AuthRpcTest, HandsOutTheKeysOfResumeTicketsTheOneInUseFirst) {
  const auto keys = call(&v1::Auth::Stub::GetKeys, v1::GetKeysRequest());
  ASSERT_EQ(keys->resume_keys_size(), 1);
  EXPECT_EQ(keys->resume_keys(0), keys_.signing_key().resume_key);
}

TEST_F(AuthRpcTest, KeepsTokensGoodThroughAKeyRotationByAnotherProcess) {
  const auto session = add_user("ada", "password1");
  KeyRing other{key_store_, random_, clock_, TokenLives{}.access};
  ASSERT_TRUE(other.rotate());
  ASSERT_TRUE(keys_.load());
  clock_.advance(KeyRing::kActivation);
  EXPECT_EQ(verify(session->access_token()).user_id, session->user().id());
  const auto later = refresh(session->refresh_token());
  EXPECT_EQ(verify(later->access_token()).user_id, session->user().id());
  EXPECT_NE(later->access_token().substr(0, 80), session->access_token().substr(0, 80));
}

}  // namespace
}  // namespace confab::auth
