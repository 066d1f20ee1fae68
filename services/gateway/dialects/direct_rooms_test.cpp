#include "gateway/dialects/dialect_fixture_test.hpp"
#include "gateway/dialects/direct_session.hpp"

namespace confab::gateway::dialects {
namespace {

using Told = std::vector<std::string>;

class ToldSession final : public DirectSession {
 public:
  ToldSession(Identity identity, const Asks& asks, DirectRooms& rooms)
      : DirectSession(std::move(identity), asks, rooms) {}
  [[nodiscard]] std::size_t outbox_bytes() const override { return 0; }
  Told told;

 private:
  [[nodiscard]] bool welcome(std::string_view) override { return true; }
  void tell(const Message& message, const User& to) override {
    told.push_back(message.text + " to " + to.username);
  }
  void close(std::uint16_t, std::string_view) override {}
  void drop() override {}
};

struct DirectRoomsTest : TalkTest {
  DirectRooms direct{dialect_parts()};

  std::shared_ptr<ToldSession> listen() {
    auto session = on_loop(
        [this] { return std::make_shared<ToldSession>(identity(1, "ann"), host.asks(), direct); });
    auto in = std::make_shared<bool>(false);
    on_loop([=, this] {
      loop.spawn([=, this]() -> Task<> {
        const auto turn = co_await host.turn();
        *in = co_await host.let_in(*turn, session);
      });
    });
    await([in] { return *in; });
    return session;
  }
  std::size_t asked() {
    return on_loop([this] { return store.count("room wjLJb3Jo with members"); });
  }
};

TEST_F(DirectRoomsTest, TellMessagesOfBothAndRememberTheTwo) {
  make_room("direct", {ann(), bob()});
  const auto session = listen();
  say_text("one", ann());
  say_text("two", bob());
  await([&] { return session->told.size() == 2; });
  EXPECT_EQ(on_loop([&] { return session->told; }), (Told{"one to bob", "two to ann"}));
  EXPECT_EQ(asked(), 1U);
}

TEST_F(DirectRoomsTest, TellNothingOfRoomsOfSeveralAndAskOnce) {
  make_room("private", {ann(), bob()});
  const auto session = listen();
  say_text("one", bob());
  await([this] { return direct.known(kRoom) != nullptr; });
  say_text("two", bob());
  EXPECT_TRUE(on_loop([&] { return session->told.empty(); }));
  EXPECT_EQ(asked(), 1U);
}

TEST_F(DirectRoomsTest, TellWhatSomebodySaidWhoHasLeftMeanwhile) {
  make_room("direct", {ann()});
  const auto session = listen();
  say_text("bye", bob());
  await([&] { return session->told.size() == 1; });
  EXPECT_EQ(on_loop([&] { return session->told; }), Told{"bye to ann"});
}

TEST_F(DirectRoomsTest, TakeNoDirectRoomForAnotherBecauseItsOtherIsNotFound) {
  make_room("direct", {ann()});
  const auto session = listen();
  say_text("one", ann());
  await([this] { return store.count("room wjLJb3Jo with members") == 1; });
  make_room("direct", {ann(), bob()});
  say_text("two", bob());
  await([&] { return session->told.size() == 1; });
  EXPECT_EQ(on_loop([&] { return session->told; }), Told{"two to ann"});
}

TEST_F(DirectRoomsTest, AreAskedForOnceForAllThatWishToKnow) {
  make_room("private", {ann(), bob()});
  const auto one = listen();
  const auto other = listen();
  on_loop([this] { store.rooms_asked.close(); });
  say_text("one", bob());
  await([this] { return store.rooms_asked.waiting() == 1; });
  say_text("two", bob());
  on_loop([this] { store.rooms_asked.open(); });
  await([this] { return direct.known(kRoom) != nullptr; });
  EXPECT_EQ(asked(), 1U);
}

TEST_F(DirectRoomsTest, GoBackOverWhatIsNoMessageInLargePagesAndNotForEver) {
  make_room("direct", {ann(), bob()});
  const auto count = [this](std::uint64_t others, std::size_t skip) {
    auto found = std::make_shared<std::optional<std::size_t>>();
    grow_by_joins(others);
    on_loop([&] {
      store.calls.clear();
      loop.spawn([=, this]() -> Task<> {
        const auto got = co_await direct.messages(ann(), bob(), skip, 1);
        *found = got ? got->size() : 999;
      });
    });
    await([found] { return found->has_value(); });
    return **found;
  };
  say_text("one", ann());
  say_text("two", bob());
  EXPECT_EQ(count(3000, 1), 1U);
  EXPECT_LE(on_loop([this] { return store.count("read"); }), 5U);
  EXPECT_EQ(count(30'000, 0), 0U);
  EXPECT_LE(on_loop([this] { return store.count("read"); }), 20U);
}

}  // namespace
}  // namespace confab::gateway::dialects
