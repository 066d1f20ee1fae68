// How a Node watches itself: whether it turns, and how much of the machine is left.
#include "common/runtime/memory.hpp"
#include "gateway/node.hpp"

namespace confab::gateway {
namespace {

// How often free memory is given back while memory is short, and while clients would be cut off.
constexpr std::chrono::milliseconds kGiveBack{10'000};
constexpr std::chrono::milliseconds kGiveBackSoon{100};
constexpr std::chrono::milliseconds kAccepting{250};

}  // namespace

Task<> Node::watch_pressure() {
  auto& turns = process_.expect({"loop-" + name_, "event loop " + name_ + " does not turn"});
  auto& accepts =
      process_.expect({"accept-" + name_, "event loop " + name_ + " cannot accept connections",
                       runtime::Pulses::Vital::no});
  for (;;) {
    turns.beat();
    const auto begun = loop_.now();
    if (begun - accept_failed_at_ >= kAccepting) accepts.beat();
    const auto pause = memory_.next_look();
    co_await loop_.sleep(pause);
    const std::chrono::steady_clock::duration late = loop_.now() - begun - pause;
    resilience_metrics_.loop_lag.Observe(
        std::max(std::chrono::duration<double>(late).count(), 0.0));
    lag_.look(late);
    resilience_metrics_.joins_under_way.Set(static_cast<double>(intake_.under_way()));
    resilience_metrics_.joins_waiting.Set(static_cast<double>(intake_.waiting()));
    resilience_metrics_.stores_passed_over.Set(static_cast<double>(store_health_->silent()));
    resilience_metrics_.room_log_bytes.Set(static_cast<double>(hub_.log_bytes()));
    if (memory_.limit() == 0) continue;
    memory_.look(used_memory());
  }
}

/// Nobody is to suffer for memory that is free and held in reserve.
MemoryGuard::Use Node::used_memory() {
  MemoryGuard::Use use;
  use.bytes = runtime::resident_bytes();
  const bool must_cut = memory_.must_cut(use.bytes);
  const bool is_due = loop_.now() - given_back_ >= (must_cut ? kGiveBackSoon : kGiveBack);
  use.is_trimmed = is_due && (must_cut || memory_.is_short());
  if (use.is_trimmed) {
    hub_.keep_logs_within(hub_.log_bytes() / 2);  // The store has what they have.
    runtime::give_back_free_memory();
    given_back_ = loop_.now();
    use.bytes = runtime::resident_bytes();
  }
  resilience_metrics_.memory_ratio.Set(static_cast<double>(use.bytes) /
                                       static_cast<double>(memory_.limit()));
  return use;
}

}  // namespace confab::gateway
