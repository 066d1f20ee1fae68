// Clients that are cut off and go on where they were.
#include "gateway/dialects/v1/recovery_fixture_test.hpp"

namespace confab::gateway::dialects {
namespace {

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

TEST_F(SocketIoRecovery, KnowsNoPidThatItCannotHaveGiven) {
  auto ann = meet();
  ann.confirm();
  cut(ann);
  const auto name = ann.pid.substr(ann.pid.find('.'));
  for (const auto& ticket : {std::string(R"(a\",\"x\":\"b)"), std::string("\u00e9"),
                             std::string(R"(a\\)"), std::string(5000, 'a')}) {
    const auto fresh = meet(R"({"token":"ann","pid":")" + ticket + name + "\"}");
    EXPECT_EQ(fresh.pid, "ticket-ann." + fresh.sid + "-here");
    EXPECT_NE(fresh.sid, ann.sid);
  }
  EXPECT_TRUE(last_return().empty());
  const auto again = come_back(ann);
  expect_recovered(ann, again);
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

INSTANTIATE_TEST_SUITE_P(Rooms, PutOutWhileAway, ::testing::Bool(), [](const auto& remembered) {
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

}  // namespace
}  // namespace confab::gateway::dialects
