#pragma once

// Test support: the ports of presence in memory, and a session that looks.

#include <map>
#include <string>
#include <vector>

#include "gateway/domain/fakes.hpp"
#include "gateway/domain/presence_ports.hpp"

namespace confab::gateway::testing {

/// Marks in memory; reads pass a valve.
class FakeBoard final : public PresenceBoard {
 public:
  explicit FakeBoard(Loop& loop) : reads(loop) {}

  Valve reads;
  std::map<std::int64_t, std::int64_t> marks;
  std::vector<std::vector<std::int64_t>> marked;  // Users of each write.
  std::vector<std::vector<std::int64_t>> asked;   // Users of each read.

  void mark(const std::vector<std::int64_t>& users, std::int64_t now_ms) override {
    marked.push_back(users);
    for (const auto user_id : users) marks[user_id] = now_ms;
  }
  Task<Result<std::vector<std::int64_t>>> last_marks(std::vector<std::int64_t> users) override {
    asked.push_back(users);
    std::vector<std::int64_t> found;
    for (const auto user_id : users) found.push_back(marks.contains(user_id) ? marks[user_id] : 0);
    const auto passed = co_await reads.passed();
    if (!passed) co_return passed.error();
    co_return found;
  }
};

/// Keeps what is published; follows as asked, or says so.
class FakeTypingChannel final : public TypingChannel {
 public:
  std::vector<TypingNotice> published;
  std::map<std::uint64_t, int> followed;  // Room to how often: 1, or it is wrong.

  void publish(const TypingNotice& notice) override { published.push_back(notice); }
  void follow(std::uint64_t room_id) override { ++followed[room_id]; }
  void unfollow(std::uint64_t room_id) override {
    if (--followed[room_id] == 0) followed.erase(room_id);
  }
};

/// Keeps what it is offered, as "name json".
class LookingSession final : public Session {
 public:
  explicit LookingSession(std::int64_t user_id) {
    who.user = user(user_id, "user" + std::to_string(user_id));
  }
  [[nodiscard]] std::int64_t user_id() const override { return who.user.id; }
  [[nodiscard]] bool gone() const override { return is_gone; }
  void deliver(const EventBatch&) override {}
  bool offer(const EventBatch& batch) override {
    ++offers;
    if (is_slow) return false;
    for (const auto& event : batch.events()) seen.push_back(event->json());
    return true;
  }
  [[nodiscard]] const Identity& identity() const override { return who; }
  [[nodiscard]] std::size_t outbox_bytes() const override { return 0; }
  void notice(const UserNotice&) override {}
  void look_again() override {}
  void warn_of_expiry() override {}
  void end(EndReason) override {}

  Identity who;
  bool is_gone = false;
  bool is_slow = false;
  int offers = 0;
  std::vector<std::string> seen;
};

}  // namespace confab::gateway::testing
