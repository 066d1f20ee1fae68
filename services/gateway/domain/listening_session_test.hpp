#pragma once

// Test support: a session that listens and keeps nothing but how it is ended.

#include "gateway/domain/fakes.hpp"

namespace confab::gateway::testing {

class ListeningSession final : public Session {
 public:
  explicit ListeningSession(std::int64_t user_id) { who.user = user(user_id, "ann"); }
  [[nodiscard]] std::int64_t user_id() const override { return who.user.id; }
  [[nodiscard]] bool gone() const override { return false; }
  void deliver(const EventBatch&) override {}
  bool offer(const EventBatch&) override { return true; }
  [[nodiscard]] const Identity& identity() const override { return who; }
  void notice(const UserNotice&) override {}
  void look_again() override {}
  void warn_of_expiry() override {}
  void goaway(std::chrono::milliseconds reconnect_in) override { told.push_back(reconnect_in); }
  void end(EndReason reason) override {
    ends.push_back(reason);
    if (on_end) on_end();
  }
  [[nodiscard]] bool ending() const override { return !ends.empty(); }
  [[nodiscard]] std::size_t outbox_bytes() const override { return outbox; }

  Identity who;
  std::vector<std::chrono::milliseconds> told;  ///< By goaway.
  std::vector<EndReason> ends;
  std::function<void()> on_end;
  std::size_t outbox = 0;
};

}  // namespace confab::gateway::testing
