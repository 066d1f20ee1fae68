// Clients of Engine.IO 3, which speak Socket.IO 4.
#include "gateway/socketio/event_frames.hpp"
#include "gateway/socketio/server_fixture_test.hpp"

namespace confab::gateway {
namespace {

TEST_F(SocketServerTest, SendsFramesMadeOnceToClientsOfBothVersions) {
  const auto fresh = open();
  const auto old = open_old();
  fresh->read();
  EXPECT_EQ(old->read(), "40");
  EventFrames frames("/");
  frames.add("all", R"({"a":1})");
  const auto shared = frames.take();
  loop.run([&] {
    for (const auto& socket : application.sockets) {
      EXPECT_TRUE(socket->takes_frames());
      EXPECT_TRUE(socket->emit_frames(shared));
    }
    EXPECT_EQ(shared.use_count(), 3);  // Nobody copied it.
  });
  EXPECT_EQ(fresh->read(), R"(42["all",{"a":1}])");
  EXPECT_EQ(old->read(), R"(42["all",{"a":1}])");
}

TEST_F(SocketServerTest, KnowsClientsOfVersion3AsTheyKnowThemselves) {
  sockets->add_namespace("/chat", application);
  TestWebSocket client(port, "/socket.io/?EIO=3&transport=websocket&a=b");
  const auto opened = client.read();
  const auto session = opened.substr(opened.find("sid\":\"") + 6, 20);
  EXPECT_EQ(client.read(), "40");
  client.send("40/chat?room=1,");
  EXPECT_EQ(client.read(), "40/chat,");
  loop.run([&] {
    EXPECT_EQ(application.sockets.at(0)->id(), session);
    EXPECT_EQ(application.sockets.at(1)->id(), "/chat#" + session);
    EXPECT_EQ(application.auths, (std::vector<std::string>{"", R"({"room":"1"})"}));
    EXPECT_EQ(application.handshakes.at(1).query_value("a"), "b");  // The second asks as well.
  });
}

TEST_F(SocketServerTest, RefusesClientsOfVersion3WithTextAlone) {
  application.accepts = false;
  const auto client = open_old();
  application.connected.get_future().get();
  loop.run([this] { application.sockets.at(0)->refuse("Not \"you\"", R"({"code":"E"})"); });
  EXPECT_EQ(client->read(), R"(44"Not \"you\"")");
}

}  // namespace
}  // namespace confab::gateway
