#pragma once

// Test support: a session that listens and keeps nothing.

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
  void end(EndReason) override {}

  Identity who;
};

}  // namespace confab::gateway::testing
