#include "gateway/dialects/chat_socketio/chat_socketio.hpp"
#include "gateway/dialects/dialect_fixture_test.hpp"

namespace confab::gateway::dialects::chat_socketio {
namespace {

using std::chrono::seconds;

/// Ann logs in with any password.
struct ChatSocketIoTest : DialectTest {
  explicit ChatSocketIoTest(const Limits& all = {})
      : DialectTest(all), dialect(dialect_parts(), {}) {}
  Dialect& the_dialect() override { return dialect; }

  ChatSocketIo dialect;

  void SetUp() override {
    DialectTest::SetUp();
    make_room("direct", {ann(), bob()});
    gate.tokens["access"] = identity(1, "ann");
  }

  Client connect() {
    auto client = dial();
    enter(client);
    return client;
  }
  static void enter(Client& client) {
    client->send("40/chat,");
    const auto answer = client->read();
    EXPECT_TRUE(answer.starts_with("40/chat,{")) << answer;
  }
  static std::string login(int id, const std::string& username = "ann") {
    return "42/chat," + std::to_string(id) + R"(["login",{"data":{"user_auth":{"username":")" +
           username + R"(","password":"p"}}}])";
  }
  static std::string said(int id, const std::string& text) {
    return "42/chat," + std::to_string(id) + R"(["messages",{"data":{"message":{"message_data":")" +
           text + R"(","rid":2}}}])";
  }
  static std::string page(int id) {
    return "42/chat," + std::to_string(id) +
           R"(["messages",{"meta":{"rows":1,"page":1},"data":{"message":{"rid":2}}}])";
  }
  static std::string ask(Client& client, const std::string& event) {
    client->send(event);
    return client->read();
  }
  /// As ann.
  Client log_in() {
    auto client = connect();
    EXPECT_EQ(ask(client, login(1)),
              R"(43/chat,1[{"data":{"type":"login","id":1,"user_auth":{"username":"ann"}}}])");
    return client;
  }
  static bool has_code(const std::string& answer, int code) {
    return has(answer, R"({"errors":{"code":)" + std::to_string(code) + ",");
  }
};

TEST_F(ChatSocketIoTest, TellsWhoHasLoggedInWhatIsSaidInDirectRooms) {
  auto client = log_in();
  say_text("hi", bob());
  const auto event = client->read();
  EXPECT_TRUE(event.starts_with(R"(42/chat,["messages",{"data":{"type":"msg","id":1,)")) << event;
  EXPECT_TRUE(has(event, R"("message_data":"hi")") && has(event, R"("sid":2,"rid":1)")) << event;
  const auto stored = ask(client, said(2, "hello"));
  EXPECT_TRUE(stored.starts_with("43/chat,2[")) << stored;
  EXPECT_TRUE(has(stored, R"("sid":1,"rid":2)")) << stored;
  client->close();
  await_nobody();
}

TEST_F(ChatSocketIoTest, AsksForALoginFirst) {
  auto client = connect();
  EXPECT_TRUE(has_code(ask(client, said(1, "hi")), 401));
  EXPECT_TRUE(has_code(ask(client, R"(42/chat,2["other",{}])"), 404));
  on_loop([this] { EXPECT_TRUE(store.appended.empty()); });
}

TEST_F(ChatSocketIoTest, LogsInAnewInPlaceOfTheSessionItHad) {
  auto client = log_in();
  EXPECT_TRUE(has(ask(client, login(2)), R"("type":"login")"));
  on_loop([this] { EXPECT_EQ(sessions.size(), 1U); });
  EXPECT_TRUE(ask(client, said(3, "hi")).starts_with("43/chat,3["));
}

struct GuessedPasswords : ChatSocketIoTest {
  GuessedPasswords() : ChatSocketIoTest(few_failures()) {}
  static Limits few_failures() {
    Limits limits;
    limits.doors.failed_logins = {5, seconds(900)};
    return limits;
  }
};

TEST_F(GuessedPasswords, AreCountedAlsoOfWhoLeftTheNamespaceAndCameBack) {
  on_loop([this] { accounts.error = Error{ErrorCode::invalid_credentials, "wrong"}; });
  auto client = connect();
  client->send("41/chat,");
  enter(client);
  for (int i = 1; i <= 5; ++i) EXPECT_TRUE(has_code(ask(client, login(i)), 401)) << i;
  EXPECT_TRUE(has_code(ask(client, login(6)), 429));
}

TEST_F(ChatSocketIoTest, KeepsLittleOfWhatAStrangerSaysBeforeItsLogin) {
  on_loop([this] { store.rooms_asked.close(); });
  auto client = connect();
  client->send(login(1));
  await([this] { return store.rooms_asked.waiting() == 1; });
  for (int i = 2; i < 22; ++i) {
    EXPECT_TRUE(has_code(ask(client, said(i, std::string(100'000, 'x'))), 413));
  }
  std::size_t kept = 0;
  for (int i = 22; i < 92; ++i) client->send(said(i, std::string(400, 'x')));
  client->send("42/chat,92[\"other\"]");
  while (!has(client->read(), "43/chat,92[")) ++kept;
  EXPECT_GE(kept, 50U) << "were refused";
  on_loop([this] { store.rooms_asked.open(); });
  EXPECT_TRUE(has(client->read(), R"("type":"login")"));
}

TEST_F(ChatSocketIoTest, ReadsNoMoreOfAClientThanItCanWorkOff) {
  auto client = log_in();
  on_loop([this] { store.appends.close(); });
  const int many = 200;
  std::thread talker([&] {
    for (int i = 0; i < many; ++i) client->send(said(100 + i, std::string(50'000, 'x')));
  });
  await([this] { return store.appends.waiting() == 1; });
  on_loop([this] { store.appends.open(); });
  int stored = 0;
  for (int i = 0; i < many; ++i) {
    const auto answer = client->read();
    if (has(answer, R"("type":"msg")")) {
      ++stored;
    } else {
      EXPECT_TRUE(has_code(answer, 429)) << answer;
    }
  }
  talker.join();
  EXPECT_GE(stored, 2);
  EXPECT_TRUE(has_code(ask(client, said(999, std::string(500'000, 'x'))), 413));
  EXPECT_TRUE(has(ask(client, said(1000, "still read")), R"("type":"msg")"));
}

struct CrowdedLogins : ChatSocketIoTest {
  CrowdedLogins() : ChatSocketIoTest(one_at_a_time()) {}
};

TEST_F(CrowdedLogins, AreLetInOneAfterTheOther) {
  on_loop([this] { store.rooms_asked.close(); });
  auto first = connect();
  first->send(login(1));
  await([this] { return intake.under_way() == 1; });
  auto second = connect();
  second->send(login(1));
  auto third = connect();
  third->send(login(1));
  await([this] { return intake.waiting() == 2; });
  EXPECT_EQ(on_loop([this] { return store.rooms_asked.waiting(); }), 1U);
  second.reset();
  on_loop([this] { store.rooms_asked.open(); });
  EXPECT_TRUE(has(third->read(), R"("type":"login")"));
  await([this] { return intake.under_way() == 0 && sessions.size() == 2; });
}

TEST_F(ChatSocketIoTest, IsDroppedWithWhatWaitsForItWhereMemoryIsShort) {
  auto client = log_in();
  expect_drop_of_what_waits(bob());
}

TEST_F(ChatSocketIoTest, IsAnsweredWhatItSaidBeforeTheGatewayEnds) {
  auto client = log_in();
  on_loop([this] { store.appends.close(); });
  client->send(said(2, "hi"));
  await([this] { return store.appends.waiting() == 1; });
  client->send(said(3, "later"));
  on_loop([this] { sessions.end_all(EndReason::draining); });
  EXPECT_EQ(on_loop([this] { return sessions.size(); }), 1U);
  on_loop([this] { store.appends.open(); });
  EXPECT_TRUE(client->read().starts_with(R"(43/chat,2[{"data":)"));
  EXPECT_EQ(client->read_close_code(), 1012);
  on_loop([this] { EXPECT_EQ(store.appended.size(), 1U) << "what has no answer was not stored"; });
}

TEST_F(ChatSocketIoTest, DoesNothingMoreForASessionThatHasEnded) {
  auto client = log_in();
  on_loop([this] { store.appends.close(); });
  client->send(said(2, "hi"));
  client->send(said(3, "later"));
  await([this] { return store.appends.waiting() == 1; });
  on_loop([this] {
    sessions.revoke("session-ann");
    store.appends.open();
  });
  EXPECT_EQ(client->read_close_code(), 4000);
  await_nobody();
  on_loop([this] { EXPECT_EQ(store.appended.size(), 1U); });
}

TEST_F(ChatSocketIoTest, LetsNobodyInWhileItEndsAndKeepsWhoIsIn) {
  auto old = log_in();
  auto stranger = connect();
  auto late = dial();
  on_loop([this] { dialect.drain(); });
  EXPECT_EQ(stranger->read_close_code(), 1012);
  late->send("40/chat,");
  EXPECT_EQ(late->read_close_code(), 1012);
  EXPECT_TRUE(ask(old, said(2, "hi")).starts_with("43/chat,2["));
}

struct LimitedChat : ChatSocketIoTest {
  LimitedChat() : ChatSocketIoTest(few()) {}
  static Limits few() {
    Limits limits;
    limits.calls.pages = {3, seconds(60)};
    limits.calls.creates = {1, seconds(60)};
    limits.host.refusals = {3, seconds(60)};
    return limits;
  }
};

TEST_F(LimitedChat, CountsLookingForUsersThatThereAreNot) {
  on_loop([this] { people_fakes.profiles.users.clear(); });
  auto client = log_in();
  for (int i = 2; i < 5; ++i) EXPECT_TRUE(has_code(ask(client, said(i, "hi")), 404));
  EXPECT_TRUE(has_code(ask(client, said(5, "hi")), 429));
}

TEST_F(LimitedChat, ClosesAConnectionThatGoesOnAndOn) {
  on_loop([this] { people_fakes.profiles.users.clear(); });
  auto client = log_in();
  for (int i = 2; i < 8; ++i) EXPECT_TRUE(has(ask(client, said(i, "hi")), "errors"));
  client->send(said(8, "hi"));
  EXPECT_EQ(client->read_close_code(), 4103);
}

TEST_F(ChatSocketIoTest, TriesToRenewItsTokenUntilTheAuthServiceIsBack) {
  auto client = log_in();
  const auto tries = [this] {
    return std::count(accounts.calls.begin(), accounts.calls.end(), "refresh refresh");
  };
  on_loop([this] {
    accounts.error = Error{ErrorCode::unavailable, "away"};
    sessions.all().at(0)->warn_of_expiry();
  });
  await([&] { return tries() >= 3; });
  const auto expiry = clock.time + std::chrono::hours(1);
  on_loop([&] {
    gate.tokens["access"].expires_at = expiry;
    accounts.error.reset();
  });
  await([&] { return sessions.all().at(0)->identity().expires_at == expiry; });
}

TEST_F(ChatSocketIoTest, DoesNotTryAgainToRenewATokenThatIsRefused) {
  auto client = log_in();
  on_loop([this] {
    accounts.calls.clear();
    accounts.error = Error{ErrorCode::unauthenticated, "revoked"};
    sessions.all().at(0)->warn_of_expiry();
  });
  await([this] { return !accounts.calls.empty(); });
  EXPECT_TRUE(ask(client, page(2)).starts_with("43/chat,2["));
  on_loop([this] { EXPECT_EQ(accounts.calls.size(), 1U); });
}

}  // namespace
}  // namespace confab::gateway::dialects::chat_socketio
