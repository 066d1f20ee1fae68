#pragma once

// Test support: the dialect on the domain's fakes, behind a real HTTP server and a raw port.

#include "gateway/dialects/chat_backend/chat_backend.hpp"
#include "gateway/dialects/v1/door_fixture_test.hpp"
#include "gateway/net/stream_server.hpp"

namespace confab::gateway::dialects::chat_backend {

constexpr auto kAnn = "99f0e998-1360-11e9-ab6c-00e04c681690";
constexpr auto kBob = "12731d50-1594-11e9-93de-de0058a9cc01";

/// Ann with the token "ann" and bob with "bob", in the room kGid; people have UUIDs here.
struct ChatBackendTest : DoorTest {
  explicit ChatBackendTest(ChatBackendOptions options = {})
      : dialect({parts, rooms, people_fakes.people, host, http.deadlines()}, options) {}

  ChatBackend dialect;
  StreamServer streams{thread.io(), {.address = "127.0.0.1"}, http.deadlines()};
  std::uint16_t tcp_port = 0;

  void SetUp() override {
    on_loop([this] {
      dialect.open(sockets.mount("/compat/chat_backend/socket.io/"));
      http.route("/app", [this](HttpRequest request) {
        request.path.erase(0, 4);
        return dialect.handle(std::move(request));
      });
    });
    tcp_port = on_loop([this] {
                 return streams.start([this](const auto& socket) { dialect.take(socket); });
               }).value();
    DoorTest::SetUp();
    people_fakes.profiles.users = {person(1, "ann", kAnn), person(2, "bob", kBob)};
    gate.tokens["ann"].user = people_fakes.profiles.users[0];
    gate.tokens["bob"].user = people_fakes.profiles.users[1];
  }

  static User person(std::int64_t id, const std::string& username, const std::string& uuid) {
    return {id, uuid, username, "Name of " + username};
  }

  /// A message of bob's, as the store tells of it.
  Entry message(std::uint64_t seq, const std::string& text) {
    auto made = fakes::entry(kRoom, seq);
    made.json = R"({"room":"wjLJb3Jo","seq":)" + std::to_string(seq) +
                R"(,"ts":1548067274468,"sender":{"id":2,"uuid":")" + kBob +
                R"(","username":"bob","name":"Mikolaj"},"text":")" + text + "\"}";
    return made;
  }
  /// The same as old clients are told.
  static std::string told(std::uint64_t seq, const std::string& text) {
    return std::string(R"({"sender":{"uuid":")") + kBob +
           R"(","username":"Mikolaj"},"msg":{"msgId":)" + std::to_string(seq) + R"(,"txt":")" +
           text + R"(","timestamp":1548067274.468}})";
  }
  /// Stored and heard.
  void say_text(const std::string& text) {
    on_loop([&] {
      auto& log = store.logs[kRoom];
      log.entries.push_back(message(log.head().seq + 1, text));
      hub.on_entries(kRoom, {std::make_shared<Entry>(log.entries.back())});
    });
  }
  /// Ann becomes a member by entering, as the store would have it.
  void let_enter() {
    on_loop([this] { room_store.on_join = [this] { store.members[kGid].push_back(1); }; });
  }
};

}  // namespace confab::gateway::dialects::chat_backend
