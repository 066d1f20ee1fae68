#include "gateway/dialects/chat_backend/fixture_test.hpp"

namespace confab::gateway::dialects::chat_backend {
namespace {

struct RestTest : ChatBackendTest {
  using ChatBackendTest::ChatBackendTest;

  /// The answer's body; what is no 200 is a failure.
  std::string ask(const std::string& method, const std::string& target, const std::string& body,
                  const std::string& uuid = kAnn, const std::string& token = "ann") {
    const auto answer = raw(method, target, body, uuid, token);
    EXPECT_EQ(answer.status, 200) << target << answer.body;
    EXPECT_NE(answer.head.find("Content-Type: application/json"), std::string::npos);
    return answer.body;
  }

  fakes::Answer raw(const std::string& method, const std::string& target, const std::string& body,
                    const std::string& uuid = kAnn, const std::string& token = "ann") {
    fakes::TestClient client(port);
    std::string request = method + " /app" + target + " HTTP/1.1\r\nHost: test\r\n";
    if (!uuid.empty()) request += "user: " + uuid + "\r\n";
    if (!token.empty()) request += "Authorization: Bearer " + token + "\r\n";
    if (method != "GET") request += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    client.send(request + "\r\n" + body);
    return client.read();
  }

  static std::string code_in(const std::string& answer) {
    const std::string before = R"({"ok":false,"error":{"code":")";
    if (!answer.starts_with(before)) return answer;
    return answer.substr(before.size(), answer.find('"', before.size()) - before.size());
  }

  static constexpr auto kMessage = R"({"room_gid":"wjLJb3Jo","msg":"hi"})";
};

struct InsecureRestTest : RestTest {
  InsecureRestTest() : RestTest({.insecure = true}) {}
};

TEST_F(RestTest, MakesAccountsAndLetsIn) {
  EXPECT_EQ(
      ask("POST", "/register", R"({"login":"aaa","password":"p","username":"Mikolaj"})", "", ""),
      R"({"ok":true})");
  EXPECT_EQ(ask("POST", "/login", R"({"login":"aaa","password":"p"})", "", ""),
            R"({"ok":true,"data":{"username":"Name of aaa","uuid":"uuid-aaa","token":"access",)"
            R"("expires_in":900,"refresh_token":"refresh"}})");
  on_loop([this] {
    EXPECT_EQ(accounts.calls, (std::vector<std::string>{"sign_up aaa p Mikolaj", "log_in aaa p"}));
    accounts.error = Error{ErrorCode::invalid_credentials, "no"};
  });
  EXPECT_EQ(code_in(ask("POST", "/login", R"({"login":"aaa","password":"x"})", "", "")),
            "invalid_credentials");
  EXPECT_EQ(code_in(ask("POST", "/register", R"({"login":"aaa"})", "", "")), "invalid_argument");
}

TEST_F(RestTest, MakesPublicRooms) {
  EXPECT_EQ(ask("POST", "/create-room", "{}"), R"({"ok":true,"data":{"room_gid":"wjLJb3Jo"}})");
  EXPECT_EQ(ask("POST", "/create-room", ""), R"({"ok":true,"data":{"room_gid":"wjLJb3Jo"}})");
  on_loop([this] { EXPECT_EQ(store.calls.at(0), "create ann Room of ann public"); });
}

TEST_F(RestTest, SendsAndEntersARoomThatItIsNotIn) {
  EXPECT_EQ(ask("POST", "/send-message", kMessage), R"({"ok":true})");
  on_loop([this] {
    EXPECT_EQ(store.appended.at(0).text, "hi");
    EXPECT_EQ(store.appended.at(0).sender_id, 1);
    EXPECT_TRUE(room_store.calls.empty());
    store.members[kGid] = {2};
  });
  let_enter();
  EXPECT_EQ(ask("POST", "/send-message", kMessage), R"({"ok":true})");
  on_loop([this] {
    EXPECT_EQ(store.appended.size(), 2U);
    EXPECT_EQ(room_store.calls, std::vector<std::string>{"join ann wjLJb3Jo"});
    store.members[kGid] = {2};
    room_store.error = Error{ErrorCode::not_a_member, "it is private"};
  });
  EXPECT_EQ(code_in(ask("POST", "/send-message", kMessage)), "not_a_member");
  EXPECT_EQ(on_loop([this] { return store.appended.size(); }), 2U);
}

TEST_F(RestTest, GivesTheHistoryWithoutWhatIsNoMessage) {
  on_loop([this] {
    auto& log = store.logs[kRoom];
    log.entries = {message(1, "one"), fakes::joining(message(2, ""), 1), message(3, "three")};
  });
  const auto target = "/get-room-history?room_gid=wjLJb3Jo";
  EXPECT_EQ(ask("GET", target, ""),
            R"({"ok":true,"data":[)" + told(1, "one") + "," + told(3, "three") + "]}");
  EXPECT_EQ(ask("GET", std::string(target) + "&limit=2&before=4", "").find(R"({"ok":true)"), 0U);
  on_loop([this] {
    EXPECT_EQ(store.ranges.at(0).limit, 1000U);
    EXPECT_TRUE(store.ranges.at(0).folded);
    EXPECT_EQ(store.ranges.at(1).limit, 2U);
    EXPECT_EQ(store.ranges.at(1).before, 4U);
  });
  for (const auto* bad : {"", "?room_gid=", "?room_gid=wjLJb3Jo&limit=0",
                          "?room_gid=wjLJb3Jo&before=x", "?room_gid=%ff"}) {
    const auto code = code_in(ask("GET", std::string("/get-room-history") + bad, ""));
    EXPECT_TRUE(code == "invalid_argument" || code == "room_not_found") << bad << code;
  }
}

TEST_F(RestTest, GoesBackOverWhatIsNoMessageInLargePagesAndNotForEver) {
  on_loop([this] { store.logs[kRoom].entries = {message(1, "one")}; });
  grow_by_joins(3000);
  const auto target = "/get-room-history?room_gid=wjLJb3Jo&limit=1";
  EXPECT_EQ(ask("GET", target, ""), R"({"ok":true,"data":[)" + told(1, "one") + "]}");
  EXPECT_LE(on_loop([this] { return store.count("read"); }), 5U);
  grow_by_joins(30'000);
  EXPECT_EQ(ask("GET", target, ""), R"({"ok":true,"data":[]})");
  EXPECT_LE(on_loop([this] { return store.count("read"); }), 20U);
}

struct FewPagesRestTest : RestTest {
  FewPagesRestTest() : RestTest({}, few()) {}
  static Limits few() {
    Limits limits;
    limits.calls.pages = {3, std::chrono::seconds(60)};
    return limits;
  }
};

TEST_F(FewPagesRestTest, CountsEachPageOfTheLogThatAHistoryTakes) {
  grow_by_joins(5000);
  const auto target = "/get-room-history?room_gid=wjLJb3Jo&limit=1";
  EXPECT_EQ(code_in(ask("GET", target, "")), "page_rate_limited");
  EXPECT_LE(on_loop([this] { return store.count("read"); }), 3U);
}

TEST_F(RestTest, NeedsTheUuidAndTheTokenOfOneUser) {
  const auto code = [&](const std::string& uuid, const std::string& token) {
    return code_in(ask("POST", "/send-message", kMessage, uuid, token));
  };
  EXPECT_EQ(code(kAnn, ""), "unauthenticated");
  EXPECT_EQ(code(kAnn, "forged"), "unauthenticated");
  EXPECT_EQ(code(kAnn, "bob"), "permission_denied");
  EXPECT_EQ(code("", "ann"), "invalid_argument");
  EXPECT_EQ(code("ann", "ann"), "invalid_argument");
  EXPECT_EQ(code("99F0E998-1360-11E9-AB6C-00E04C681690", "ann"), R"({"ok":true})");
  EXPECT_EQ(on_loop([this] { return store.appended.size(); }), 1U);
}

TEST_F(InsecureRestTest, TakesTheUuidAlone) {
  const auto code = [&](const std::string& uuid, const std::string& token) {
    return code_in(ask("POST", "/send-message", kMessage, uuid, token));
  };
  EXPECT_EQ(code(kBob, ""), R"({"ok":true})");
  EXPECT_EQ(on_loop([this] { return store.appended.at(0).sender_id; }), 2);
  EXPECT_EQ(code(kBob, "ann"), "permission_denied") << "a token counts where there is one";
  EXPECT_EQ(code("00000000-0000-0000-0000-000000000000", ""), "user_not_found");
  EXPECT_EQ(code("bob", ""), "invalid_argument");
}

TEST_F(RestTest, AnswersBadInputInTheOldShape) {
  for (const auto* body : {"{", "[]", "5", R"({"room_gid":5,"msg":"x"})", R"({"msg":"x"})",
                           "{\"room_gid\":\"wjLJb3Jo\",\"msg\":\"\xff\"}"}) {
    EXPECT_EQ(code_in(ask("POST", "/send-message", body)), "invalid_argument") << body;
  }
  const auto large = R"({"room_gid":"wjLJb3Jo","msg":")" + std::string(64 * 1024, 'x') + "\"}";
  EXPECT_EQ(code_in(ask("POST", "/send-message", large)), "payload_too_large");
  EXPECT_EQ(raw("GET", "/nothing", "").status, 404);
  const auto answer = raw("GET", "/login", "");
  EXPECT_EQ(answer.status, 405);
  EXPECT_NE(answer.head.find("Allow: POST"), std::string::npos);
  EXPECT_EQ(code_in(answer.body), "unknown_command");
  EXPECT_TRUE(on_loop([this] { return store.appended.empty(); }));
}

}  // namespace
}  // namespace confab::gateway::dialects::chat_backend
