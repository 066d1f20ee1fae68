#pragma once

// Test support: accounts, tokens, subscribers, the clock and chance, in memory.

#include <map>
#include <string>
#include <vector>

#include "common/base/clock.hpp"
#include "common/base/random.hpp"
#include "gateway/domain/chat.hpp"
#include "gateway/domain/fake_presence.hpp"
#include "gateway/domain/fake_rooms.hpp"
#include "gateway/domain/fakes.hpp"
#include "gateway/domain/manual_steady_clock.hpp"
#include "gateway/domain/message_changes.hpp"
#include "gateway/domain/online_marks.hpp"
#include "gateway/domain/read_marks.hpp"
#include "gateway/domain/rooms.hpp"
#include "gateway/domain/typing.hpp"
#include "gateway/domain/watching.hpp"

namespace confab::gateway::testing {

/// Keeps what it is told: the JSON of events of the log, the names of the others.
class RecordingSubscriber final : public Subscriber {
 public:
  explicit RecordingSubscriber(std::int64_t user_id = 1) : user_id_(user_id) {}
  [[nodiscard]] std::int64_t user_id() const override { return user_id_; }
  [[nodiscard]] bool gone() const override { return is_gone; }
  void deliver(const EventBatch& batch) override {
    ++batches;
    for (const auto& event : batch.events()) {
      seen.push_back(event->name() == "reset" ? "reset" : event->json());
    }
  }

  bool is_gone = false;
  std::vector<std::string> seen;
  int batches = 0;

 private:
  std::int64_t user_id_;
};

class FakeAccounts final : public Accounts {
 public:
  std::vector<User> users;
  std::vector<std::string> calls;
  std::optional<Error> error;

  Task<Result<Login>> sign_up(std::string username, std::string password,
                              std::string name) override {
    calls.push_back("sign_up " + username + " " + password + " " + name);
    co_return login(username);
  }
  Task<Result<Login>> log_in(std::string username, std::string password) override {
    calls.push_back("log_in " + username + " " + password);
    co_return login(username);
  }
  Task<Result<Login>> refresh(std::string refresh_token) override {
    calls.push_back("refresh " + refresh_token);
    co_return login("ann");
  }
  Task<Result<>> log_out(std::string session_id) override {
    calls.push_back("log_out " + session_id);
    if (error) co_return *error;
    co_return Result<>();
  }
  Task<Result<std::vector<User>>> find(std::vector<std::string> usernames) override {
    std::string call = "find";
    for (const auto& username : usernames) call += " " + username;
    calls.push_back(call);
    if (error) co_return *error;
    co_return users;
  }

 private:
  Result<Login> login(const std::string& username) {
    if (error) return *error;
    return Login{user(1, username), "access", 900, "refresh"};
  }
};

/// Knows the tokens it was given.
class FakeGatekeeper final : public Gatekeeper {
 public:
  std::map<std::string, Identity> tokens;
  std::vector<std::string> revoked;
  std::optional<Error> error;

  Task<Result<Identity>> identify(std::string token) override {
    if (error) co_return *error;
    const auto found = tokens.find(token);
    if (found == tokens.end()) co_return Error{ErrorCode::unauthenticated, "the token is bad"};
    co_return found->second;
  }
  /// A ticket is "ticket-" and a token, and does in place of it.
  Task<Result<Identity>> resume(std::string token, std::string ticket) override {
    if (ticket.starts_with("ticket-")) token = ticket.substr(7);
    co_return co_await identify(std::move(token));
  }
  std::string ticket(const Identity& identity) override {
    return "ticket-" + identity.user.username;
  }
  void revoke(const std::string& session_id) override { revoked.push_back(session_id); }
};

class ManualClock final : public Clock {
 public:
  std::chrono::system_clock::time_point time{std::chrono::hours(400'000)};
  [[nodiscard]] std::chrono::system_clock::time_point now() const override { return time; }
};

/// 0, 1, 2, … in every byte, so that no two draws are the same for long.
class CountingRandom final : public Random {
 public:
  [[nodiscard]] std::string bytes(std::size_t count) override {
    return std::string(count, static_cast<char>(next_++));
  }

 private:
  unsigned char next_ = 0;
};

/// Keeps the changes it is asked for; the first is at seq 101.
class FakeMessageChangeStore final : public MessageChangeStore {
 public:
  std::vector<MessageChange> changes;
  std::optional<Error> error;
  bool changed = true;
  LogPage pinned;

  Task<Result<Changed>> change(MessageChange change) override {
    if (error) co_return *error;
    changes.push_back(std::move(change));
    Changed answer;
    answer.changed = changed;
    if (changed) answer.place = Ack{1, 100 + changes.size(), "msg", 1700};
    co_return answer;
  }
  Task<Result<LogPage>> pins(std::uint64_t, std::int64_t) override {
    if (error) co_return *error;
    co_return pinned;
  }
};

/// Typing and presence on fakes. Nobody polls and nobody is marked by itself.
struct PresenceOnFakes {
  PresenceOnFakes(RoomStore& store, SessionBook& sessions, Loop& loop, Random& random)
      : board(loop),
        typing(channel, store, loop, {}),
        typing_watch(channel, loop),
        presence_watch(board, store, loop, clock, random, {}, {}),
        watching(store, typing_watch, presence_watch),
        marks(board, sessions, loop, clock, std::chrono::seconds(20)) {}

  FakeBoard board;
  FakeTypingChannel channel;
  ManualClock clock;
  Typing typing;
  TypingWatch typing_watch;
  PresenceWatch presence_watch;
  Watching watching;
  OnlineMarks marks;
};

/// A Chat on fakes, with all it needs.
struct ChatOnFakes {
  explicit ChatOnFakes(Loop& loop, const CallRates& rates = {})
      : store(loop),
        feed(loop),
        hub(store, feed, loop, {.log_replaced = [this] { sessions.look_again_soon(); }}),
        sessions(loop),
        heard(store, hub, sessions, loop),
        limits(rates, steady),
        chat(store, accounts, heard, limits, loop, random),
        message_changes(change_store, chat, heard, random),
        rooms(room_store, chat),
        read_marks(room_store, loop),
        presence(room_store, sessions, loop, random) {}

  FakeStore store;
  FakeMessageChangeStore change_store;
  FakeFeed feed;
  FakeAccounts accounts;
  CountingRandom random;
  Hub hub;
  SessionBook sessions;
  HeardLog heard;
  ManualSteadyClock steady;
  CallLimits limits;
  Chat chat;
  MessageChanges message_changes;
  FakeRoomStore room_store;
  Rooms rooms;
  ReadMarks read_marks;
  PresenceOnFakes presence;
};

}  // namespace confab::gateway::testing
