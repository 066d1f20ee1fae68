#pragma once

// Test support: clients of the plain WebSocket door.

#include "gateway/dialects/v1/door_fixture_test.hpp"

namespace confab::gateway::dialects {

struct PlainTest : DoorTest {
  using DoorTest::DoorTest;
  using Client = std::unique_ptr<fakes::TestWebSocket>;
  using Headers = std::map<std::string, std::string>;

  /// Connected, and nothing said.
  Client dial(const Headers& headers = {}) {
    return std::make_unique<fakes::TestWebSocket>(port, "/v1/ws", headers);
  }
  static Headers offering(const std::string& subprotocols) {
    return {{"Sec-WebSocket-Protocol", subprotocols}};
  }

  static std::string hello(const std::string& data) {
    return R"({"id":1,"cmd":"hello","data":)" + data + "}";
  }

  /// Let in.
  Client connect(const std::string& data = R"({"token":"ann"})") {
    auto client = dial();
    client->send(hello(data));
    const auto answer = client->read();
    EXPECT_TRUE(answer.starts_with(R"({"re":1,"ok":true,"data":{"server":)")) << answer;
    return client;
  }

  /// The answer to a command, from "ok" on.
  static std::string ask(Client& client, const std::string& name, const std::string& data) {
    client->send(R"({"id":31,"cmd":")" + name + R"(","data":)" + data + "}");
    const auto answer = client->read();
    EXPECT_TRUE(answer.starts_with(R"({"re":31,)")) << answer;
    return answer.substr(9, answer.size() - 10);
  }

  static bool has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
  }

  static std::string message(std::uint64_t seq) {
    return R"({"event":"message","data":{"seq":)" + std::to_string(seq) + "}}";
  }
};

}  // namespace confab::gateway::dialects
