#include "gateway/dialects/v1/door_fixture_test.hpp"

namespace confab::gateway::dialects {
namespace {

using fakes::Answer;
using Calls = std::vector<std::string>;

struct RestDoorTest : DoorTest {
  Answer ask(const std::string& method, const std::string& target, const std::string& body = "",
             const std::string& token = "ann") {
    fakes::TestClient client(port);
    std::string request = method + " " + target + " HTTP/1.1\r\nHost: test\r\n";
    if (!token.empty()) request += "Authorization: Bearer " + token + "\r\n";
    if (!body.empty() || method == "POST" || method == "PUT") {
      request += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    }
    client.send(request + "\r\n" + body);
    return client.read();
  }

  static bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
  }
};

TEST_F(RestDoorTest, AnswersEachRouteWithItsStatus) {
  on_loop([this] {
    accounts.users = {fakes::user(2, "bob")};
    people_fakes.profiles.users = accounts.users;
  });
  struct Case {
    const char* method;
    const char* target;
    const char* body;
    int status;
  };
  for (const auto& [method, target, body, status] : std::vector<Case>{
           {"POST", "/v1/users", R"({"username":"ann","password":"p"})", 201},
           {"POST", "/v1/login", R"({"username":"ann","password":"p"})", 200},
           {"POST", "/v1/token", R"({"refresh_token":"r"})", 200},
           {"POST", "/v1/logout", "", 204},
           {"GET", "/v1/openapi.json", "", 200},
           {"GET", "/v1/me", "", 200},
           {"PATCH", "/v1/me", R"({"name":"Ann"})", 200},
           {"POST", "/v1/me/password", R"({"old_password":"p","new_password":"q"})", 204},
           {"GET", "/v1/me/sessions", "", 200},
           {"GET", "/v1/me/blocks", "", 200},
           {"POST", "/v1/me/blocks/bob", "", 204},
           {"DELETE", "/v1/me/blocks/bob", "", 204},
           {"DELETE", "/v1/me", R"({"password":"p"})", 204},
           {"GET", "/v1/users?prefix=b", "", 200},
           {"GET", "/v1/users/bob", "", 200},
           {"GET", "/v1/search?q=tea", "", 200},
           {"GET", "/v1/rooms", "", 200},
           {"POST", "/v1/rooms", R"({"name":"Lobby","members":["bob"]})", 201},
           {"GET", "/v1/rooms/wjLJb3Jo", "", 200},
           {"POST", "/v1/direct", R"({"username":"bob"})", 200},
           {"POST", "/v1/rooms/wjLJb3Jo/members", R"({"username":"bob"})", 201},
           {"DELETE", "/v1/rooms/wjLJb3Jo/members/bob", "", 204},
           {"POST", "/v1/rooms/wjLJb3Jo/messages", R"({"text":"hi"})", 201},
           {"GET", "/v1/rooms/wjLJb3Jo/history", "", 200},
           {"PATCH", "/v1/rooms/wjLJb3Jo", R"({"name":"Tea"})", 200},
           {"POST", "/v1/rooms/wjLJb3Jo/archive", "", 200},
           {"GET", "/v1/public-rooms?query=5&after=wjLJb3Jo", "", 200},
           {"POST", "/v1/join", R"({"code":"c"})", 200},
           {"POST", "/v1/rooms/wjLJb3Jo/join", "", 200},
           {"POST", "/v1/rooms/wjLJb3Jo/invites", R"({"uses":1})", 201},
           {"DELETE", "/v1/rooms/wjLJb3Jo/invites/c", "", 204},
           {"GET", "/v1/rooms/wjLJb3Jo/members?after=5", "", 200},
           {"PATCH", "/v1/rooms/wjLJb3Jo/members/bob", R"({"role":"admin"})", 200},
           {"GET", "/v1/rooms/wjLJb3Jo/bans", "", 200},
           {"PUT", "/v1/rooms/wjLJb3Jo/bans/bob", "", 204},
           {"DELETE", "/v1/rooms/wjLJb3Jo/bans/bob", "", 204},
           {"PUT", "/v1/rooms/wjLJb3Jo/read", R"({"seq":3})", 200},
           {"GET", "/v1/rooms/wjLJb3Jo/messages/3/readers", "", 200},
           {"GET", "/v1/rooms/wjLJb3Jo/sends/5", "", 200},
           {"GET", "/v1/rooms?after=17-7&archived=true", "", 200},
       }) {
    const auto answer = ask(method, target, body);
    EXPECT_EQ(answer.status, status) << method << target << answer.body;
    EXPECT_EQ(answer.body.empty(), status == 204) << target;
    if (status != 204) {
      EXPECT_TRUE(has(answer.head, "Content-Type: application/json")) << target;
    }
  }
}

TEST_F(RestDoorTest, NeedsATokenForEverythingButComingIn) {
  for (const auto* target : {"/v1/me", "/v1/rooms", "/v1/rooms/wjLJb3Jo/history"}) {
    for (const auto* token : {"", "forged"}) {
      const auto answer = ask("GET", target, "", token);
      EXPECT_EQ(answer.status, 401) << target;
      EXPECT_TRUE(has(answer.head, "WWW-Authenticate: Bearer"));
      EXPECT_TRUE(has(answer.head, "application/problem+json"));
    }
  }
  EXPECT_EQ(ask("POST", "/v1/login", R"({"username":"ann","password":"p"})", "").status, 200);
  EXPECT_TRUE(on_loop([this] { return store.calls.empty(); }));
}

TEST_F(RestDoorTest, TakesTheSchemeInAnyCaseAndNoOther) {
  fakes::TestClient client(port);
  EXPECT_EQ(client.get("/v1/me", "Authorization: bEARER ann\r\n").status, 200);
  EXPECT_EQ(client.get("/v1/me", "Authorization: Basic ann\r\n").status, 401);
  EXPECT_EQ(client.get("/v1/me", "Authorization: Bearer\r\n").status, 401);
}

TEST_F(RestDoorTest, TellsUnknownPathsFromUnknownMethods) {
  EXPECT_EQ(ask("GET", "/v1/nothing").status, 404);
  EXPECT_EQ(ask("GET", "/v1/rooms/wjLJb3Jo/members/bob/more").status, 404);
  const auto answer = ask("DELETE", "/v1/rooms");
  EXPECT_EQ(answer.status, 405);
  EXPECT_TRUE(has(answer.head, "Allow: GET, POST")) << answer.head;
  EXPECT_TRUE(has(answer.body, R"("code":"unknown_command")"));
}

TEST_F(RestDoorTest, RefusesPathsAndQueriesThatAreNoText) {
  for (const auto* target :
       {"/v1/public-rooms?query=%ff", "/v1/rooms/%ff", "/v1/rooms/wjLJb3Jo/sends/%c3",
        "/v1/rooms/wjLJb3Jo/sends/a%00b", "/v1/rooms?archived=%ff", "/v1/rooms?archived=yes",
        "/v1/rooms/wjLJb3Jo/messages/-1/readers", "/v1/rooms?limit=x"}) {
    const auto answer = ask("GET", target);
    EXPECT_EQ(answer.status, 400) << target << answer.body;
  }
  EXPECT_TRUE(on_loop([this] { return room_store.calls.empty(); }));
}

TEST_F(RestDoorTest, RefusesBadBodies) {
  for (const auto* body : {"{", "[]", "5", R"({"text":5})", "{\"text\":\"\xff\"}"}) {
    EXPECT_EQ(ask("POST", "/v1/rooms/wjLJb3Jo/messages", body).status, 400) << body;
  }
  const auto large = R"({"text":")" + std::string(64 * 1024, 'x') + "\"}";
  EXPECT_EQ(ask("POST", "/v1/rooms/wjLJb3Jo/messages", large).status, 413);
  EXPECT_EQ(ask("POST", "/v1/users", "{}").status, 400);
  EXPECT_EQ(ask("POST", "/v1/token", "{}").status, 400);
}

TEST_F(RestDoorTest, MapsEachErrorToItsStatus) {
  for (const auto& [code, status] :
       std::vector<std::pair<ErrorCode, int>>{{ErrorCode::not_a_member, 403},
                                              {ErrorCode::room_not_found, 404},
                                              {ErrorCode::text_too_long, 413},
                                              {ErrorCode::unavailable, 503},
                                              {ErrorCode::unknown_outcome, 503},
                                              {ErrorCode::internal, 500}}) {
    on_loop([this, code = code] { store.appends.fail_with(code); });
    const auto answer = ask("POST", "/v1/rooms/wjLJb3Jo/messages", R"({"text":"hi"})");
    EXPECT_EQ(answer.status, status);
    EXPECT_TRUE(has(answer.body, std::string(error_traits(code).name)));
  }
  on_loop([this] {
    accounts.error = Error{ErrorCode::rate_limited, "slow down", std::chrono::milliseconds(1500)};
  });
  const auto answer = ask("POST", "/v1/login", R"({"username":"ann","password":"p"})");
  EXPECT_EQ(answer.status, 429);
  EXPECT_TRUE(has(answer.head, "Retry-After: 2"));
}

TEST_F(RestDoorTest, TakesFieldsFromPathAndQueryAndDecodesThem) {
  on_loop([this] { accounts.users = {fakes::user(2, "bö b")}; });
  EXPECT_EQ(ask("DELETE", "/v1/rooms/wjLJb3Jo/members/b%C3%B6%20b").status, 204);
  EXPECT_EQ(ask("GET", "/v1/rooms/wjLJb3Jo/history?after=3&limit=7").status, 200);
  EXPECT_EQ(ask("GET", "/v1/rooms/wjLJb3Jo/history?after=x").status, 400);
  EXPECT_EQ(ask("GET", "/v1/rooms/wjLJb3Jo/history?limit=").status, 400);
  // The path wins over the body.
  EXPECT_EQ(ask("POST", "/v1/rooms/wjLJb3Jo/messages", R"({"room":"unknown1","text":"hi"})").status,
            201);
  on_loop([this] {
    EXPECT_EQ(store.ranges.at(0).after, 3U);
    EXPECT_EQ(store.ranges.at(0).limit, 7U);
    EXPECT_EQ(store.appended.at(0).room_id, kRoom);
  });
}

TEST_F(RestDoorTest, ChangesMessagesByTheirPath) {
  const std::string message = "/v1/rooms/wjLJb3Jo/messages/5";
  EXPECT_EQ(ask("PATCH", message, R"({"text":"new","seq":9})").status, 200);
  EXPECT_EQ(ask("DELETE", message).status, 200);
  EXPECT_EQ(ask("PUT", message + "/reactions/%F0%9F%91%8D", R"({"remove":true})").status, 200);
  EXPECT_EQ(ask("DELETE", message + "/reactions/a%2Fb").status, 200);
  EXPECT_EQ(ask("PUT", message + "/reactions/%FF").status, 400);
  EXPECT_EQ(ask("PUT", message + "/reactions/%00").status, 400);
  EXPECT_EQ(ask("PUT", message + "/pin").status, 200);
  EXPECT_EQ(ask("DELETE", message + "/pin").status, 200);
  EXPECT_EQ(ask("GET", "/v1/rooms/wjLJb3Jo/pins").status, 200);
  for (const auto* seq : {"x", "-1", "5x", "99999999999999999999"}) {
    EXPECT_EQ(ask("DELETE", std::string("/v1/rooms/wjLJb3Jo/messages/") + seq).status, 400) << seq;
  }
  EXPECT_TRUE(has(ask("POST", message).head, "Allow: PATCH, DELETE"));
  EXPECT_EQ(ask("GET", "/v1/rooms/wjLJb3Jo/history?raw=true").status, 200);
  EXPECT_EQ(ask("GET", "/v1/rooms/wjLJb3Jo/history?raw=1").status, 400);
  on_loop([this] {
    const auto& changes = change_store.changes;
    ASSERT_EQ(changes.size(), 6U);
    for (const auto& change : changes) EXPECT_EQ(change.target_seq, 5U);
    EXPECT_EQ(std::get<Edit>(changes[0].what).text, "new");
    EXPECT_TRUE(std::holds_alternative<Redact>(changes[1].what));
    EXPECT_EQ(std::get<React>(changes[2].what).reaction, "\xF0\x9F\x91\x8D");
    EXPECT_FALSE(std::get<React>(changes[2].what).remove) << "the route wins over the body";
    EXPECT_EQ(std::get<React>(changes[3].what).reaction, "a/b");
    EXPECT_TRUE(std::get<React>(changes[3].what).remove);
    EXPECT_TRUE(std::get<Pin>(changes[4].what).pinned);
    EXPECT_FALSE(std::get<Pin>(changes[5].what).pinned);
    EXPECT_FALSE(store.ranges.at(0).folded);
  });
  on_loop([this] { change_store.error = Error{ErrorCode::redacted, "gone"}; });
  EXPECT_EQ(ask("DELETE", message).status, 409);
}

TEST_F(RestDoorTest, TakesTextsAndNumbersOfASearchFromTheQuery) {
  EXPECT_EQ(
      ask("GET", "/v1/search?q=%22two+cups%22+5&room=12345678&limit=7&cursor=1&before=9").status,
      200);
  EXPECT_EQ(ask("GET", "/v1/search?q=5&before=x").status, 400);
  EXPECT_EQ(ask("GET", "/v1/search").status, 400);
  EXPECT_EQ(ask("GET", "/v1/users?prefix=5").status, 200);
  EXPECT_EQ(ask("GET", "/v1/rooms/wjLJb3Jo/history?room=unknown1").status, 200)
      << "the path wins over the query";
  on_loop([this] {
    const auto& question = people_fakes.people_store.questions.at(0);
    EXPECT_EQ(question.text, "\"two cups\" 5");
    EXPECT_EQ(question.gid, "12345678");
    EXPECT_EQ(question.limit, 7U);
    EXPECT_EQ(question.cursor, "1");
    EXPECT_EQ(question.before_ms, 9);
  });
}

TEST_F(RestDoorTest, KeepsTheSessionThatChangesThePasswordAndShowsIt) {
  const auto listed = ask("GET", "/v1/me/sessions");
  EXPECT_TRUE(
      has(listed.body, R"({"id":"session-ann","created_at":1000,"used_at":2000,"current":true})"))
      << listed.body;
  EXPECT_TRUE(has(listed.body, R"("used_at":600,"current":false)"));
  EXPECT_EQ(ask("POST", "/v1/me/password", R"({"old_password":"p","new_password":"q"})").status,
            204);
  on_loop([this] {
    EXPECT_EQ(people_fakes.profiles.calls.back(), "password 1 session-ann p q");
    EXPECT_EQ(gate.revoked, (Calls{"session-1", "session-2"}));
  });
  EXPECT_EQ(ask("POST", "/v1/me/password", R"({"old_password":"p"})").status, 400);
  EXPECT_EQ(ask("DELETE", "/v1/me", "{}").status, 400);
  EXPECT_EQ(ask("DELETE", "/v1/me", R"({"password":"p","redact":"yes"})").status, 400);
}

TEST_F(RestDoorTest, EndsAllSessionsWhenAskedTo) {
  EXPECT_EQ(ask("POST", "/v1/logout", R"({"all":1})").status, 400);
  EXPECT_EQ(ask("POST", "/v1/logout", R"({"all":true})").status, 204);
  on_loop([this] {
    EXPECT_EQ(people_fakes.profiles.calls, Calls{"log_out_all 1"});
    EXPECT_EQ(gate.revoked, (Calls{"session-1", "session-2", "session-ann"}));
  });
}

TEST_F(RestDoorTest, EndsTheSessionAtOnceOnLogout) {
  EXPECT_EQ(ask("POST", "/v1/logout").status, 204);
  on_loop([this] {
    EXPECT_EQ(accounts.calls, Calls{"log_out session-ann"});
    EXPECT_EQ(gate.revoked, Calls{"session-ann"});
    accounts.error = Error{ErrorCode::unavailable, "away"};
  });
  EXPECT_EQ(ask("POST", "/v1/logout").status, 503);
  EXPECT_EQ(on_loop([this] { return gate.revoked.size(); }), 1U);
}

}  // namespace
}  // namespace confab::gateway::dialects
