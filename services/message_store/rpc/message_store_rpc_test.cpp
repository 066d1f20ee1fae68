#include "message_store/rpc/message_store_rpc.hpp"
#include "message_store/domain/check_message.hpp"

#include <future>

#include "message_store/domain/event_json.hpp"
#include "message_store/rpc/store_server_test.hpp"

// The unary methods over a real connection; append_rpc_test.cpp has the stream.
namespace confab::message_store {
namespace {

using Stub = v1::MessageStore::Stub;

struct MessageStoreRpcTest : StoreServerTest {
  Result<v1::Room> get(const std::string& gid, std::int64_t reader_id, bool bare = false) {
    v1::GetRoomRequest request;
    request.set_gid(gid);
    request.set_reader_id(reader_id);
    request.set_without_members(bare);
    return call(&Stub::GetRoom, request);
  }
  Result<v1::Member> add(const std::string& gid, const std::string& actor,
                         const std::string& member, const std::string& role = "") {
    v1::AddMemberRequest request;
    request.set_gid(gid);
    *request.mutable_actor() = person(actor);
    *request.mutable_member() = person(member);
    request.set_role(role);
    return call(&Stub::AddMember, request);
  }
  Result<v1::RemoveMemberResponse> remove(const std::string& gid, const std::string& actor,
                                          std::int64_t member_id) {
    v1::RemoveMemberRequest request;
    request.set_gid(gid);
    *request.mutable_actor() = person(actor);
    request.set_member_id(member_id);
    return call(&Stub::RemoveMember, request);
  }
  Result<v1::Room> open(const std::string& opener, const std::string& other) {
    v1::OpenDirectRequest request;
    *request.mutable_opener() = person(opener);
    *request.mutable_other() = person(other);
    return call(&Stub::OpenDirect, request);
  }
  Result<v1::ReadLogResponse> read(std::uint64_t room_id, std::uint32_t limit = 50,
                                   bool from_start = false, std::int64_t reader_id = 0) {
    v1::ReadLogRequest request;
    request.set_room_id(room_id);
    request.set_limit(limit);
    request.set_from_start(from_start);
    request.set_reader_id(reader_id);
    return call(&Stub::ReadLog, request);
  }
  Result<v1::ListRoomsResponse> list(std::int64_t user_id, std::uint32_t limit) {
    v1::ListRoomsRequest request;
    request.set_user_id(user_id);
    request.set_limit(limit);
    return call(&Stub::ListRooms, request);
  }
  Result<v1::GetHeadsResponse> heads(const std::vector<std::uint64_t>& rooms) {
    v1::GetHeadsRequest request;
    for (const auto room : rooms) request.add_room_ids(room);
    return call(&Stub::GetHeads, request);
  }
  void fill(std::uint64_t room_id, int messages, const std::string& text) {
    std::vector<Draft> drafts;
    for (int i = 0; i < messages; ++i) {
      drafts.push_back({1, std::to_string(i), Uuid::make(random), message_body(text, "")});
    }
    ASSERT_TRUE(store.log.append(room_id, drafts));
  }
};

TEST_F(MessageStoreRpcTest, MakesAndShowsARoom) {
  const auto made = make_room("public", {"bob"});
  const auto got = get(made.gid(), 2);
  ASSERT_TRUE(got);
  EXPECT_EQ(got->SerializeAsString(), made.SerializeAsString());
  EXPECT_EQ(got->gid().size(), 8U);
  EXPECT_NE(got->room_id(), 0U);
  EXPECT_EQ(got->name(), "Tea");
  EXPECT_EQ(got->kind(), "public");
  EXPECT_GT(got->created_ms(), 1'700'000'000'000);
  EXPECT_EQ(got->created_by().username(), "ada");
  EXPECT_EQ(got->head().room_id(), got->room_id());
  EXPECT_EQ(got->head().epoch(), 1U);
  ASSERT_EQ(got->members_size(), 2);
  EXPECT_EQ(got->members(0).role(), "owner");
  EXPECT_EQ(got->members(1).role(), "member");
  EXPECT_EQ(got->members(1).person().SerializeAsString(), person("bob").SerializeAsString());
  EXPECT_EQ(got->members(1).added_by(), 1);
  EXPECT_EQ(got->members(1).added_by_username(), "ada");
  EXPECT_EQ(got->members(1).added_ms(), got->created_ms());
  EXPECT_EQ(get(made.gid(), 2, true)->members_size(), 0);
}

TEST_F(MessageStoreRpcTest, ChangesMembersAndReadsTheLogOfIt) {
  const auto room = make_room();
  const auto added = add(room.gid(), "ada", "bob", "admin");
  ASSERT_TRUE(added);
  EXPECT_EQ(added->role(), "admin");
  EXPECT_EQ(added->person().name(), "The bob");
  ASSERT_TRUE(remove(room.gid(), "bob", 2));
  const auto page = read(room.room_id(), 1, true);
  ASSERT_TRUE(page);
  EXPECT_TRUE(page->more());
  EXPECT_EQ(page->head().seq(), 2U);
  ASSERT_EQ(page->entries_size(), 1);
  const auto& entry = page->entries(0);
  EXPECT_EQ(entry.room_id(), room.room_id());
  EXPECT_EQ(entry.seq(), 1U);
  EXPECT_EQ(entry.kind(), event::v1::KIND_MEMBER_JOINED);
  EXPECT_EQ(entry.actor_id(), 1);
  EXPECT_EQ(entry.subject_id(), 2);
  EXPECT_EQ(entry.msg_id().size(), 16U);
  EXPECT_EQ(entry.prev_check(), "");
  EXPECT_NE(entry.json().find(R"("type":"member.joined")"), std::string::npos);
  EXPECT_EQ(heads({room.room_id(), 1})->heads_size(), 1);
  EXPECT_EQ(heads({room.room_id()})->heads(0).check(), page->head().check());
}

TEST_F(MessageStoreRpcTest, OpensOneDirectRoomAndListsIt) {
  const auto room = open("ada", "bob");
  ASSERT_TRUE(room) << room.error().message;
  EXPECT_EQ(room->kind(), "direct");
  EXPECT_EQ(open("bob", "ada")->room_id(), room->room_id());
  ASSERT_TRUE(remove(room->gid(), "bob", 2));
  EXPECT_EQ(open("ada", "bob")->members_size(), 2) << "and brings bob back";
  make_room();
  const auto listed = list(1, 10);
  ASSERT_EQ(listed->rooms_size(), 2);
  EXPECT_EQ(listed->rooms(1).room_id(), room->room_id());
  EXPECT_EQ(listed->rooms(1).members_size(), 2);
  EXPECT_EQ(list(1, 1)->rooms_size(), 1);
  EXPECT_EQ(code(open("ada", "ada")), "invalid_argument");
}

TEST_F(MessageStoreRpcTest, NamesTheReasonOfARefusalInTheStatus) {
  const auto room = make_room("private", {"bob"});
  EXPECT_EQ(code(get("nowhere1", 1)), "room_not_found");
  EXPECT_EQ(code(get(room.gid(), 5)), "not_a_member");
  EXPECT_EQ(code(read(room.room_id(), 0)), "invalid_argument");
  EXPECT_EQ(code(read(room.room_id(), 1001)), "invalid_argument");
  EXPECT_EQ(code(read(room.room_id(), 50, false, 5)), "not_a_member");
  EXPECT_EQ(code(read(7, 50)), "room_not_found");
  EXPECT_EQ(code(list(1, 0)), "invalid_argument");
  EXPECT_EQ(code(heads(std::vector<std::uint64_t>(1001, 1))), "invalid_argument");
  EXPECT_EQ(code(add(room.gid(), "bob", "eve")), "permission_denied");
  EXPECT_EQ(code(add(room.gid(), "ada", "bob")), "already_exists");
  EXPECT_EQ(code(add(room.gid(), "ada", "eve", "king")), "invalid_argument");
  EXPECT_EQ(code(remove(room.gid(), "ada", 5)), "user_not_found");
  EXPECT_EQ(code(remove(room.gid(), "eve", 2)), "not_a_member");
  EXPECT_EQ(code(remove(room.gid(), "ada", 1)), "permission_denied");
  v1::CreateRoomRequest bad;
  *bad.mutable_creator() = person("ada");
  EXPECT_EQ(code(call(&Stub::CreateRoom, bad)), "invalid_argument");
}

TEST_F(MessageStoreRpcTest, CutsAPageThatWouldNotFitIntoOneMessage) {
  const auto room = make_room();
  // The longest that a text becomes: each character escaped to six.
  fill(room.room_id(), 120, std::string(kMaxTextBytes, '\x01'));
  std::uint64_t read_up_to = 0;
  for (int pages = 0; read_up_to < 120; ++pages) {
    ASSERT_LT(pages, 15);  // 12 MB, 1 MiB a page.
    v1::ReadLogRequest request;
    request.set_room_id(room.room_id());
    request.set_limit(1000);
    request.set_after(read_up_to);
    request.set_from_start(true);
    const auto page = call(&Stub::ReadLog, request);
    ASSERT_TRUE(page) << page.error().message;
    EXPECT_EQ(page->entries(0).seq(), read_up_to + 1);
    read_up_to = page->entries(page->entries_size() - 1).seq();
    EXPECT_EQ(page->more(), read_up_to < 120);
  }
}

TEST_F(MessageStoreRpcTest, TellsNothingOfTheDatabaseWhenItFails) {
  const auto room = make_room();
  const auto names_the_database = [](const std::string& text) {
    for (const auto* word : {"chat.", "SELECT", "PostgreSQL", "relation", "127.0.0.1", "FATAL"}) {
      if (text.find(word) != std::string::npos) return true;
    }
    return false;
  };
  pqxx::connection admin(store.database.url());
  pqxx::nontransaction sql(admin);
  sql.exec("DROP TABLE chat.entries");
  const auto broken = read(room.room_id());
  EXPECT_EQ(code(broken), "internal");
  EXPECT_FALSE(names_the_database(broken.error().message)) << broken.error().message;

  sql.exec("UPDATE pg_database SET datallowconn = false WHERE datname = current_database()");
  sql.exec(
      "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity "
      "WHERE datname = current_database() AND pid <> pg_backend_pid()");
  std::vector<Result<v1::Room>> refused;
  for (int i = 0; i < 12; ++i) refused.push_back(get(room.gid(), 1));
  for (const auto& answer : refused) {
    EXPECT_EQ(code(answer), "unavailable");
    EXPECT_FALSE(names_the_database(answer.error().message)) << answer.error().message;
    EXPECT_GT(answer.error().retry_after.count(), 0);
  }
  const std::lock_guard lock(failed_mutex);
  ASSERT_EQ(failed.size(), 13U);
  EXPECT_TRUE(names_the_database(failed.front())) << "the log says why: " << failed.front();
  EXPECT_TRUE(names_the_database(failed.back())) << "the log says why: " << failed.back();
}

TEST_F(MessageStoreRpcTest, RefusesCallsWhenTooManyWait) {
  const auto room = make_room();
  std::promise<void> gate;
  const auto opened = gate.get_future().share();
  std::promise<void> started[2];
  for (auto& worker : started) {
    ASSERT_TRUE(workers.submit([&worker, opened] {
      worker.set_value();
      opened.wait();
    }));
    worker.get_future().wait();
  }
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(workers.submit([] {}));
  const auto refused = get(room.gid(), 1);
  EXPECT_EQ(code(refused), "overloaded");
  EXPECT_GT(refused.error().retry_after.count(), 0);
  gate.set_value();
  // The queue empties by itself.
  while (workers.queued() > 0) std::this_thread::yield();
  EXPECT_TRUE(get(room.gid(), 1));
}

}  // namespace
}  // namespace confab::message_store
