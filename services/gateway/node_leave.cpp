// How a Node takes leave of its clients.
#include "gateway/node.hpp"

namespace confab::gateway {
namespace {

constexpr std::uint16_t kServiceRestart = 1012;
// With Drain::kAnswers less than 25 s beyond the window: what operators allow for.
constexpr std::chrono::milliseconds kGoodbyes{5000};
constexpr std::chrono::milliseconds kReturns{10'000};

}  // namespace

Task<> Node::wait_until(std::function<bool()> done, std::chrono::milliseconds patience) {
  const auto end = loop_.now() + patience;
  while (!done() && loop_.now() < end) co_await loop_.sleep(std::chrono::milliseconds(20));
}

/// docs/operations.md, "Drain".
Task<> Node::leave(std::chrono::milliseconds window) {
  resilience_metrics_.draining.Set(1);
  engine_.refuse_new_sessions();
  plain_door_.drain();
  dialects_.drain();
  loop_.spawn([this, window] { return forwarder_.send_away(window); });
  const auto led = co_await drain_.run(window);
  process_.log().info("drained", {{"sessions", led}, {"left", sessions_.size()}});
  http_.stop();
  engine_.close_all(kServiceRestart, "restart");
  sessions_.end_all(EndReason::stopping);
  // Not sessions: the last answer of a closed one may still be on its way.
  const auto closed = [this] {
    return http_.open_connections() + guest_door_.open + dialects_.open_connections() == 0;
  };
  co_await wait_until(closed, kGoodbyes);
  // What clients had is kept here, and with it what they missed while they were on their way.
  const auto taken = [this] { return cut_sessions_.size() == 0; };
  co_await wait_until(taken, std::min(window, kReturns));
}

std::future<void> Node::drain(std::chrono::milliseconds window) {
  const auto gone = std::make_shared<std::promise<void>>();
  loop_.spawn([this, gone, window]() -> Task<> {
    co_await leave(window);
    gone->set_value();
  });
  return gone->get_future();
}

}  // namespace confab::gateway
