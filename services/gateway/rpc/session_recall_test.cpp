#include "gateway/rpc/session_recall.hpp"

#include "gateway/loop/asio_loop.hpp"
#include "gateway/rpc/forward_fixture_test.hpp"

namespace confab::gateway {
namespace {

using namespace testing;
using namespace std::chrono_literals;

/// What keeps and finds sessions on one event loop. Never destroyed, as the gateways.
struct Keeper {
  Keeper(TestNode& of, std::vector<GuestDoor*> doors) : node(of) {
    node.loop.run([&] {
      recall.join(std::move(doors));
      node.door.recall = [this](v1::RecallRequest request) {
        return recall.serve(std::move(request));
      };
    });
  }

  /// A session that begins here: the name of which its client is told.
  std::string begin() {
    return node.loop.run([this] {
      const auto id = SessionId::make(node.random);
      return std::string(id.view()) + recall.mark(id.view());
    });
  }
  /// The client of the session is cut off here, having `seq` of the room 7.
  void cut(const std::string& name, std::uint64_t seq) {
    node.loop.run([&] {
      CutSession session;
      session.user_id = 1;
      session.rooms.resize(1);
      session.rooms[0].room.room_id = 7;
      session.rooms[0].from.seq = seq;
      here.keep(name.substr(0, SessionId::kCharacters), std::move(session));
    });
  }
  Recalled take(const std::string& name, std::int64_t user_id = 1) {
    auto result = std::make_shared<std::promise<Recalled>>();
    loop.spawn([this, name, user_id, result]() -> Task<> {
      auto recalled = co_await recall.take(name, user_id);
      result->set_value(std::move(recalled));
    });
    return result->get_future().get();
  }
  /// The seq of the session found; 0: none.
  std::uint64_t seq(const std::string& name) {
    const auto recalled = take(name);
    return recalled.outcome == RecallOutcome::found ? recalled.session.rooms.at(0).from.seq : 0;
  }

  TestNode& node;
  AsioLoop loop{node.loop.io(), [](std::string_view what) { ADD_FAILURE() << what; }};
  SessionBook live{loop};
  CutSessions here{live, loop, 2min};
  SessionRecall recall{node.forwarder, here, loop, SessionRecall::Options{20s, 20s, 1h}};
};

Keeper& make_keeper(TestNode& node, std::vector<GuestDoor*> doors) {
  static auto& keepers = *new std::vector<std::unique_ptr<Keeper>>();
  return *keepers.emplace_back(std::make_unique<Keeper>(node, std::move(doors)));
}

Keeper& keeper_of(TestGateway& gateway) {
  return make_keeper(gateway.node(), {&gateway.node().door});
}

struct RecallTest : ::testing::Test {
  TestGateway& first = make_gateway();
  Keeper& a = keeper_of(first);
  Keeper& b = keeper_of(make_gateway());
  Keeper& c = keeper_of(make_gateway());
  std::string name = a.begin();
};

TEST_F(RecallTest, FindsASessionWhereItWasCutOff) {
  a.cut(name, 5);
  EXPECT_EQ(a.seq(name), 5U);
  a.cut(name, 6);
  EXPECT_EQ(b.seq(name), 6U);
}

TEST_F(RecallTest, GivesItOnce) {
  a.cut(name, 5);
  EXPECT_EQ(b.seq(name), 5U);
  for (auto* keeper : {&a, &b, &c}) EXPECT_EQ(keeper->take(name).outcome, RecallOutcome::gone);
}

TEST_F(RecallTest, FindsItWhereverItsClientWentInTheMeantime) {
  a.cut(name, 1);
  std::uint64_t seq = 1;
  std::vector<Keeper*> way{&b, &c, &c, &b, &a, &c, &a, &a, &b};
  for (auto* next : way) {
    EXPECT_EQ(next->seq(name), seq);
    next->cut(name, ++seq);
  }
}

TEST_F(RecallTest, GivesItToItsUserOnly) {
  a.cut(name, 5);
  EXPECT_EQ(b.take(name, 2).outcome, RecallOutcome::gone);
  EXPECT_EQ(a.take(name, 2).outcome, RecallOutcome::gone);
  EXPECT_EQ(b.seq(name), 5U);
}

TEST_F(RecallTest, RefusesANameThatNoGatewayGave) {
  a.cut(name, 5);
  auto forged = name;
  forged[3] = forged[3] == 'A' ? 'B' : 'A';
  for (const auto& wrong : {std::string(), std::string("x"), forged, name.substr(0, 20), name + "A",
                            std::string(5000, 'A')}) {
    EXPECT_EQ(b.take(wrong).outcome, RecallOutcome::refused) << wrong;
    EXPECT_EQ(a.take(wrong).outcome, RecallOutcome::refused) << wrong;
  }
  EXPECT_EQ(a.seq(name), 5U);
}

TEST_F(RecallTest, KnowsThatAGatewayIsAwayAndAsksItNoMore) {
  a.cut(name, 5);
  first.die();
  EXPECT_EQ(b.take(name).outcome, RecallOutcome::away);
  EXPECT_EQ(b.take(name).outcome, RecallOutcome::away);
  b.cut(name, 6);  // What is here is found all the same.
  EXPECT_EQ(b.seq(name), 6U);
}

TEST_F(RecallTest, IsAwayWhenWhoTookItLastIs) {
  auto& mortal = make_gateway();
  auto& d = keeper_of(mortal);
  a.cut(name, 5);
  EXPECT_EQ(d.seq(name), 5U);
  d.cut(name, 6);
  mortal.die();
  EXPECT_EQ(a.take(name).outcome, RecallOutcome::away);
  EXPECT_EQ(b.take(name).outcome, RecallOutcome::gone);
}

TEST(RecallLoops, FindsASessionOnAnotherEventLoopOfTheSameGateway) {
  auto& gateway = make_gateway(std::size_t{2});
  const std::vector<GuestDoor*> doors{&gateway.node(0).door, &gateway.node(1).door};
  auto& one = make_keeper(gateway.node(0), doors);
  auto& two = make_keeper(gateway.node(1), doors);
  auto& other = keeper_of(make_gateway());
  const auto name = one.begin();
  one.cut(name, 5);
  EXPECT_EQ(two.seq(name), 5U);
  two.cut(name, 6);
  EXPECT_EQ(other.seq(name), 6U);
  other.cut(name, 7);
  EXPECT_EQ(two.seq(name), 7U);
  two.cut(name, 8);
  EXPECT_EQ(one.seq(name), 8U);
}

}  // namespace
}  // namespace confab::gateway
