// What a connection that reads too slowly is told.
#include "gateway/dialects/v1/socketio_fixture_test.hpp"

namespace confab::gateway::dialects {
namespace {

using SocketIoSlow = SocketIoTest;

TEST_F(SocketIoSlow, TellsAClientThatReadsTooSlowlyWhatItMissed) {
  auto slow = connect();
  auto quick = connect(R"({"token":"bob"})");
  const std::string large(20'000, 'x');
  const auto say_large = [&] {
    on_loop([&] {
      auto& log = store.logs[kRoom];
      store.grow(kRoom);
      log.entries.back().json =
          R"({"seq":)" + std::to_string(log.head().seq) + ",\"x\":\"" + large + "\"}";
      hub.on_entries(kRoom, {std::make_shared<Entry>(log.entries.back())});
    });
  };
  const auto seq_of = [](const std::string& text) {
    return std::stoull(text.substr(text.find("\"seq\":") + 6));
  };
  constexpr std::uint64_t kSaid = 1000;  // 20 MB: more than sockets hold.
  for (std::uint64_t seq = 1; seq <= kSaid; ++seq) {
    say_large();
    EXPECT_EQ(seq_of(quick->read()), seq);
  }
  std::uint64_t last = 0;
  auto said = slow->read();
  for (; said.starts_with(R"(42["message")"); said = slow->read()) {
    EXPECT_EQ(seq_of(said), last + 1);
    ++last;
  }
  EXPECT_EQ(said, R"(42["lag",{"room":"wjLJb3Jo","at":{"epoch":1,"seq":)" + std::to_string(last) +
                      R"(},"head":{"epoch":1,"seq":1000}}])");
  EXPECT_LT(last, kSaid);
  EXPECT_LT(on_loop([this] { return engine.open_sessions(Transport::websocket); }), 3U);
  const auto page = ask(slow, "history",
                        R"({"room":"wjLJb3Jo","after":)" + std::to_string(last) + R"(,"limit":1})");
  EXPECT_EQ(seq_of(page.substr(page.find("events"))), last + 1);
  say_large();
  EXPECT_EQ(seq_of(slow->read()), kSaid + 1);
  EXPECT_EQ(seq_of(quick->read()), kSaid + 1);
}

TEST_F(SocketIoSlow, TellsAClientThatReadsTooSlowlyToResetWhenTheLogWasReplacedMeanwhile) {
  auto slow = connect();
  for (int i = 0; i < 400; ++i) {  // 20 MB, each in a turn of its own.
    on_loop([this] {
      store.grow(kRoom);
      auto& entry = store.logs[kRoom].entries.back();
      entry.json.insert(1, "\"x\":\"" + std::string(50'000, 'x') + "\",");
      hub.on_entries(kRoom, {std::make_shared<Entry>(entry)});
    });
  }
  on_loop([this] {
    store.calls.clear();
    store.logs[kRoom] = {};
    store.logs[kRoom].epoch = 2;
    hub.on_feed_back();
  });
  await([this] { return store.count("read 7") > 0; });
  auto said = slow->read();
  while (said.starts_with(R"(42["message")")) said = slow->read();
  EXPECT_TRUE(said.starts_with(R"(42["reset",{"room":"wjLJb3Jo","epoch":2)")) << said;
}

}  // namespace
}  // namespace confab::gateway::dialects
