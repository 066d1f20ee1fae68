#pragma once

// Test support: the dialect on the domain's fakes, behind a real HTTP server and a raw port.

#include "gateway/dialects/chat_backend/chat_backend.hpp"
#include "gateway/dialects/dialect_fixture_test.hpp"
#include "gateway/net/stream_server.hpp"

namespace confab::gateway::dialects::chat_backend {

constexpr auto kAnn = "99f0e998-1360-11e9-ab6c-00e04c681690";
constexpr auto kBob = "12731d50-1594-11e9-93de-de0058a9cc01";

/// Ann with the token "ann" and bob with "bob", in the room kGid; people have UUIDs here.
struct ChatBackendTest : DialectTest {
  explicit ChatBackendTest(ChatBackendOptions options = {}, const Limits& all = {})
      : DialectTest(all), dialect(dialect_parts(), options) {}
  Dialect& the_dialect() override { return dialect; }

  ChatBackend dialect;
  StreamServer streams{thread.io(), {.address = "127.0.0.1"}, http.deadlines()};
  std::uint16_t tcp_port = 0;

  void SetUp() override {
    tcp_port = on_loop([this] {
                 return streams.start([this](const auto& socket) { dialect.take(socket); });
               }).value();
    DialectTest::SetUp();
    people_fakes.profiles.users = {person(1, "ann", kAnn), person(2, "bob", kBob)};
    gate.tokens["ann"].user = people_fakes.profiles.users[0];
    gate.tokens["bob"].user = people_fakes.profiles.users[1];
  }

  static User person(std::int64_t id, const std::string& username, const std::string& uuid) {
    return {id, uuid, username, "Name of " + username};
  }

  static User mikolaj() { return {2, kBob, "bob", "Mikolaj"}; }
  /// A message of bob's, as the store tells of it.
  static Entry message(std::uint64_t seq, const std::string& text) {
    return DialectTest::message(seq, text, mikolaj());
  }
  /// The same as old clients are told.
  static std::string told(std::uint64_t seq, const std::string& text) {
    return std::string(R"({"sender":{"uuid":")") + kBob +
           R"(","username":"Mikolaj"},"msg":{"msgId":)" + std::to_string(seq) + R"(,"txt":")" +
           text + R"(","timestamp":1548067274.468}})";
  }
  void say_text(const std::string& text) { DialectTest::say_text(text, mikolaj()); }
  /// Ann becomes a member by entering, as the store would have it.
  void let_enter() {
    on_loop([this] { room_store.on_join = [this] { store.members[kGid].push_back(1); }; });
  }
};

}  // namespace confab::gateway::dialects::chat_backend
