#include "message_store/rpc/people_rpc.hpp"

#include "message_store/domain/event_json.hpp"
#include "message_store/rpc/store_server_test.hpp"
#include "message_store/storage/pg_profiles.hpp"
#include "message_store/storage/pg_search.hpp"
#include "message_store/storage/pg_search_index.hpp"

// People and search over a real connection, on PostgreSQL.
namespace confab::message_store {
namespace {

using Stub = v1::People::Stub;

struct PeopleRpcTest : StoreServerTest {
  PgProfiles profiles{store.pool, store.pool};
  PgErasures erasures{store.pool, store.pool};
  PgSearch search{store.pool, std::chrono::seconds(20)};
  PgSearchIndex index{store.pool, store.pool};
  PeopleService people_service{profiles, store.blocks, erasures, people};
  SearchService search_service{search, people};
  WorkerPool searchers{1, 3};
  PeopleRpc people_methods{people_service, search_service, workers, searchers,
                           [](std::string_view, const Error&) {}};
  std::unique_ptr<rpc::Server> people_server =
      rpc::Server::start("127.0.0.1:0", {&people_methods}).value();
  std::unique_ptr<Stub> people_stub = v1::People::NewStub(grpc::CreateChannel(
      "127.0.0.1:" + std::to_string(people_server->port()), grpc::InsecureChannelCredentials()));

  template <typename Request, typename Response>
  Result<Response> ask(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                    Response*),
                       const Request& request) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
    Response response;
    const auto status = (*people_stub.*method)(&context, request, &response);
    if (!status.ok()) return rpc::to_error(status);
    return response;
  }
  void say(const v1::Room& room, const std::string& text) {
    const Draft one{1, text, Uuid::make(random), message_body(text, "")};
    ASSERT_TRUE(store.log.append(room.room_id(), {&one, 1})->results[0]);
    ASSERT_TRUE(index.advance(std::vector<std::uint64_t>{room.room_id()}, 50));
  }
};

TEST_F(PeopleRpcTest, BlocksAndUnblocks) {
  v1::BlockPersonRequest request;
  request.set_user_id(1);
  request.set_blocked_id(2);
  EXPECT_TRUE(ask(&Stub::BlockPerson, request));
  v1::ListBlockedRequest list;
  list.set_user_id(1);
  EXPECT_EQ(ask(&Stub::ListBlocked, list)->user_ids(0), 2);
  v1::OpenDirectRequest open;
  *open.mutable_opener() = person("bob");
  *open.mutable_other() = person("ada");
  EXPECT_EQ(code(call(&v1::MessageStore::Stub::OpenDirect, open)), "blocked");
  EXPECT_TRUE(ask(&Stub::UnblockPerson, request));
  EXPECT_EQ(ask(&Stub::ListBlocked, list)->user_ids_size(), 0);
  EXPECT_EQ(code(call(&v1::MessageStore::Stub::OpenDirect, open)), "ok");
  request.set_blocked_id(1);
  EXPECT_EQ(code(ask(&Stub::BlockPerson, request)), "invalid_argument");
}

TEST_F(PeopleRpcTest, FindsWhatWasSaidUnderTheNameOfToday) {
  const auto room = make_room("", {"bob"});
  say(room, "green tea");
  v1::SavePersonRequest save;
  *save.mutable_person() = person("ada");
  save.mutable_person()->set_name("Countess");
  ASSERT_TRUE(ask(&Stub::SavePerson, save));
  v1::SearchRequest request;
  request.set_user_id(2);
  request.set_text("tea");
  request.set_limit(50);
  const auto found = ask(&Stub::Search, request);
  ASSERT_EQ(found->hits_size(), 1);
  EXPECT_EQ(found->hits(0).gid(), room.gid());
  EXPECT_EQ(found->hits(0).seq(), 1U);
  EXPECT_EQ(found->hits(0).msg_id().size(), 16U);
  EXPECT_GT(found->hits(0).created_ms(), 0);
  EXPECT_EQ(found->hits(0).sender().name(), "Countess");
  EXPECT_EQ(found->hits(0).text(), "green tea");
  EXPECT_EQ(found->cursor(), "");
  request.set_user_id(3);
  EXPECT_EQ(ask(&Stub::Search, request)->hits_size(), 0);
  request.set_gid(room.gid());
  EXPECT_EQ(code(ask(&Stub::Search, request)), "not_a_member");
  request.set_text(" ");
  EXPECT_EQ(code(ask(&Stub::Search, request)), "invalid_argument");
}

TEST_F(PeopleRpcTest, ForgetsAPersonAndKeepsInMindWhatIsLeftToDo) {
  make_room();
  v1::ForgetPersonRequest request;
  *request.mutable_ghost() = person("ada");
  request.mutable_ghost()->set_name("Deleted user");
  request.set_redact(true);
  ASSERT_TRUE(ask(&Stub::ForgetPerson, request));
  const auto erasure = *erasures.next();
  ASSERT_TRUE(erasure);
  EXPECT_EQ(erasure->ghost.name, "Deleted user");
  EXPECT_TRUE(erasure->redact);
}

}  // namespace
}  // namespace confab::message_store
