// How clients are told to go elsewhere: a gateway that ends, that is crowded, or short of memory.
#include "gateway/dialects/v1/plain_fixture_test.hpp"
#include "gateway/dialects/v1/socketio_fixture_test.hpp"

namespace confab::gateway::dialects {
namespace {

using namespace std::chrono_literals;

struct PlainLeaving : PlainTest {};
struct SocketIoLeaving : SocketIoTest {};

constexpr int kNoClose = 0;  // The connection broke.
constexpr auto kSend = R"({"room":"wjLJb3Jo","text":"hi"})";

TEST_F(PlainLeaving, IsToldWhenToGo) {
  auto client = connect();
  on_loop([this] {
    for (const auto& session : sessions.all()) session->goaway(1234ms);
  });
  EXPECT_EQ(client->read(), R"({"event":"goaway","data":{"reconnect_in_ms":1234}})");
}

TEST_F(PlainLeaving, IsAnsweredWhatItAskedForAndNothingLater) {
  auto client = connect();
  on_loop([this] { store.appends.close(); });
  client->send(std::string(R"({"id":1,"cmd":"send","data":)") + kSend + "}");
  await([this] { return store.appends.waiting() == 1; });
  on_loop([this] { sessions.end_all(EndReason::draining); });
  client->send(std::string(R"({"id":2,"cmd":"send","data":)") + kSend + "}");
  client->send(R"({"id":3,"cmd":"ping"})");
  EXPECT_EQ(on_loop([this] { return sessions.size(); }), 1U);
  on_loop([this] { store.appends.open(); });
  EXPECT_TRUE(client->read().starts_with(R"({"re":1,"ok":true)"));
  EXPECT_EQ(client->read_close_code(), 1012);
  await([this] { return sessions.size() == 0; });
}

TEST_F(PlainLeaving, IsNotWaitedForWhenTheGatewayStops) {
  auto client = connect();
  on_loop([this] { store.appends.close(); });
  client->send(std::string(R"({"id":1,"cmd":"send","data":)") + kSend + "}");
  await([this] { return store.appends.waiting() == 1; });
  on_loop([this] { sessions.end_all(EndReason::draining); });
  on_loop([this] { sessions.end_all(EndReason::stopping); });
  EXPECT_EQ(client->read_close_code(), 1012);
  on_loop([this] { store.appends.open(); });
  await([this] { return sessions.size() == 0; });
}

TEST_F(PlainLeaving, IsDroppedWithWhatWaitsForItWhereMemoryIsShort) {
  auto client = connect();
  on_loop([this] {
    for (const auto& session : sessions.all()) {
      EXPECT_FALSE(session->ending());
      session->end(EndReason::slow);
      EXPECT_TRUE(session->ending());
      EXPECT_EQ(session->outbox_bytes(), 0U);
    }
  });
  EXPECT_EQ(client->read_close_code(), kNoClose);
  await([this] { return sessions.size() == 0 && plain.open_sessions() == 0; });
}

TEST_F(PlainLeaving, IsRefusedWithATimeToComeBackWhereMemoryIsShort) {
  on_loop([this] { intake.set_memory_short(true); });
  EXPECT_EQ(dial()->status(), 503);
  fakes::TestClient poller(port);
  const auto answer = poller.get("/socket.io/?EIO=4&transport=polling");
  EXPECT_EQ(answer.status, 503);
  EXPECT_TRUE(has(answer.head, "Retry-After: ")) << answer.head;
  EXPECT_TRUE(has(answer.body, R"("code":"overloaded")")) << answer.body;
  EXPECT_TRUE(has(answer.body, R"("retry_after_ms":)")) << answer.body;
  on_loop([this] { intake.set_memory_short(false); });
  connect();
}

struct CrowdedLeaving : PlainTest {
  CrowdedLeaving() : PlainTest({}, one_at_a_time()) {}
  static Limits one_at_a_time() {
    Limits limits;
    limits.joins = 1;
    return limits;
  }
};

TEST_F(CrowdedLeaving, ClientsWaitInLineForThoseWhoseRoomsAreAskedForAndMoreAreRefused) {
  on_loop([this] { store.rooms_asked.close(); });
  std::vector<Client> clients;
  for (std::size_t i = 0; i < 1 + Intake::kLine; ++i) {
    clients.push_back(dial());
    clients.back()->send(hello(R"({"token":"ann"})"));
    await([this, i] { return intake.under_way() + intake.waiting() == i + 1; });
  }
  EXPECT_EQ(dial()->status(), 503);
  EXPECT_EQ(on_loop([this] { return store.rooms_asked.waiting(); }), 1U);
  on_loop([this] { store.rooms_asked.open(); });
  for (auto& client : clients) {
    EXPECT_TRUE(client->read().starts_with(R"({"re":1,"ok":true)"));
  }
  connect();
  await([this] { return intake.under_way() == 0; });
}

TEST_F(CrowdedLeaving, WhoLeavesTheLineHoldsUpNobody) {
  on_loop([this] { store.rooms_asked.close(); });
  auto first = dial();
  first->send(hello(R"({"token":"ann"})"));
  await([this] { return store.rooms_asked.waiting() == 1; });
  auto second = dial();
  second->send(hello(R"({"token":"bob"})"));
  auto third = dial();
  third->send(hello(R"({"token":"ann"})"));
  await([this] { return intake.waiting() == 2; });
  second.reset();
  first.reset();
  on_loop([this] { store.rooms_asked.open(); });
  EXPECT_TRUE(third->read().starts_with(R"({"re":1,"ok":true)"));
  await([this] { return intake.under_way() == 0 && sessions.size() == 1; });
}

TEST_F(SocketIoLeaving, IsToldWhenToGo) {
  auto client = connect();
  on_loop([this] {
    for (const auto& session : sessions.all()) session->goaway(0ms);
  });
  EXPECT_EQ(client->read(), R"(42["goaway",{"reconnect_in_ms":0}])");
}

TEST_F(SocketIoLeaving, IsAnsweredAndClosedWithoutADisconnect) {
  auto client = connect();
  on_loop([this] { store.appends.close(); });
  client->send(std::string(R"(421["send",)") + kSend + "]");
  await([this] { return store.appends.waiting() == 1; });
  on_loop([this] { sessions.end_all(EndReason::draining); });
  on_loop([this] { store.appends.open(); });
  EXPECT_TRUE(client->read().starts_with(R"(431[{"ok":true)"));
  EXPECT_EQ(client->read_close_code(), 1012);
}

TEST_F(SocketIoLeaving, IsDroppedWhereMemoryIsShort) {
  auto client = connect();
  on_loop([this] {
    for (const auto& session : sessions.all()) session->end(EndReason::slow);
  });
  EXPECT_EQ(client->read_close_code(), kNoClose);
  await([this] { return sessions.size() == 0; });
}

}  // namespace
}  // namespace confab::gateway::dialects
