// Clients that are cut off and come back to the session they had.
#include "gateway/dialects/v1/socketio_fixture_test.hpp"

namespace confab::gateway::dialects {
namespace {

using namespace std::chrono_literals;

EngineOptions hasty() {
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

TEST_F(SocketIoRecovery, GoesOnFromWhatTheClientConfirmed) {
  auto ann = meet();
  EXPECT_TRUE(ann.pid.starts_with("ticket-ann." + ann.sid + "-here"));
  say();
  say();
  EXPECT_EQ(ann.next(), message(1));
  EXPECT_EQ(ann.next(), message(2));
  ann.confirm();
  say();
  EXPECT_EQ(ann.next(), message(3));
  cut(ann);
  say();
  auto again = come_back(ann);
  expect_recovered(ann, again);
  EXPECT_EQ(again.next(), message(3));  // Nobody could know that it had arrived.
  EXPECT_EQ(again.next(), message(4));
  say();
  EXPECT_EQ(again.next(), message(5));
}

TEST_F(SocketIoRecovery, GoesOnFromTheStartForAClientThatConfirmedNothingYet) {
  say();
  auto ann = meet();
  say();
  EXPECT_EQ(ann.next(), message(2));
  cut(ann);
  const auto again = come_back(ann);
  expect_recovered(ann, again);
  EXPECT_EQ(again.client->read(), message(2));
}

TEST_F(SocketIoRecovery, IsExactForClientsThatTakeOffsets) {
  const auto told = [](std::uint64_t seq) {
    return R"(42["message",{"seq":)" + std::to_string(seq) + R"(},"7.1.)" + std::to_string(seq) +
           "\"]";
  };
  auto other = meet();
  auto ann = meet(R"({"token":"ann","offsets":true})");
  for (std::uint64_t seq = 1; seq <= 3; ++seq) {
    say();
    EXPECT_EQ(ann.next(), told(seq));
    EXPECT_EQ(other.next(), message(seq));
  }
  cut(ann);
  say();
  auto again = come_back(ann, R"(,"offsets":true,"offset":"7.1.2")");
  expect_recovered(ann, again);
  EXPECT_EQ(again.next(), told(3));
  EXPECT_EQ(again.next(), told(4));
  say();
  EXPECT_EQ(again.next(), told(5));
  cut(again);
  auto third = come_back(again, R"(,"offsets":true,"offset":"7.1.4")");
  expect_recovered(again, third);
  EXPECT_EQ(third.next(), told(5));
}

TEST_F(SocketIoRecovery, IgnoresTheOffsetOfAClientThatDidNotAskForOffsets) {
  auto ann = meet();
  say();
  EXPECT_EQ(ann.next(), message(1));
  cut(ann);
  auto again = come_back(ann, R"(,"offset":"7.1.1")");
  expect_recovered(ann, again);
  EXPECT_EQ(again.next(), message(1));
}

TEST_F(SocketIoRecovery, GivesAgainWhatWasGivenAgainButNotConfirmed) {
  auto ann = meet();
  ann.confirm();
  cut(ann);
  say();
  say();
  auto second = come_back(ann);
  expect_recovered(ann, second);
  say();
  cut(second);
  say();
  auto third = come_back(second);
  expect_recovered(second, third);
  for (std::uint64_t seq = 1; seq <= 4; ++seq) EXPECT_EQ(third.next(), message(seq));
  third.confirm();
  cut(third);
  say();
  auto fourth = come_back(third);
  expect_recovered(third, fourth);
  EXPECT_EQ(fourth.next(), message(5));
}

TEST_F(SocketIoRecovery, AsksTheStoreForTheRoomsOfWhoIsNotRemembered) {
  auto ann = meet();
  ann.confirm();
  cut(ann);
  forget_recent();
  say();
  auto again = come_back(ann);
  expect_recovered(ann, again);
  EXPECT_EQ(again.next(), message(1));
}

TEST_F(SocketIoRecovery, CutsTheOldConnectionOffWhenItsClientComesBackFirst) {
  auto ann = meet();
  say();
  EXPECT_EQ(ann.next(), message(1));
  auto again = come_back(ann);
  expect_recovered(ann, again);
  EXPECT_EQ(ann.client->read_close_code(), 4000);
  EXPECT_EQ(again.next(), message(1));
  await([this] { return sessions.size() == 1; });
  say();
  EXPECT_EQ(again.next(), message(2));
}

struct PutOutWhileAway : SocketIoRecovery, ::testing::WithParamInterface<bool> {};

TEST_P(PutOutWhileAway, IsToldSoAndNothingMoreOfTheRoom) {
  auto ann = meet();
  ann.confirm();
  cut(ann);
  if (!GetParam()) forget_recent();
  say();
  on_loop([this] {
    auto kick = fakes::leaving(store.grow(kRoom), 1);
    store.logs[kRoom].entries.back() = kick;
    hub.on_entries(kRoom, {std::make_shared<Entry>(kick)});
    store.members[kGid] = {2};
  });
  say();
  auto again = come_back(ann);
  expect_recovered(ann, again);
  const auto told = again.next();
  EXPECT_TRUE(told.starts_with(R"(42["room.removed",{"room":"wjLJb3Jo","name":)")) << told;
  say();
  again.client->send(R"(421["ping",{}])");
  EXPECT_EQ(again.next(), R"(431[{"ok":true}])");
}

INSTANTIATE_TEST_SUITE_P(Rooms, PutOutWhileAway, ::testing::Bool(),
                         [](const auto& remembered) {
                           return remembered.param ? "Remembered" : "AskedFor";
                         });

TEST_F(SocketIoRecovery, TellsOfRoomsThatCameMeanwhile) {
  auto ann = meet();
  ann.confirm();
  cut(ann);
  forget_recent();
  on_loop([this] { store.add_room("newRoom1", 8); });
  auto again = come_back(ann);
  expect_recovered(ann, again);
  EXPECT_TRUE(again.next().starts_with(R"(42["room.added",{"room":"newRoom1")"));
  on_loop([this] { hub.on_entries(8, {std::make_shared<Entry>(store.grow(8))}); });
  EXPECT_EQ(again.next(), message(1));
}

TEST_F(SocketIoRecovery, KeepsTheRoomsThatTheClientChoseItself) {
  on_loop([this] { store.add_room("another1", 8); });
  auto none = meet(R"({"token":"ann","rooms":"none"})");
  none.client->send(R"(421["subscribe",{"room":"another1"}])");
  EXPECT_TRUE(none.next().starts_with("431"));
  none.confirm();
  cut(none);
  on_loop([this] { hub.on_entries(8, {std::make_shared<Entry>(store.grow(8))}); });
  say();
  auto again = come_back(none, R"(,"rooms":"none")");
  expect_recovered(none, again);
  on_loop([this] { hub.on_entries(8, {std::make_shared<Entry>(store.grow(8))}); });
  EXPECT_EQ(again.next(), message(1));
  EXPECT_EQ(again.next(), message(2));
}

TEST_F(SocketIoRecovery, EndsWithASessionThatEndedForGood) {
  auto left = meet();
  left.client->send("41");
  await([this] { return sessions.size() == 0; });
  expect_anew(left, come_back(left), "gone");
  await([this] { return sessions.size() == 0; });
  auto revoked = meet();
  on_loop([this] { sessions.revoke("session-ann"); });
  EXPECT_EQ(revoked.client->read_close_code(), 4000);
  await([this] { return sessions.size() == 0; });
  expect_anew(revoked, come_back(revoked), "gone");
}

TEST_F(SocketIoRecovery, NeedsAnIdentityOfTheSameUser) {
  auto ann = meet();
  cut(ann);
  const auto refused = dial(R"({"token":"forged","pid":"x)" + ann.pid + "\"}")->read();
  EXPECT_TRUE(has(refused, "unauthenticated")) << refused;
  const auto stolen = ann.pid.substr(ann.pid.find('.'));
  const auto bob = meet(R"({"token":"bob","pid":"ticket-bob)" + stolen + "\"}");
  EXPECT_NE(bob.sid, ann.sid);
  EXPECT_EQ(last_return(), "gone");
  expect_recovered(ann, come_back(ann));
}

TEST_F(SocketIoRecovery, GivesANewSessionWhenTooMuchWasMissed) {
  auto ann = meet();
  ann.confirm();
  cut(ann);
  for (std::uint64_t i = 0; i <= Hub::kMaxReplay; ++i) say();
  auto again = come_back(ann);
  expect_anew(ann, again, "too_much");
  say();
  EXPECT_EQ(again.next(), message(Hub::kMaxReplay + 2));
}

TEST_F(SocketIoRecovery, GivesANewSessionWhenTheRoomsCannotBeAskedFor) {
  auto ann = meet();
  ann.confirm();
  cut(ann);
  forget_recent();
  on_loop([this] { store.rooms_asked.fail_with(ErrorCode::unavailable); });
  expect_anew(ann, come_back(ann), "failed");
}

TEST_F(SocketIoRecovery, DoesNotPretendThatAClientHasWhatNoReplayGives) {
  auto ann = meet();
  ann.confirm();
  notify(true, 8, "newRoom1", 0);
  EXPECT_EQ(ann.next(), R"(42["room.added",{"room":"newRoom1"}])");
  cut(ann);
  expect_anew(ann, come_back(ann), "gone");
}

TEST_F(SocketIoRecovery, ReliesOnWhatNoReplayGivesOnceThatIsConfirmed) {
  auto ann = meet();
  notify(true, 8, "newRoom1", 0);
  EXPECT_EQ(ann.next(), R"(42["room.added",{"room":"newRoom1"}])");
  on_loop([this] { store.add_room("newRoom1", 8); });
  ann.confirm();
  cut(ann);
  expect_recovered(ann, come_back(ann));
}

TEST_F(SocketIoRecovery, MayBeTriedAgainByAClientThatLeftInTheMiddleOfIt) {
  auto ann = meet();
  ann.confirm();
  cut(ann);
  forget_recent();
  say();
  on_loop([this] { store.rooms_asked.close(); });
  auto impatient = dial(R"({"token":"ann","pid":")" + ann.pid + "\"}");
  await([this] { return store.rooms_asked.waiting() == 1; });
  impatient.reset();
  await([this] { return engine.open_sessions(Transport::websocket) == 0; });
  on_loop([this] { store.rooms_asked.open(); });
  await([this] { return sessions.size() == 0; });
  auto again = come_back(ann);
  expect_recovered(ann, again);
  EXPECT_EQ(again.next(), message(1));
}

TEST_F(SocketIoRecovery, IsNotOfferedToClientsOfVersion3) {
  fakes::TestWebSocket old(port, "/socket.io/?EIO=3&transport=websocket&token=ann");
  old.read();
  EXPECT_EQ(old.read(), "40");
  old.close();
  await([this] { return sessions.size() == 0; });
  EXPECT_EQ(on_loop([this] { return cut_sessions.size(); }), 0U);
}

}  // namespace
}  // namespace confab::gateway::dialects
