#pragma once

// Test support: the doors on fakes, behind a real HTTP server.

#include <gtest/gtest.h>

#include "gateway/dialects/v1/plain_door.hpp"
#include "gateway/dialects/v1/rest_door.hpp"
#include "gateway/dialects/v1/socketio_door.hpp"
#include "gateway/domain/fake_people.hpp"
#include "gateway/domain/fake_profiles.hpp"
#include "gateway/loop/asio_loop.hpp"
#include "gateway/net/test_client.hpp"
#include "gateway/socketio/server.hpp"

namespace confab::gateway::dialects {

namespace fakes = gateway::testing;

/// Finds what was cut off on the same event loop.
class LocalRecall final : public Recall {
 public:
  explicit LocalRecall(CutSessions& kept) : here_(kept) {}
  [[nodiscard]] std::string mark(std::string_view) override { return here; }
  [[nodiscard]] Task<Recalled> take(std::string name, std::int64_t user_id) override {
    Recalled recalled;
    auto session = here_.take(name.substr(0, SessionId::kCharacters), user_id);
    if (session) {
      recalled.outcome = RecallOutcome::found;
      recalled.session = std::move(*session);
    }
    co_return recalled;
  }

  std::string here;  ///< Empty: no client is told that it may come back.

 private:
  CutSessions& here_;
};

constexpr auto kGid = "wjLJb3Jo";
constexpr std::uint64_t kRoom = 7;

/// Sleeps hardly at all, so that what is tried again later is tried again soon.
class HastyLoop final : public gateway::Loop {
 public:
  HastyLoop(boost::asio::io_context& io, std::function<void(std::string_view)> failed)
      : loop_(io, std::move(failed)) {}
  [[nodiscard]] std::shared_ptr<Gate> make_gate() override { return loop_.make_gate(); }
  void spawn(std::function<Task<>()> task) override { loop_.spawn(std::move(task)); }
  void defer(std::function<void()> call) override { loop_.defer(std::move(call)); }
  [[nodiscard]] Task<> sleep(std::chrono::milliseconds) override {
    return loop_.sleep(std::chrono::milliseconds(1));
  }
  [[nodiscard]] std::chrono::steady_clock::time_point now() const override { return loop_.now(); }

 private:
  AsioLoop loop_;
};

struct OnHastyLoop {
  fakes::Loop thread;
  HastyLoop loop{thread.io(), [](std::string_view what) { ADD_FAILURE() << what; }};
};

/// The user ann with the token "ann" in the room kGid. What lives on the loop is reached by
/// on_loop().
struct DoorTest : ::testing::Test, OnHastyLoop, fakes::ChatOnFakes {
  struct Limits {
    CallRates calls;
    DoorRates doors;
    SessionLimits host;
    std::optional<std::size_t> joins;
  };
  explicit DoorTest(PlainOptions options = {}, const Limits& all = {}, EngineOptions of_engine = {})
      : ChatOnFakes(loop, all.calls),
        plain_options(options),
        own_engine_options(std::move(of_engine)),
        joins(all.joins.value_or(500)),
        door_limits(all.doors, steady),
        host_options(all.host) {}

  const PlainOptions plain_options;
  const EngineOptions own_engine_options;
  const std::size_t joins;
  fakes::FakeGatekeeper gate;
  fakes::ManualClock clock;
  fakes::PeopleOnFakes people_fakes{accounts, gate};
  Commands commands{chat,
                    message_changes,
                    {chat, rooms, read_marks},
                    people_fakes.people,
                    {presence.typing, presence.watching},
                    limits};
  DoorLimits door_limits;
  std::vector<ErrorCode> limited;  ///< What limits have refused.
  Intake intake{loop, random, {joins}};
  DoorGuard guard{door_limits, intake, true, [this](ErrorCode code) { limited.push_back(code); }};
  CutSessions cut_sessions{sessions, loop, std::chrono::minutes(2)};
  LocalRecall recall{cut_sessions};
  DoorParts parts{gate,     accounts,     chat,   commands,       hub,
                  sessions, loop,         random, presence.marks, presence.watching,
                  guard,    cut_sessions, recall};
  SystemRandom ids;
  HttpServer http{thread.io(), {.address = "127.0.0.1"}};
  EngineServer engine{http, engine_options(), ids};
  SocketServer sockets{engine, {}, ids};
  const SessionLimits host_options;
  std::vector<std::string> returned;  ///< What came of each client that named its session.
  SessionHost host{parts, host_options,
                   [this](std::string_view result) { returned.emplace_back(result); }};
  SocketIoDoor socketio{parts, host};
  PlainDoor plain{parts, host, http, plain_options, plain_events()};
  RestDoor rest{parts, people_fakes.people};
  std::uint16_t port = 0;
  std::vector<std::string> turned_away;  ///< By the plain door: the reasons.

  EngineOptions engine_options() {
    auto options = own_engine_options;
    options.guard = guard.connections();
    return options;
  }
  PlainEvents plain_events() {
    PlainEvents events;
    events.refused = [this](std::string_view reason) { turned_away.emplace_back(reason); };
    return events;
  }

  void SetUp() override {
    gate.tokens["ann"] = identity(1, "ann");
    gate.tokens["bob"] = identity(2, "bob");
    store.add_room(kGid, kRoom);
    sockets.add_namespace("/", socketio);
    plain.open();
    rest.open(http);
    port = thread.run([this] { return http.start(); }).value();
  }
  void TearDown() override { thread.stop(); }

  Identity identity(std::int64_t id, const std::string& username) const {
    return {fakes::user(id, username), "session-" + username,
            clock.time + std::chrono::minutes(15)};
  }

  template <typename Call>
  auto on_loop(Call call) {
    return thread.run(std::move(call));
  }

  /// Waits for what other threads bring about.
  void await(const std::function<bool()>& done) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!on_loop(done)) {
      ASSERT_LT(std::chrono::steady_clock::now(), end);
      std::this_thread::yield();
    }
  }

  /// Stored and heard.
  void say() {
    on_loop([this] { hub.on_entries(kRoom, {std::make_shared<Entry>(store.grow(kRoom))}); });
  }

  void notify(bool added, std::uint64_t room_id, const std::string& gid, std::uint64_t seq) {
    on_loop([=, this] {
      sessions.on_notice({1, {room_id, gid}, added, 1, seq, R"({"room":")" + gid + "\"}"});
    });
  }
};

}  // namespace confab::gateway::dialects
