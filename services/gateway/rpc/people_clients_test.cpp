#include <gtest/gtest.h>

#include "common/testing/cutting_server.hpp"
#include "gateway/rpc/accounts_client.hpp"
#include "gateway/rpc/fake_services.hpp"
#include "gateway/rpc/people_client.hpp"
#include "gateway/rpc/profiles_client.hpp"

// The clients for users, at the message-store and at the auth service, over real connections.
namespace confab::gateway {
namespace {

using namespace testing;

namespace store_v1 = message_store::v1;
namespace auth_v1 = auth::v1;

/// Answers each method by `on_call`, and fails with `failure` if set.
template <typename Service>
struct Scripted : Service {
  std::optional<Error> failure;
  std::vector<std::string> asked;
  std::function<void(google::protobuf::Message*)> on_call = [](auto*) {};

  grpc::Status answer(const google::protobuf::Message& request,
                      google::protobuf::Message* response) {
    asked.push_back(request.ShortDebugString());
    if (failure) return rpc::to_status(*failure);
    on_call(response);
    return grpc::Status::OK;
  }
};

struct FakePeopleService final : Scripted<store_v1::People::Service> {
  grpc::Status SavePerson(grpc::ServerContext*, const store_v1::SavePersonRequest* request,
                          store_v1::SavePersonResponse* response) override {
    return answer(*request, response);
  }
  grpc::Status ForgetPerson(grpc::ServerContext*, const store_v1::ForgetPersonRequest* request,
                            store_v1::ForgetPersonResponse* response) override {
    return answer(*request, response);
  }
  grpc::Status BlockPerson(grpc::ServerContext*, const store_v1::BlockPersonRequest* request,
                           store_v1::BlockPersonResponse* response) override {
    return answer(*request, response);
  }
  grpc::Status UnblockPerson(grpc::ServerContext*, const store_v1::BlockPersonRequest* request,
                             store_v1::BlockPersonResponse* response) override {
    return answer(*request, response);
  }
  grpc::Status ListBlocked(grpc::ServerContext*, const store_v1::ListBlockedRequest* request,
                           store_v1::ListBlockedResponse* response) override {
    return answer(*request, response);
  }
  grpc::Status Search(grpc::ServerContext*, const store_v1::SearchRequest* request,
                      store_v1::SearchResponse* response) override {
    return answer(*request, response);
  }
};

struct FakeProfilesService final : Scripted<auth_v1::Profiles::Service> {
  grpc::Status FindUser(grpc::ServerContext*, const auth_v1::FindUserRequest* request,
                        auth_v1::User* response) override {
    return answer(*request, response);
  }
  grpc::Status SearchUsers(grpc::ServerContext*, const auth_v1::SearchUsersRequest* request,
                           auth_v1::SearchUsersResponse* response) override {
    return answer(*request, response);
  }
  grpc::Status Rename(grpc::ServerContext*, const auth_v1::RenameRequest* request,
                      auth_v1::User* response) override {
    return answer(*request, response);
  }
  grpc::Status ChangePassword(grpc::ServerContext*, const auth_v1::ChangePasswordRequest* request,
                              auth_v1::EndedSessions* response) override {
    return answer(*request, response);
  }
  grpc::Status DeleteAccount(grpc::ServerContext*, const auth_v1::DeleteAccountRequest* request,
                             auth_v1::DeleteAccountResponse* response) override {
    return answer(*request, response);
  }
  grpc::Status ListSessions(grpc::ServerContext*, const auth_v1::ListSessionsRequest* request,
                            auth_v1::ListSessionsResponse* response) override {
    return answer(*request, response);
  }
  grpc::Status LogoutAll(grpc::ServerContext*, const auth_v1::LogoutAllRequest* request,
                         auth_v1::EndedSessions* response) override {
    return answer(*request, response);
  }
};

const User kAda{1, "uuid-ada", "ada", "Ada"};

struct PeopleClientsTest : ::testing::Test {
  boost::asio::io_context io;
  FakePeopleService first;
  FakePeopleService second;
  FakeProfilesService auth;
  TestServer first_server{first};
  TestServer second_server{second};
  TestServer auth_server{auth};
  // User 2's calls go to the first store, user 1's to the second.
  PeopleClient people{
      std::vector{first_server.stub<store_v1::People>(), second_server.stub<store_v1::People>()}};
  std::shared_ptr<ProfilesClient::Stub> profiles_stub = auth_server.stub<auth_v1::Profiles>();
  std::shared_ptr<AccountsClient::Stub> auth_stub = auth_server.stub<auth_v1::Auth>();
  rpc::CallWindow calls{1};
  ProfilesClient profiles{*profiles_stub, *auth_stub, calls};

  template <typename T>
  T run(Task<T> task) {
    return finish(io, std::move(task));
  }
};

TEST_F(PeopleClientsTest, TellTheMessageStoreOfUsers) {
  EXPECT_TRUE(run(people.save({kAda, 7})));
  EXPECT_TRUE(run(people.forget(kAda, true)));
  EXPECT_TRUE(run(people.block(1, 2)));
  EXPECT_TRUE(run(people.unblock(1, 2)));
  EXPECT_EQ(second.asked,
            (std::vector<std::string>{
                R"(person { id: 1 uuid: "uuid-ada" username: "ada" name: "Ada" } version: 7)",
                R"(ghost { id: 1 uuid: "uuid-ada" username: "ada" name: "Ada" } redact: true)",
                "user_id: 1 blocked_id: 2", "user_id: 1 blocked_id: 2"}));
  second.failure = Error{ErrorCode::invalid_argument, "no"};
  EXPECT_EQ(run(people.block(1, 1)).error().code, ErrorCode::invalid_argument);
  EXPECT_TRUE(first.asked.empty()) << "a refusal is an answer";
}

TEST_F(PeopleClientsTest, AskTheNextMessageStoreWhenOneIsAway) {
  second.failure = Error{ErrorCode::unavailable, "away"};
  first.on_call = [](auto* response) {
    static_cast<store_v1::ListBlockedResponse*>(response)->add_user_ids(9);
  };
  EXPECT_EQ(*run(people.blocked(1)), std::vector<std::int64_t>{9});
  first.failure = second.failure;
  EXPECT_EQ(run(people.blocked(1)).error().code, ErrorCode::unavailable);
}

TEST_F(PeopleClientsTest, SearchWithEveryCondition) {
  first.on_call = [](auto* response) {
    auto& found = *static_cast<store_v1::SearchResponse*>(response);
    auto& hit = *found.add_hits();
    hit.set_gid("wjLJb3Jo");
    hit.set_seq(7);
    hit.set_msg_id(std::string(16, '\1'));
    hit.set_created_ms(1700);
    hit.mutable_sender()->set_username("ada");
    hit.set_text("tea");
    found.add_hits()->set_msg_id("short");
    found.set_cursor("next");
  };
  SearchQuestion question;
  question.user_id = 2;
  question.text = "tea";
  question.gid = "wjLJb3Jo";
  question.sender_id = 3;
  question.after_ms = 4;
  question.before_ms = 5;
  question.limit = 6;
  question.cursor = "c";
  const auto hits = run(people.search(question));
  EXPECT_EQ(first.asked.at(0), R"(user_id: 2 text: "tea" gid: "wjLJb3Jo" sender_id: 3 after_ms: 4 )"
                               R"(before_ms: 5 limit: 6 cursor: "c")");
  ASSERT_TRUE(hits);
  EXPECT_EQ(hits->cursor, "next");
  EXPECT_EQ(hits->hits.at(0).msg_id, "01010101-0101-0101-0101-010101010101");
  EXPECT_EQ(hits->hits.at(0).sender.username, "ada");
  EXPECT_EQ(hits->hits.at(0).seq, 7U);
  EXPECT_EQ(hits->hits.at(1).msg_id, "");
}

TEST_F(PeopleClientsTest, RefuseACallAtOnceWhileTooManyAreUnderWay) {
  auto other = calls.enter();
  const auto refused = run(profiles.find("ann"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::overloaded);
  EXPECT_GT(refused.error().retry_after.count(), 0);
  EXPECT_EQ(run(profiles.of_ids({1})).error().code, ErrorCode::overloaded);
  other.reset();
  EXPECT_TRUE(run(profiles.find("ann")));
  EXPECT_TRUE(run(profiles.find("ann"))) << "and the call has given its place back";
}

TEST_F(PeopleClientsTest, SayOfAChangeThatWasCutOffThatItMayHaveBeenDone) {
  const auto cut = [this](auto change) {
    const CuttingServer dying;
    const auto channel = grpc::CreateChannel(dying.address(), grpc::InsecureChannelCredentials());
    ProfilesClient::Stub stub(channel);
    AccountsClient::Stub accounts(channel);
    ProfilesClient client(stub, accounts, calls);
    const auto code = run(change(client)).error().code;
    EXPECT_TRUE(dying.was_asked());
    return code;
  };
  EXPECT_EQ(cut([](auto& client) { return client.change_password(1, "s", "old", "new"); }),
            ErrorCode::unknown_outcome);
  EXPECT_EQ(cut([](auto& client) { return client.rename(1, "Ada"); }), ErrorCode::unknown_outcome);
  EXPECT_EQ(cut([](auto& client) { return client.find("ada"); }), ErrorCode::unavailable);
  EXPECT_EQ(cut([](auto& client) { return client.of_ids({1}); }), ErrorCode::unavailable);
}

TEST_F(PeopleClientsTest, AskTheAuthServiceOfAccounts) {
  auth.on_call = [](auto* response) {
    auto& found = *static_cast<auth_v1::User*>(response);
    found.set_username("ada");
    found.set_name_version(7);
  };
  EXPECT_EQ(run(profiles.find("ada"))->username, "ada");
  const auto renamed = run(profiles.rename(1, "Ada"));
  EXPECT_EQ(renamed->user.username, "ada");
  EXPECT_EQ(renamed->version, 7);
  auth.on_call = [](auto* response) {
    static_cast<auth_v1::EndedSessions*>(response)->add_session_ids("s");
  };
  EXPECT_EQ(*run(profiles.change_password(1, "s1", "old", "new")), std::vector<std::string>{"s"});
  EXPECT_EQ(*run(profiles.log_out_all(1)), std::vector<std::string>{"s"});
  auth.on_call = [](auto* response) {
    auto& done = *static_cast<auth_v1::DeleteAccountResponse*>(response);
    done.mutable_ghost()->set_name("Deleted user");
    done.add_session_ids("s");
  };
  EXPECT_EQ(run(profiles.erase(1, "pw", false))->ghost.name, "Deleted user");
  auth.on_call = [](auto* response) {
    auto& session = *static_cast<auth_v1::ListSessionsResponse*>(response)->add_sessions();
    session.set_id("s");
    session.set_used_ms(5);
  };
  EXPECT_EQ(run(profiles.sessions(1))->at(0).used_ms, 5);
  EXPECT_EQ(auth.asked,
            (std::vector<std::string>{
                R"(handle: "ada")", R"(user_id: 1 name: "Ada")",
                R"(user_id: 1 session_id: "s1" old_password: "old" new_password: "new")",
                "user_id: 1", R"(user_id: 1 password: "pw")", "user_id: 1"}));
  auth.failure = Error{ErrorCode::user_not_found, "nobody"};
  EXPECT_EQ(run(profiles.search("a", 5)).error().code, ErrorCode::user_not_found);
  EXPECT_EQ(auth.asked.back(), R"(prefix: "a" limit: 5)");
}

}  // namespace
}  // namespace confab::gateway
