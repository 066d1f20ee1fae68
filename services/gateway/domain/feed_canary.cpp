#include "gateway/domain/feed_canary.hpp"

#include <algorithm>

#include "common/base/encoding.hpp"

namespace confab::gateway {

FeedCanary::FeedCanary(CanarySender& sender, Loop& loop, Random& random, std::size_t servers,
                       Events events)
    : sender_(sender),
      loop_(loop),
      prefix_("confab:canary:" + hex64(random.u64()) + ":"),
      events_(std::move(events)),
      states_(servers) {}

std::string FeedCanary::channel(std::size_t server) const {
  return prefix_ + std::to_string(server);
}

std::optional<std::size_t> FeedCanary::server_of(std::string_view name) const {
  for (std::size_t server = 0; server < states_.size(); ++server) {
    if (channel(server) == name) return server;
  }
  return std::nullopt;
}

std::size_t FeedCanary::deaf() const {
  return static_cast<std::size_t>(
      std::count_if(states_.begin(), states_.end(), [](const State& state) { return state.deaf; }));
}

Task<> FeedCanary::keep() {
  for (auto& state : states_) state.heard = state.tried = loop_.now();
  for (;;) {
    for (std::size_t server = 0; server < states_.size(); ++server) {
      sender_.publish_canary(server, channel(server));
    }
    co_await loop_.sleep(kEvery);
    look();
  }
}

void FeedCanary::look() {
  const auto now = loop_.now();
  for (std::size_t server = 0; server < states_.size(); ++server) {
    auto& state = states_[server];
    if (now - state.heard < kDeafAfter || now - state.tried < kDeafAfter) continue;
    state.tried = now;
    if (!std::exchange(state.deaf, true)) events_.changed(server, true);
    events_.listen_anew(server);
  }
}

void FeedCanary::on_heard(std::size_t server) {
  auto& state = states_[server];
  state.heard = state.tried = loop_.now();
  if (std::exchange(state.deaf, false)) events_.changed(server, false);
}

}  // namespace confab::gateway
