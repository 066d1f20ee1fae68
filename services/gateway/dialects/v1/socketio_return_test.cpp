// Clients that come back and may not have the session they had, or not yet.
#include "gateway/dialects/v1/recovery_fixture_test.hpp"

namespace confab::gateway::dialects {
namespace {

using namespace std::chrono_literals;

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

TEST_F(SocketIoRecovery, NeedsNoWarningOfAnExpiryToHaveArrived) {
  auto ann = meet();
  ann.confirm();
  on_loop([this] { sessions.sweep(clock.time + 14min + 30s); });
  EXPECT_TRUE(ann.next().starts_with(R"(42["session.expiring")"));
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
