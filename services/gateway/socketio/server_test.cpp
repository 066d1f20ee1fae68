#include <utility>

#include "gateway/socketio/connection.hpp"
#include "gateway/socketio/server_fixture_test.hpp"

namespace confab::gateway {
namespace {

TEST_F(SocketServerTest, GivesTheApplicationTheHandshakeAndTheAuth) {
  const auto client = open(R"(40{"token":"x"})");
  client->read();
  loop.run([this] {
    const auto& socket = application.sockets.at(0);
    EXPECT_EQ(application.auths.at(0), R"({"token":"x"})");
    EXPECT_EQ(application.handshakes.at(0).query_value("EIO"), "4");
    EXPECT_EQ(application.handshakes.at(0).remote_address, "127.0.0.1");
    EXPECT_EQ(socket->handshake().target, "");  // A session may live for days.
    EXPECT_EQ(socket->transport(), Transport::websocket);
    EXPECT_TRUE(socket->connected());
    EXPECT_EQ(socket->id().size(), 20U);
  });
}

TEST_F(SocketServerTest, GivesEachPathNamespacesOfItsOwn) {
  FakeApplication other;
  auto* mount = loop.run([&] { return &sockets->mount("/compat/app/socket.io/"); });
  loop.run([&] { SocketServer::add_namespace(*mount, "/", other); });
  const auto main = open();
  EXPECT_TRUE(main->read().starts_with("40{"));
  for (const auto* query : {"/compat/app/socket.io/?EIO=4&transport=websocket",
                            "/compat/app/socket.io?EIO=3&transport=websocket"}) {
    TestWebSocket there(port, query);
    there.read();
    if (std::string_view(query).find("EIO=4") != std::string_view::npos) there.send("40");
    EXPECT_TRUE(there.read().starts_with("40"));
    loop.run([&] {
      EXPECT_EQ(mount->open, 1U);
      EXPECT_EQ(application.sockets.size(), 1U);
      other.sockets.back()->emit(encode_event("/", "hello", "1"));
    });
    EXPECT_EQ(there.read(), R"(42["hello",1])");
    there.send("42[\"leave\"]");
    EXPECT_EQ(there.read(), "41");
    there.send("1");
    there.read_close_code();
    while (loop.run([&] { return mount->open; }) > 0) std::this_thread::yield();
  }
  loop.stop();
  other.sockets.clear();
}

TEST_F(SocketServerTest, SendsNothingBeforeItAccepts) {
  application.accepts = false;
  const auto client = open();
  application.connected.get_future().get();
  loop.run([this] {
    const auto& socket = application.sockets.at(0);
    socket->emit(encode_event("/", "early", "1"));
    socket->accept();
    socket->emit(encode_event("/", "late", "2"));
  });
  EXPECT_TRUE(client->read().starts_with(R"(40{"sid":")"));
  EXPECT_EQ(client->read(), R"(42["late",2])");
}

TEST_F(SocketServerTest, RefusesWithMessageAndData) {
  application.accepts = false;
  const auto client = open();
  application.connected.get_future().get();
  loop.run([this] {
    const auto socket = application.sockets.at(0);
    socket->refuse("Not \"you\"", R"({"code":"E"})");
    socket->accept();
    EXPECT_FALSE(socket->connected());
    application.accepts = true;
  });
  EXPECT_EQ(client->read(), R"(44{"message":"Not \"you\"","data":{"code":"E"}})");
  client->send("40");
  EXPECT_TRUE(client->read().starts_with("40{"));
  EXPECT_TRUE(left().empty());
}

TEST_F(SocketServerTest, ClosesConnectionsThatSpeakBeforeTheyAreIn) {
  application.accepts = false;
  const auto client = open();
  client->send(R"(42["hello"])");
  client->read_close_code();
  EXPECT_EQ(loop.run([this] { return refused; }), "state");
  EXPECT_TRUE(left().empty());
}

TEST_F(SocketServerTest, SharesOneEncodedEventAmongSockets) {
  const auto first = open();
  const auto second = open();
  first->read();
  second->read();
  const auto event = encode_event("/", "all", R"({"a":1})");
  loop.run([&] {
    for (const auto& socket : application.sockets) socket->emit(event);
  });
  EXPECT_EQ(first->read(), R"(42["all",{"a":1}])");
  EXPECT_EQ(second->read(), R"(42["all",{"a":1}])");
}

TEST_F(SocketServerTest, TellsOnceWhySocketsLeft) {
  for (const auto* farewell : {"41", R"(42["leave"])", R"(42["drop"])", "1"}) {
    const auto client = open();
    client->read();
    client->send(farewell);
    if (farewell == std::string_view("41")) client->send("1");
    if (farewell == std::string_view(R"(42["leave"])")) {
      EXPECT_EQ(client->read(), "41");
      client->send("1");
    }
    client->read_close_code();
  }
  const std::vector<std::string> reasons = {"client namespace disconnect",
                                            "server namespace disconnect", "server close",
                                            "transport close"};
  EXPECT_EQ(left(), reasons);
}

TEST_F(SocketServerTest, LetsCallsToSocketsThatAreGoneDoNothing) {
  const auto client = open();
  client->read();
  client->send("1");
  client->read_close_code();
  loop.run([this] {
    const auto& socket = application.sockets.at(0);
    EXPECT_FALSE(socket->connected());
    socket->emit(encode_event("/", "x", ""));
    socket->ack(1, "[]");
    socket->accept();
    socket->refuse("x");
    socket->disconnect();
    socket->close_transport();
  });
  EXPECT_EQ(left().size(), 1U);
}

TEST_F(SocketServerTest, ClosesWithTheCodeTheApplicationGives) {
  const auto client = open();
  client->read();
  client->send(R"(42["drop"])");
  EXPECT_EQ(client->read_close_code(), 1013);
}

TEST_F(SocketServerTest, ClosesTheConnectionWhenTheApplicationThrows) {
  const auto client = open();
  client->read();
  client->send(R"(42["throw"])");
  client->read_close_code();
  EXPECT_EQ(loop.run([this] { return refused; }), "application");
  const auto other = open();
  EXPECT_TRUE(other->read().starts_with("40{"));
}

TEST_F(SocketServerTest, MayDisconnectWithinAHandlerOfADisconnect) {
  struct Leaving final : Application {
    std::shared_ptr<Socket> other;
    void on_connect(const std::shared_ptr<Socket>& socket, std::string) override {
      socket->accept();
      if (!other) other = socket;
    }
    void on_event(const std::shared_ptr<Socket>&, IncomingEvent) override {}
    void on_disconnect(const std::shared_ptr<Socket>& socket, std::string_view) override {
      socket->disconnect();
      if (other) std::exchange(other, nullptr)->close_transport();
    }
  } leaving;
  sockets->add_namespace("/leaving", leaving);
  const auto first = open("40/leaving");
  first->read();
  const auto second = open("40/leaving");
  second->read();
  second->send("41/leaving");
  first->read_close_code();
  const auto third = open();
  EXPECT_TRUE(third->read().starts_with("40{"));
}

// Each idle connection has one of each.
TEST(SocketSizes, AreSmall) {
  EXPECT_LE(sizeof(EngineSession), 184U);
  EXPECT_LE(sizeof(SocketConnection), 88U);
  EXPECT_LE(sizeof(Socket), 104U);
}

}  // namespace
}  // namespace confab::gateway
