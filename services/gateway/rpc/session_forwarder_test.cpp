#include "gateway/rpc/session_forwarder.hpp"

#include "common/rpc/client.hpp"
#include "gateway/rpc/forward_fixture_test.hpp"

namespace confab::gateway {
namespace {

using namespace testing;
using namespace std::chrono_literals;

/// A session at one gateway, and its client's requests at another.
struct Forwarding : ::testing::Test {
  TestGateway& owner = make_gateway();
  TestGateway& other = make_gateway();
  TestClient at_owner{owner.port()};
  TestClient at_other{other.port()};
  std::string target = open_session(at_owner);

  std::string close_reason() { return owner.node().echo.closed.get_future().get(); }
};

constexpr auto kUnknown = R"({"code":1,"message":"Session ID unknown"})";

TEST_F(Forwarding, AnswersPollsAndPostsAtAnyGateway) {
  EXPECT_EQ(at_other.post(target, "4hello").body, "ok");
  const auto answer = at_other.get(target);
  EXPECT_EQ(answer.body, "4hello");
  EXPECT_NE(answer.head.find("Content-Type: text/plain; charset=UTF-8"), std::string::npos);
  EXPECT_NE(answer.head.find("Cache-Control: no-store"), std::string::npos);
  EXPECT_EQ(at_other.post(target, "4again").body, "ok");
  EXPECT_EQ(at_owner.get(target).body, "4again");
}

TEST_F(Forwarding, LetsAPollWaitAtTheOwner) {
  at_other.send("GET " + target + " HTTP/1.1\r\nHost: test\r\n\r\n");
  while (owner.node().guests() == 0) std::this_thread::yield();
  at_owner.post(target, "4late");
  EXPECT_EQ(at_other.read().body, "4late");
  while (owner.node().guests() != 0) std::this_thread::yield();
}

TEST_F(Forwarding, CarriesABodyOfTheLargestSize) {
  const std::string large(EngineOptions().max_payload - 1, 'x');
  EXPECT_EQ(at_other.post(target, "4" + large).body, "ok");
  EXPECT_EQ(at_other.get(target).body, "4" + large);
}

TEST_F(Forwarding, TellsTheOwnerThatAClientHungUp) {
  at_other.send("GET " + target + " HTTP/1.1\r\nHost: test\r\n\r\n");
  while (owner.node().guests() == 0) std::this_thread::yield();
  at_other.socket().close();
  EXPECT_EQ(close_reason(), "transport close");
  EXPECT_EQ(at_owner.get(target).body, kUnknown);
}

TEST_F(Forwarding, RefusesWhatTheOwnerRefuses) {
  EXPECT_EQ(at_other.post(target, "malformed").status, 400);
  EXPECT_EQ(close_reason(), "parse error");
  EXPECT_EQ(at_other.get(target).body, kUnknown);
}

TEST_F(Forwarding, AnswersUnknownWhenTheOwnerIsGone) {
  owner.die();
  const auto answer = at_other.get(target);
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.body, kUnknown);
  EXPECT_TRUE(other.node().failed.becomes(1));
  EXPECT_EQ(TestWebSocket(other.port(), upgrade_of(target)).status(), 400);
  EXPECT_TRUE(other.node().failed.becomes(2));
}

TEST_F(Forwarding, AnswersAWaitingPollWhenTheOwnerDies) {
  at_other.send("GET " + target + " HTTP/1.1\r\nHost: test\r\n\r\n");
  while (owner.node().guests() == 0) std::this_thread::yield();
  owner.die();
  EXPECT_EQ(at_other.read().body, kUnknown);
}

TEST(ForwardingDeadline, EndsAPollThatTheOwnerKeepsTooLong) {
  auto& owner = make_gateway();
  auto& other = make_gateway(std::size_t{1}, EngineOptions(),
                             SessionForwarder::Options{.poll_deadline = 50ms, .deadline = 10s});
  TestClient at_owner(owner.port());
  const auto target = open_session(at_owner);
  // The owner hears of it only if the poll gets there in its time.
  auto closed = owner.node().echo.closed.get_future();
  TestClient at_other(other.port());
  do {
    EXPECT_EQ(at_other.get(target).body, kUnknown);
  } while (closed.wait_for(1s) != std::future_status::ready);
  EXPECT_EQ(closed.get(), "transport close");
}

TEST_F(Forwarding, TrustsNoSidThatAnotherKeyHasSealed) {
  auto& stranger = make_gateway(std::size_t{1}, EngineOptions(), SessionForwarder::Options(),
                                std::string(32, 's'));
  EXPECT_EQ(TestClient(stranger.port()).get(target).body, kUnknown);
  EXPECT_TRUE(stranger.node().answered.becomes(0));
  EXPECT_TRUE(stranger.node().failed.becomes(0));
}

TEST_F(Forwarding, NeverForwardsWhatWasForwarded) {
  // As if the sid's gateway had started anew at its address: it must not ask yet another.
  const auto elsewhere = open_session(at_other);
  const auto stub = v1::Gateway::NewStub(
      rpc::make_channel("127.0.0.1:" + std::to_string(owner.rpc_port())).value());
  grpc::ClientContext context;
  v1::ForwardRequest request;
  v1::ForwardResponse response;
  request.set_method("GET");
  request.set_target(elsewhere);
  ASSERT_TRUE(stub->Forward(&context, request, &response).ok());
  EXPECT_EQ(response.status(), 400);
  EXPECT_EQ(response.body(), kUnknown);
}

TEST_F(Forwarding, OpensNoSessionForAnotherGateway) {
  const auto stub = v1::Gateway::NewStub(
      rpc::make_channel("127.0.0.1:" + std::to_string(owner.rpc_port())).value());
  for (const std::uint32_t loop : {0U, 7U}) {
    grpc::ClientContext context;
    v1::ForwardRequest request;
    v1::ForwardResponse response;
    request.set_loop(loop);
    request.set_method("GET");
    request.set_target("/e/?EIO=4&transport=polling");
    const auto status = stub->Forward(&context, request, &response);
    if (loop == 0) {
      EXPECT_EQ(response.status(), 400);
    } else {
      EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
    }
  }
}

TEST(EventLoops, ServeASessionWhereItIsByMovingTheConnection) {
  auto& gateway = make_gateway(std::size_t{2});
  TestClient first(gateway.port(0));
  const auto target = open_session(first);
  TestClient second(gateway.port(1));
  for (const auto* text : {"one", "two"}) {
    EXPECT_EQ(second.post(target, "4" + std::string(text)).body, "ok");
    EXPECT_EQ(second.get(target).body, "4" + std::string(text));
  }
  EXPECT_TRUE(gateway.node(1).moved.becomes(1));
  EXPECT_TRUE(gateway.node(0).moved.becomes(0));
  const auto connections = [&](std::size_t loop) {
    auto& node = gateway.node(loop);
    return node.loop.run([&] { return node.http.open_connections(); });
  };
  EXPECT_EQ(connections(0), 2U);
  EXPECT_EQ(connections(1), 0U);
}

TEST(EventLoops, MoveAnUpgradeToTheSession) {
  auto& gateway = make_gateway(std::size_t{2});
  TestClient first(gateway.port(0));
  const auto target = open_session(first);
  const auto socket = upgrade(gateway.port(1), target);
  socket->send("4hello");
  EXPECT_EQ(socket->read(), "4hello");
  EXPECT_TRUE(gateway.node(1).moved.becomes(1));
  EXPECT_TRUE(gateway.node(1).sockets.becomes(0));
}

TEST(EventLoops, AreFoundByOtherGateways) {
  auto& owner = make_gateway(std::size_t{2});
  auto& other = make_gateway();
  TestClient at_owner(owner.port(1));
  const auto target = open_session(at_owner);
  TestClient at_other(other.port());
  EXPECT_EQ(at_other.post(target, "4hello").body, "ok");
  EXPECT_EQ(at_other.get(target).body, "4hello");
  EXPECT_EQ(owner.node(0).echo.heard, 0U);
  EXPECT_EQ(owner.node(1).echo.heard, 1U);
}

TEST(EventLoops, RefuseASessionThatIsGone) {
  auto& gateway = make_gateway(std::size_t{2});
  TestClient first(gateway.port(0));
  const auto target = open_session(first);
  first.post(target, "1");
  EXPECT_EQ(TestClient(gateway.port(1)).get(target).body, kUnknown);
}

}  // namespace
}  // namespace confab::gateway
