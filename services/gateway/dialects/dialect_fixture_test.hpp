#pragma once

// Test support: a dialect on the domain's fakes, behind a real HTTP server.

#include "gateway/dialects/dialect.hpp"
#include "gateway/dialects/v1/door_fixture_test.hpp"

namespace confab::gateway::dialects {

/// Ann with the token "ann" and bob with "bob" talk in the room kGid.
struct TalkTest : DoorTest {
  explicit TalkTest(const Limits& all = {}) : DoorTest({}, all) {}

  [[nodiscard]] DialectParts dialect_parts() {
    return {parts, rooms, people_fakes.people, host, http.deadlines()};
  }

  static User ann() { return fakes::user(1, "ann"); }
  static User bob() { return fakes::user(2, "bob"); }

  /// What the room kGid becomes; ann has made it.
  void make_room(const std::string& kind, const std::vector<User>& members) {
    on_loop([&] {
      auto& room = store.rooms[kGid];
      room.kind = kind;
      room.created_by = ann();
      room.members.clear();
      for (const auto& user : members) room.members.push_back({user, "member", 1, "ann"});
      MyRoom mine;
      mine.room = room;
      mine.last = LastMessage();
      room_store.my_rooms.rooms = {mine};
    });
  }

  /// What `sender` said, as the store tells of it.
  static Entry message(std::uint64_t seq, const std::string& text, const User& sender) {
    auto made = fakes::entry(kRoom, seq);
    made.actor_id = sender.id;
    made.json = R"({"room":"wjLJb3Jo","seq":)" + std::to_string(seq) +
                R"(,"ts":1548067274468,"sender":{"id":)" + std::to_string(sender.id) +
                R"(,"uuid":")" + sender.uuid + R"(","username":")" + sender.username +
                R"(","name":")" + sender.name + R"("},"text":")" + text + "\"}";
    return made;
  }
  /// Stored and heard.
  void say_text(const std::string& text, const User& sender) {
    on_loop([&] {
      auto& log = store.logs[kRoom];
      log.entries.push_back(message(log.head().seq + 1, text, sender));
      hub.on_entries(kRoom, {std::make_shared<Entry>(log.entries.back())});
    });
  }
  /// So many entries more that are no messages.
  void grow_by_joins(std::uint64_t count) {
    on_loop([&] {
      auto& log = store.logs[kRoom];
      for (std::uint64_t i = 0; i < count; ++i) {
        log.entries.push_back(fakes::joining(fakes::entry(kRoom, log.head().seq + 1), 3));
      }
    });
  }
};

/// A dialect, with its routes below /app and its Socket.IO at kSockets.
struct DialectTest : TalkTest {
  static constexpr auto kSockets = "/compat/old/socket.io/";
  using Client = std::unique_ptr<fakes::TestWebSocket>;

  using TalkTest::TalkTest;
  virtual Dialect& the_dialect() = 0;

  SocketMount* mount = nullptr;

  void SetUp() override {
    on_loop([this] {
      mount = &sockets.mount(kSockets);
      the_dialect().open(*mount);
      http.route("/app", [this](HttpRequest request) {
        request.path.erase(0, 4);
        return the_dialect().handle(std::move(request));
      });
    });
    DoorTest::SetUp();
    on_loop([this] {
      people_fakes.profiles.users = {bob()};
      accounts.users = {bob()};
    });
  }

  /// Lets clients in one after the other.
  static Limits one_at_a_time() {
    Limits limits;
    limits.joins = 1;
    return limits;
  }

  /// On Engine.IO, in no namespace yet if its protocol knows that.
  Client dial(const std::string& version = "4") {
    auto client = std::make_unique<fakes::TestWebSocket>(
        port, std::string(kSockets) + "?transport=websocket&EIO=" + version);
    client->read();
    return client;
  }

  static bool has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
  }

  void await_listener() {
    await([this] { return hub.listeners(kRoom) == 1; });
  }
  void await_nobody() {
    await([this] { return sessions.size() == 0; });
  }

  /// The one session there is, whose client does not read, is counted with what waits for it, and
  /// cut off with that.
  void expect_drop_of_what_waits(const User& sender) {
    const std::string text(60'000, 'x');
    std::size_t waiting = 0;
    for (int i = 0; i < 2000 && waiting < 1'000'000; ++i) {
      say_text(text, sender);
      waiting = on_loop([this] { return sessions.all().at(0)->outbox_bytes(); });
    }
    EXPECT_GE(waiting, 1'000'000U);
    on_loop([this] {
      const auto session = sessions.all().at(0);
      session->end(EndReason::slow);
      EXPECT_EQ(session->outbox_bytes(), 0U);
    });
    await_nobody();
  }
};

}  // namespace confab::gateway::dialects
