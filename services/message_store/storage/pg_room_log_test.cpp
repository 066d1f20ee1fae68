#include "message_store/storage/pg_room_log.hpp"

#include <atomic>
#include <future>
#include <random>
#include <set>

#include "message_store/storage/store_contract_test.hpp"

// What only PostgreSQL can do, or fail at.
namespace confab::message_store {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct PgRoomLogTest : testing::Test {
  PostgresStore store{milliseconds(300)};
  SystemRandom random;
  Room room = store.rooms.create({1, "gid11111", "Tea", RoomKind::private_room, kAda, {}}).value();

  Draft draft(const std::string& id) { return {kAda.id, id, Uuid::make(random), "{}"}; }
  Result<AppendOutcome> append(const std::string& id, std::uint64_t room_id = 1) {
    const Draft one = draft(id);
    return store.log.append(room_id, {&one, 1});
  }

  std::string ask(const std::string& query) {
    return store.pool
        .query([&](pqxx::nontransaction& transaction) -> Result<std::string> {
          return transaction.exec1(query)[0].as<std::string>();
        })
        .value();
  }
};

TEST_F(PgRoomLogTest, WritesAlsoForARepeatSoThatItsAckIsDurable) {
  ASSERT_TRUE(append("a"));
  const auto* const head_row = "SELECT xmin::text || ctid::text FROM chat.room_heads";
  const auto before = ask(head_row);
  const auto wal_before = ask("SELECT pg_current_wal_insert_lsn()");
  EXPECT_TRUE(append("a")->results[0]->repeat);
  EXPECT_NE(ask(head_row), before);
  EXPECT_NE(ask("SELECT pg_current_wal_insert_lsn()"), wal_before);
  EXPECT_EQ(ask("SELECT head_seq FROM chat.room_heads"), "1");
}

TEST_F(PgRoomLogTest, CanMoveAHeadWithoutTouchingAnIndex) {
  // What PostgreSQL needs for heap-only updates: room in the page, and no index on what changes.
  EXPECT_EQ(ask("SELECT 'fillfactor=50' = ANY(reloptions) FROM pg_class "
                "WHERE oid = 'chat.room_heads'::regclass"),
            "t");
  EXPECT_EQ(ask("SELECT count(*) FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid "
                "AND a.attnum = ANY(i.indkey) WHERE i.indrelid = 'chat.room_heads'::regclass "
                "AND a.attname IN ('head_seq', 'head_msg_id')"),
            "0");
}

TEST_F(PgRoomLogTest, WritesAlsoForAChangeOfTheRoomThatIsThereAlready) {
  const Person bob{2, "b0000000-0000-4000-8000-000000000002", "bob", "Bob"};
  const auto ban = [&] {
    return store.changes.set_ban({1, kAda, bob, Role::member, Uuid::make(random)}, true);
  };
  ASSERT_TRUE(ban());
  ASSERT_TRUE(store.blocks.add(kAda.id, bob.id));
  for (const std::string table : {"chat.room_heads", "chat.blocks"}) {
    const auto row = "SELECT xmin::text || ctid::text FROM " + table;
    const auto before = ask(row);
    ASSERT_TRUE(ban());
    ASSERT_TRUE(store.blocks.add(kAda.id, bob.id));
    EXPECT_NE(ask(row), before) << table;
  }
  EXPECT_EQ(ask("SELECT head_seq FROM chat.room_heads"), "1");
}

TEST_F(PgRoomLogTest, LeavesNoHoleAndNoDuplicateUnderRandomRetries) {
  PostgresStore patient(seconds(20));
  for (const std::uint64_t id : {1, 2}) {
    const auto gid = "gid" + std::to_string(id);
    ASSERT_TRUE(patient.rooms.create({id, gid, "Tea", RoomKind::private_room, kAda, {}}));
  }
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (unsigned seed = 0; seed < 8; ++seed) {
    threads.emplace_back([&, seed] {
      std::mt19937 dice(seed);
      for (int i = 0; i < 40; ++i) {
        std::vector<Draft> drafts;
        for (auto size = 1 + dice() % 5; size > 0; --size) {
          drafts.push_back(draft(std::to_string(dice() % 150)));
        }
        const auto outcome = patient.log.append(1 + dice() % 2, drafts);
        if (!outcome || outcome->results.size() != drafts.size()) ++wrong;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  for (const std::uint64_t id : {1, 2}) {
    const auto page = patient.log.read(id, 0, {.limit = 1000});
    std::set<std::string> ids;
    std::string check;
    for (std::size_t i = 0; i < page->entries.size(); ++i) {
      const auto& entry = page->entries[i];
      EXPECT_EQ(entry.seq, i + 1);
      EXPECT_EQ(entry.prev_check, check);
      check = entry.msg_id.bytes().substr(0, kCheckBytes);
      EXPECT_TRUE(ids.insert(entry.client_msg_id).second) << entry.client_msg_id;
    }
    EXPECT_EQ(page->head.seq, ids.size());
    EXPECT_EQ(page->head.check, check);
    EXPECT_GT(ids.size(), 100U);
  }
}

TEST_F(PgRoomLogTest, LooksAtAsFewRowsInALongRoomAsInANewOne) {
  std::vector<Draft> drafts;
  for (int i = 0; i < 3000; ++i) drafts.push_back(draft(std::to_string(i)));
  ASSERT_TRUE(store.log.append(1, drafts));
  const auto looked_at = store.pool.transact([&](pqxx::work& transaction) -> Result<std::int64_t> {
    const auto rows_read = [&] {
      return transaction
          .exec1(
              "SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables "
              "WHERE schemaname = 'chat' AND relname = 'entries'")[0]
          .as<std::int64_t>();
    };
    const auto before = rows_read();
    for (const auto* id : {"0", "new"}) {
      transaction.exec_params1(
          "SELECT heads FROM chat.append(true, '{1}', '{1}', ARRAY[gen_random_uuid()], '{1}', "
          "'{1}', "
          "ARRAY[$1], ARRAY[gen_random_uuid()], ARRAY['{}'])",
          id);
    }
    return rows_read() - before;
  });
  EXPECT_LE(*looked_at, 10);
}

/// Another session that holds the head row of room 1.
struct Blocker {
  pqxx::connection connection;
  pqxx::work transaction{connection};

  explicit Blocker(const std::string& url) : connection(url) {
    transaction.exec1("SELECT head_seq FROM chat.room_heads WHERE room_id = 1 FOR UPDATE");
  }
};

TEST_F(PgRoomLogTest, DoesNotWaitForReaders) {
  bool made = false;
  const auto direct =
      store.rooms.find_or_create_direct({2, "gid22222", "", RoomKind::direct, kAda, {kBob}}, &made);
  ASSERT_TRUE(direct) << direct.error().message;
  ASSERT_TRUE(store.blocks.add(kAda.id, kBob.id));
  postgres::Pool reads(
      {.url = store.database.url(), .connections = 1, .borrow_timeout = milliseconds(1)});
  PgRooms rooms(store.pool, reads);
  PgRoomLog log(store.pool, reads);
  const auto done = reads.query([&](pqxx::nontransaction& /*lent*/) -> Result<> {
    const auto people = rooms.people(std::vector{kAda.id});
    EXPECT_TRUE(people) << people.error().message;
    const Draft refused{kBob.id, "b", Uuid::make(random), "{}"};
    EXPECT_EQ(log.append(2, {&refused, 1})->results[0].error().code, ErrorCode::blocked);
    return {};
  });
  EXPECT_TRUE(done);
}

TEST_F(PgRoomLogTest, SaysUnavailableWhenAnotherSessionHoldsTheRoom) {
  {
    const Blocker blocker(store.database.url());
    EXPECT_EQ(append("a").error().code, ErrorCode::unavailable);
    EXPECT_EQ(store.log.join({1, kAda, kBob, Role::member, Uuid::make(random)}).error().code,
              ErrorCode::unavailable);
    EXPECT_TRUE(store.log.read(1, kAda.id, {})) << "readers do not wait";
  }
  EXPECT_EQ(append("a")->results[0]->seq, 1U);
}

TEST_F(PgRoomLogTest, LeavesOutTheOneOfSeveralRoomsThatAnotherSessionHolds) {
  ASSERT_TRUE(store.rooms.create({2, "gid22222", "Tea", RoomKind::private_room, kAda, {}}));
  // First without knowing where the rooms end, then knowing.
  for (const std::uint64_t seq : {1, 2}) {
    const Draft a = draft("a" + std::to_string(seq));
    const Draft b = draft("b" + std::to_string(seq));
    const std::vector<RoomDrafts> rooms = {{1, {&a, 1}}, {2, {&b, 1}}};
    {
      const Blocker blocker(store.database.url());
      const auto outcomes = store.log.append_all(rooms);
      ASSERT_TRUE(outcomes);
      EXPECT_EQ((*outcomes)[0].error().code, ErrorCode::unavailable);
      EXPECT_EQ((*outcomes)[1]->results[0]->seq, seq);
    }
    EXPECT_EQ(store.log.append(1, {&a, 1})->results[0]->seq, seq);
  }
}

TEST_F(PgRoomLogTest, DoesNotTrustWhatItKnowsOfARoomThatAnotherStoreChanged) {
  ASSERT_TRUE(append("a"));
  PgRoomLog other(store.pool, store.pool);
  ASSERT_TRUE(other.join({1, kAda, kBob, Role::member, Uuid::make(random)}));
  EXPECT_EQ(append("b")->results[0]->seq, 3U);
  ASSERT_TRUE(other.leave({1, kAda, kBob, Role::member, Uuid::make(random)}));
  const Draft of_bob{kBob.id, "c", Uuid::make(random), "{}"};
  EXPECT_EQ(store.log.append(1, {&of_bob, 1})->results[0].error().code, ErrorCode::not_a_member);
  const Draft one = draft("d");
  EXPECT_EQ(other.append(1, {&one, 1})->results[0]->seq, 5U);
  EXPECT_EQ(append("e")->results[0]->seq, 6U);
}

TEST_F(PgRoomLogTest, SurvivesTheLossOfItsConnectionInTheMiddle) {
  PostgresStore patient(seconds(20));
  ASSERT_TRUE(patient.rooms.create({1, "gid11111", "Tea", RoomKind::private_room, kAda, {}}));
  pqxx::connection admin(patient.database.url());
  pqxx::nontransaction killer(admin);
  for (const bool joins : {false, true}) {
    const Blocker blocker(patient.database.url());
    auto blocked = std::async(std::launch::async, [&] {
      if (joins) {
        const auto joined = patient.log.join({1, kAda, kBob, Role::member, Uuid::make(random)});
        return joined ? ErrorCode::internal : joined.error().code;
      }
      const Draft one = draft("a");
      const auto outcome = patient.log.append(1, {&one, 1});
      return outcome ? ErrorCode::internal : outcome.error().code;
    });
    // Until the session is there and waits for the lock.
    while (killer
               .exec("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                     "WHERE datname = current_database() AND wait_event_type = 'Lock'")
               .empty()) {
      std::this_thread::yield();
    }
    const auto code = blocked.get();
    EXPECT_TRUE(code == ErrorCode::unavailable || code == ErrorCode::unknown_outcome)
        << error_traits(code).name;
  }
  const Draft one = draft("a");
  EXPECT_EQ(patient.log.append(1, {&one, 1})->results[0]->seq, 1U) << "nothing was done before";
}

TEST_F(PgRoomLogTest, ComesBackWithItsTimeoutsAfterAllConnectionsWereCut) {
  const auto read = [&] { return static_cast<bool>(store.log.read(1, 0, {})); };
  const auto write = [&] { return static_cast<bool>(append("b")); };
  for (const std::function<bool()>& first_call : {std::function(read), std::function(write)}) {
    ASSERT_TRUE(append("a"));
    pqxx::connection admin(store.database.url());
    pqxx::nontransaction(admin).exec(
        "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()");
    // Each idle connection may fail once, and no other.
    int failures = 0;
    while (!first_call() && ++failures < 20) continue;
    EXPECT_LT(failures, 9);
    EXPECT_EQ(ask("SHOW lock_timeout"), "300ms");
  }
}

TEST_F(PgRoomLogTest, LeavesABodyThatIsFarTooLargeWhereItIs) {
  for (const auto* id : {"1", "2", "3"}) ASSERT_TRUE(append(id));
  const auto spoil = [&](int seq, std::size_t bytes) {
    ASSERT_TRUE(store.pool.transact([&](pqxx::work& transaction) -> Result<> {
      transaction.exec_params0(
          "UPDATE chat.entries SET body = json_build_object('text', repeat('x', $2)) "
          "WHERE seq = $1",
          seq, bytes);
      return {};
    }));
  };
  spoil(2, kMaxBodyBytes);
  spoil(3, kMaxBodyBytes - 100);
  const auto page = store.log.read(1, 0, {.limit = 10});
  ASSERT_TRUE(page);
  ASSERT_EQ(page->entries.size(), 3U);
  EXPECT_TRUE(is_readable(page->entries[0].body));
  EXPECT_EQ(page->entries[1].body, "null");
  EXPECT_TRUE(is_readable(page->entries[2].body));
}

}  // namespace
}  // namespace confab::message_store
