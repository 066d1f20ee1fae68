#include "message_store/storage/pg_webhooks.hpp"

#include <gtest/gtest.h>

#include "message_store/domain/event_json.hpp"
#include "message_store/storage/postgres_store_test.hpp"

namespace confab::message_store {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLong{60'000};

struct PgWebhooksTest : testing::Test {
  PostgresStore stored;
  PgWebhooks store{stored.pool};
  SystemRandom random;
  WebhookEndpoint endpoint = named("crm");
  const Uuid mine = Uuid::make(random);
  const Uuid other = Uuid::make(random);

  static WebhookEndpoint named(const std::string& name, bool from_start = false) {
    WebhookEndpoint made;
    made.name = name;
    made.from_start = from_start;
    return made;
  }
  void make_room(std::uint64_t room, int messages) {
    const Person ada{1, "a0000000-0000-4000-8000-000000000001", "ada", "Ada"};
    ASSERT_TRUE(stored.rooms.create(
        {room, "gid" + std::to_string(room), "Tea", RoomKind::private_room, ada, {}}));
    grow(room, messages);
  }
  void grow(std::uint64_t room, int messages) {
    for (int i = 0; i < messages; ++i) {
      const auto id = Uuid::make(random);
      const Draft one{1, id.text(), id, message_body("hi", "")};
      ASSERT_TRUE(stored.log.append(room, {&one, 1}));
    }
  }
  bool hold(const Uuid& token, milliseconds lease = kLong) {
    return store.hold(endpoint, token, lease).value();
  }
  /// By PostgreSQL's clock: what is of the millisecond in which an endpoint appears is for it.
  void pass_a_millisecond() {
    ASSERT_TRUE(stored.pool.query([](pqxx::nontransaction& transaction) -> Result<> {
      transaction.exec("SELECT pg_sleep(0.001)");
      return {};
    }));
  }
  /// "<room>: <cursor>-<head>" of each room behind.
  std::vector<std::string> behind() {
    std::vector<std::string> found;
    const auto scan = store.scan(endpoint, 0, 100).value();
    EXPECT_TRUE(scan.complete);
    for (const auto& room : scan.behind) {
      EXPECT_GT(room.since_ms, 1'700'000'000'000);
      found.push_back(std::to_string(room.room_id) + ": " + std::to_string(room.cursor) + "-" +
                      std::to_string(room.head));
    }
    return found;
  }
  bool advance(const Uuid& token, std::uint64_t room, std::uint64_t seq) {
    const WebhookCursor cursor{room, seq};
    return store.advance(endpoint, token, {&cursor, 1}).value();
  }
};

using Texts = std::vector<std::string>;

TEST_F(PgWebhooksTest, OneHasTheLeaseUntilItEndsOrIsGivenUp) {
  EXPECT_TRUE(hold(mine));
  EXPECT_FALSE(hold(other));
  EXPECT_TRUE(hold(mine));
  ASSERT_TRUE(store.release(endpoint, other));
  EXPECT_FALSE(hold(other)) << "only its holder gives it up";
  ASSERT_TRUE(store.release(endpoint, mine));
  EXPECT_TRUE(hold(other, milliseconds(0)));
  EXPECT_TRUE(hold(mine)) << "it had ended";
  EXPECT_TRUE(store.hold(named("log"), other, kLong).value()) << "each endpoint has its own";
}

TEST_F(PgWebhooksTest, OldRoomsBeginWhereTheyWereWhenTheEndpointAppeared) {
  make_room(1, 3);
  make_room(2, 1);
  pass_a_millisecond();
  ASSERT_TRUE(hold(mine));
  EXPECT_EQ(store.cursor(endpoint, 1).value(), 3U);
  grow(1, 2);
  make_room(3, 2);
  EXPECT_EQ(behind(), (Texts{"1: 3-5", "3: 0-2"}));
  EXPECT_EQ(store.cursor(endpoint, 1).value(), 3U);
  EXPECT_EQ(store.cursor(endpoint, 3).value(), 0U);
  EXPECT_EQ(store.cursor(endpoint, 99).error().code, ErrorCode::room_not_found);
}

TEST_F(PgWebhooksTest, LooksAtFewEntriesToFindWhereALongRoomBegins) {
  make_room(1, 1);
  pass_a_millisecond();
  ASSERT_TRUE(hold(mine));
  ASSERT_TRUE(stored.pool.transact([](pqxx::work& transaction) -> Result<> {
    transaction.exec0(
        "INSERT INTO chat.entries (room_id, seq, epoch, msg_id, kind, actor_id, client_msg_id, "
        "body, created_at) SELECT 1, seq, 1, gen_random_uuid(), 1, 1, seq::text, '{}', "
        "(SELECT appeared_at FROM chat.webhook_endpoints) + (seq - 1200) * interval '1 s' "
        "FROM generate_series(2, 5000) AS seq");
    transaction.exec0("UPDATE chat.room_heads SET head_seq = 5000");
    return {};
  }));
  const auto looks = stored.pool.transact([](pqxx::work& transaction) -> Result<int> {
    EXPECT_EQ(transaction.exec1("SELECT chat.webhook_start('crm', 1)")[0].as<int>(), 1199);
    return transaction
        .exec1(
            "SELECT idx_tup_fetch + seq_tup_read FROM pg_stat_xact_user_tables "
            "WHERE relid = 'chat.entries'::regclass")[0]
        .as<int>();
  });
  EXPECT_LT(*looks, 20);
}

TEST_F(PgWebhooksTest, ACursorNeverGoesBeyondTheHeadOfTheRoom) {
  make_room(1, 0);
  ASSERT_TRUE(hold(mine));
  grow(1, 3);
  EXPECT_TRUE(advance(mine, 1, 9)) << "as after a failover to a standby that lacked some entries";
  grow(1, 1);
  EXPECT_EQ(behind(), Texts{"1: 3-4"});
}

TEST_F(PgWebhooksTest, AnEndpointFromTheStartGetsEverything) {
  make_room(1, 3);
  endpoint = named("all", true);
  ASSERT_TRUE(hold(mine));
  EXPECT_EQ(behind(), Texts{"1: 0-3"});
}

TEST_F(PgWebhooksTest, CursorsMoveForwardAndOnlyForWhoHasTheLease) {
  make_room(1, 0);
  ASSERT_TRUE(hold(mine));
  grow(1, 5);
  EXPECT_TRUE(advance(mine, 1, 4));
  EXPECT_EQ(behind(), Texts{"1: 4-5"});
  EXPECT_TRUE(advance(mine, 1, 2));
  EXPECT_EQ(store.cursor(endpoint, 1).value(), 4U);
  EXPECT_FALSE(advance(other, 1, 5));
  EXPECT_EQ(store.cursor(endpoint, 1).value(), 4U);
  EXPECT_TRUE(advance(mine, 1, 5));
  EXPECT_EQ(behind(), Texts{});
}

TEST_F(PgWebhooksTest, AScanGoesOnWhereTheLastOneEnded) {
  ASSERT_TRUE(hold(mine));
  for (std::uint64_t room = 1; room <= 5; ++room) make_room(room, room == 3 ? 0 : 1);
  Texts steps;
  for (std::uint64_t after = 0;;) {
    const auto scan = store.scan(endpoint, after, 2).value();
    std::string rooms;
    for (const auto& room : scan.behind) rooms += std::to_string(room.room_id) + " ";
    steps.push_back(rooms);
    if (scan.complete) break;
    after = scan.last_room;
  }
  EXPECT_EQ(steps, (Texts{"1 2 ", "4 ", "5 "}));
}

TEST_F(PgWebhooksTest, AnEndpointOfSomeRoomsIsNeverBehindInOthers) {
  ASSERT_TRUE(hold(mine));
  endpoint.rooms = {"gid2"};
  make_room(1, 1);
  make_room(2, 1);
  EXPECT_EQ(behind(), Texts{"2: 0-1"});
}

}  // namespace
}  // namespace confab::message_store
