#pragma once

// Test support: a Socket.IO client of the door.

#include "gateway/dialects/v1/door_fixture_test.hpp"

namespace confab::gateway::dialects {

struct SocketIoTest : DoorTest {
  explicit SocketIoTest(EngineOptions options = {}) : DoorTest({}, std::move(options)) {}

  using Client = std::unique_ptr<fakes::TestWebSocket>;

  Client dial(const std::string& auth) {
    auto client =
        std::make_unique<fakes::TestWebSocket>(port, "/socket.io/?EIO=4&transport=websocket");
    client->read();
    client->send("40" + auth);
    return client;
  }

  /// Let in.
  Client connect(const std::string& auth = R"({"token":"ann"})") {
    auto client = dial(auth);
    const auto answer = client->read();
    EXPECT_TRUE(answer.starts_with(R"(40{"sid":")")) << answer;
    return client;
  }

  /// The answer to a command, without the array around it.
  static std::string ask(Client& client, const std::string& name, const std::string& data) {
    client->send(R"(421[")" + name + "\"," + data + "]");
    const auto answer = client->read();
    EXPECT_TRUE(answer.starts_with("431[")) << answer;
    return answer.substr(4, answer.size() - 5);
  }

  static bool has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
  }

  static std::string message(std::uint64_t seq) {
    return R"(42["message",{"seq":)" + std::to_string(seq) + "}]";
  }
};

}  // namespace confab::gateway::dialects
