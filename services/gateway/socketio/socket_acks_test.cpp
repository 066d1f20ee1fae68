#include "gateway/socketio/server_fixture_test.hpp"

namespace confab::gateway {
namespace {

TEST_F(SocketServerTest, GivesUpAcksOfClientsThatLeaveBeforeItTellsThatTheyLeft) {
  const auto client = open();
  client->read();
  loop.run([this] {
    application.sockets.at(0)->emit_with_ack(
        "ask", "1", std::chrono::hours(1),
        [this](const auto& ack) { application.left.emplace_back(ack ? "ack" : "no ack"); });
  });
  EXPECT_EQ(client->read(), R"(421["ask",1])");
  client->send("41");
  client->send("1");
  client->read_close_code();
  EXPECT_EQ(left(), (std::vector<std::string>{"no ack", "client namespace disconnect"}));
}

TEST_F(SocketServerTest, TellsAtOnceThatNoAckWillComeOfAClientThatHasGone) {
  const auto client = open();
  client->read();
  client->send("1");
  client->read_close_code();
  std::promise<bool> answered;
  bool inside = true;
  loop.run([&] {
    application.sockets.at(0)->emit_with_ack(
        "ask", "", std::chrono::hours(1),
        [&answered, &inside](const auto& ack) { answered.set_value(ack.has_value() || inside); });
    inside = false;
  });
  EXPECT_FALSE(answered.get_future().get());
}

TEST_F(SocketServerTest, ClosesTheConnectionWhenAnAckHandlerThrows) {
  const auto client = open();
  client->read();
  loop.run([this] {
    application.sockets.at(0)->emit_with_ack(
        "ask", "", std::chrono::hours(1), [](const auto&) { throw std::runtime_error("broken"); });
  });
  client->read();
  client->send("431[]");
  client->read_close_code();
  EXPECT_EQ(loop.run([this] { return refused; }), "application");
}

}  // namespace
}  // namespace confab::gateway
