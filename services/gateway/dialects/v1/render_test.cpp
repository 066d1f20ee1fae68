// The shapes of docs/protocol.md.
#include "gateway/dialects/v1/render.hpp"

#include <gtest/gtest.h>

namespace confab::gateway::dialects {
namespace {

using namespace std::chrono_literals;

const User kAnn{1, "u-1", "ann", "Ann \"A\" \n"};
constexpr auto kAnnJson = R"({"id":1,"uuid":"u-1","username":"ann","name":"Ann \"A\" \n"})";

Room lobby() {
  Room room;
  room.ref = {7, "wjLJb3Jo"};
  room.name = "Lobby";
  room.kind = "private";
  room.created_ms = 1700;
  room.created_by = kAnn;
  room.topic = "tea";
  room.head = {2, 9, "12345678"};
  return room;
}

constexpr auto kLobbyJson =
    R"({"gid":"wjLJb3Jo","name":"Lobby","kind":"private","created_at":1700,)"
    R"("created_by":"ann","topic":"tea","picture":"","archived":false,)"
    R"("head":{"epoch":2,"seq":9}})";

TEST(Render, WritesAUser) {
  EXPECT_EQ(render(kAnn), kAnnJson);
  EXPECT_EQ(wrapped("user", render(kAnn)), R"({"user":)" + std::string(kAnnJson) + "}");
}

TEST(Render, WritesAnAck) {
  EXPECT_EQ(render(Sent{"wjLJb3Jo", "c\"1", {1, 5, "m-1", 1700}}),
            R"({"room":"wjLJb3Jo","epoch":1,"seq":5,"msg_id":"m-1","ts":1700,)"
            R"("client_msg_id":"c\"1"})");
}

TEST(Render, WritesARoomWithAndWithoutMembers) {
  auto room = lobby();
  EXPECT_EQ(render(room), kLobbyJson);
  room.members.push_back({kAnn, "owner", 1800, "bob"});
  const auto member = render(room.members[0]);
  EXPECT_EQ(member, R"({"id":1,"uuid":"u-1","username":"ann","name":"Ann \"A\" \n",)"
                    R"("role":"owner","admin":true,"added_at":1800,"added_by":"bob"})");
  EXPECT_EQ(render("wjLJb3Jo", room.members[0]), R"({"room":"wjLJb3Jo",)" + member.substr(1));
  const std::string bare = kLobbyJson;
  EXPECT_EQ(render(room), bare.substr(0, bare.size() - 1) + R"(,"members":[)" + member + "]}");
}

TEST(Render, WritesNoticesOfRooms) {
  EXPECT_EQ(render_notice(lobby()), R"({"room":"wjLJb3Jo","name":"Lobby","kind":"private"})");
}

TEST(Render, WritesEventsAsTheyAre) {
  Entry entry;
  entry.json = R"({"seq":9})";
  EXPECT_EQ(render(History{"wjLJb3Jo", {{1, 9, ""}, {entry, entry}, true}}),
            R"({"room":"wjLJb3Jo","head":{"epoch":1,"seq":9},"events":[{"seq":9},{"seq":9}],)"
            R"("more":true})");
  Replay replay;
  replay.head = {1, 9, ""};
  replay.events.push_back(std::make_shared<Entry>(entry));
  EXPECT_EQ(render("wjLJb3Jo", replay),
            R"({"room":"wjLJb3Jo","head":{"epoch":1,"seq":9},"events":[{"seq":9}]})");
  replay.events.clear();
  replay.reset = true;
  EXPECT_EQ(render("wjLJb3Jo", replay),
            R"({"room":"wjLJb3Jo","head":{"epoch":1,"seq":9},"events":[],"reset":true})");
}

TEST(Render, WritesALogin) {
  EXPECT_EQ(render(Login{kAnn, "a.b.c", 900, "r"}),
            R"({"user":)" + std::string(kAnnJson) +
                R"(,"access_token":"a.b.c","expires_in":900,"refresh_token":"r"})");
}

TEST(Render, WritesErrors) {
  EXPECT_EQ(render(Error{ErrorCode::not_a_member, "no \"entry\""}),
            R"({"code":"not_a_member","message":"no \"entry\"","retryable":false})");
  EXPECT_EQ(render(Error{ErrorCode::rate_limited, "slow down", 1500ms}),
            R"({"code":"rate_limited","message":"slow down","retryable":true,)"
            R"("retry_after_ms":1500})");
  EXPECT_EQ(render_problem(Error{ErrorCode::unavailable, "away", 1s}, 503),
            R"({"type":"about:blank","title":"unavailable","status":503,"code":"unavailable",)"
            R"("detail":"away","retryable":true,"retry_after_ms":1000})");
}

}  // namespace
}  // namespace confab::gateway::dialects
