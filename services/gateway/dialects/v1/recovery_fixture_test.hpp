#pragma once

// Test support: clients of the Socket.IO door that are cut off and come back.

#include "gateway/dialects/v1/socketio_fixture_test.hpp"

namespace confab::gateway::dialects {

using std::chrono_literals::operator""ms;

/// So short that tests wait for heartbeats.
inline EngineOptions hasty() {
  EngineOptions options;
  options.ping_interval = 10ms;
  return options;
}

struct SocketIoRecovery : SocketIoTest {
  SocketIoRecovery() : SocketIoTest(hasty()) { recall.here = "-here"; }

  /// A client, what it has read and whether a ping waits for its pong.
  struct Peer {
    Client client;
    std::string sid, pid;
    bool pinged = false;

    /// What comes next but pings.
    std::string next() {
      for (;;) {
        auto frame = client->read();
        if (frame != "2") return frame;
        pinged = true;
      }
    }
    /// The server gets to know that all it has sent so far has arrived. What else comes is lost.
    void confirm() {
      for (int pongs = 0; pongs < 2; ++pongs) {  // The first ping may be older.
        while (!pinged) pinged = client->read() == "2";
        pinged = false;
        client->send("3");
      }
      client->send(R"(429["ping",{}])");
      while (!next().starts_with("439")) {
      }
    }
  };

  static std::string field(const std::string& json, const std::string& name) {
    const auto at = json.find("\"" + name + "\":\"");
    if (at == std::string::npos) return {};
    const auto begin = at + name.size() + 4;
    return json.substr(begin, json.find('"', begin) - begin);
  }

  Peer meet(const std::string& auth = R"({"token":"ann"})") {
    Peer peer;
    peer.client = dial(auth);
    const auto answer = peer.next();
    EXPECT_TRUE(answer.starts_with(R"(40{"sid":")")) << answer;
    peer.sid = field(answer, "sid");
    peer.pid = field(answer, "pid");
    return peer;
  }
  Peer come_back(const Peer& before, const std::string& more = "") {
    return meet(R"({"token":"ann","pid":")" + before.pid + "\"" + more + "}");
  }
  void cut(Peer& peer) {
    const auto sessions_before = on_loop([this] { return sessions.size(); });
    peer.client.reset();
    await([&] { return sessions.size() < sessions_before; });
  }
  /// Lets nobody be found by the rooms they had a moment ago.
  void forget_recent() {
    on_loop([this] { sessions.recent().clear(); });
  }
  std::string last_return() {
    return on_loop([this] { return returned.empty() ? std::string() : returned.back(); });
  }
  void expect_recovered(const Peer& before, const Peer& after) {
    EXPECT_EQ(after.pid, before.pid);
    EXPECT_EQ(after.sid, before.sid);
    EXPECT_EQ(last_return(), "recovered");
  }
  void expect_anew(const Peer& before, const Peer& after, const std::string& why) {
    EXPECT_NE(after.pid, before.pid);
    EXPECT_FALSE(after.pid.empty());
    EXPECT_NE(after.sid, before.sid);
    EXPECT_EQ(last_return(), why);
  }
};

}  // namespace confab::gateway::dialects
