// A Socket.IO client that asks for more than is answered.
#include "gateway/dialects/v1/socketio_fixture_test.hpp"

namespace confab::gateway::dialects {
namespace {

struct SocketIoManyCommands : SocketIoTest {};

TEST_F(SocketIoManyCommands, ReadsNoFurtherWhileTooManyCommandsHaveNoAnswer) {
  auto client = connect();
  on_loop([this] { store.appends.close(); });
  const auto many = 3 * host.options().max_in_flight;
  for (std::size_t i = 0; i < many; ++i) {
    client->send("42" + std::to_string(i) + R"(["send",{"room":"wjLJb3Jo","text":"x"}])");
  }
  await([this] { return store.appends.waiting() >= host.options().max_in_flight; });
  EXPECT_LE(on_loop([this] { return store.appends.waiting(); }), 2 * host.options().max_in_flight);
  on_loop([this] { store.appends.open(); });
  for (std::size_t i = 0; i < many; ++i) {
    const auto answer = client->read();
    ASSERT_TRUE(answer.starts_with("43" + std::to_string(i) + R"([{"ok":true)")) << answer;
  }
  EXPECT_TRUE(has(ask(client, "me", "{}"), "ann"));
}

TEST_F(SocketIoManyCommands, RefusesWhatComesByPollingBeyondTwiceItsBound) {
  fakes::TestClient client(port);
  const std::string path = "/socket.io/?EIO=4&transport=polling";
  const auto opened = client.get(path).body;
  const auto begin = opened.find(R"("sid":")") + 7;
  const auto session = path + "&sid=" + opened.substr(begin, opened.find('"', begin) - begin);
  client.post(session, R"(40{"token":"ann"})");
  EXPECT_TRUE(has(client.get(session).body, R"("pid":)"));
  on_loop([this] { store.appends.close(); });
  std::string body;
  for (std::size_t i = 0; i < 2 * host.options().max_in_flight; ++i) {
    body += R"(42["send",{"room":"wjLJb3Jo","text":"x"}])" + std::string(1, '\x1e');
  }
  client.post(session, body + R"(427["me",{}])");
  const auto answer = client.get(session).body;
  EXPECT_TRUE(answer.starts_with("437[") && has(answer, "too_many_commands")) << answer;
  EXPECT_TRUE(has(answer, "retry_after_ms"));
  on_loop([this] { store.appends.open(); });
  await([this] { return store.appended.size() == 2 * host.options().max_in_flight; });
}

}  // namespace
}  // namespace confab::gateway::dialects
