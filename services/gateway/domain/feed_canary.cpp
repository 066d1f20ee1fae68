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
      states_(servers) {
  for (auto& state : states_) state.doubtful_since = loop_.now();
}

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
  for (;;) {
    for (std::size_t server = 0; server < states_.size(); ++server) {
      loop_.spawn([this, server] { return send(server); });
    }
    co_await loop_.sleep(kEvery);
    for (std::size_t server = 0; server < states_.size(); ++server) look(server);
  }
}

Task<> FeedCanary::send(std::size_t server) {
  const auto sent = loop_.now();
  const bool taken = co_await sender_.publish_canary(server, channel(server));
  auto& state = states_[server];
  if (!taken || state.doubtful_since || state.heard >= sent) co_return;
  state.doubtful_since = sent;
}

void FeedCanary::look(std::size_t server) {
  auto& state = states_[server];
  const auto now = loop_.now();
  if (!state.doubtful_since || now - *state.doubtful_since < kDeafAfter) return;
  if (state.deaf && now - state.tried < state.pause) return;
  state.tried = now;
  state.pause = std::clamp(state.pause * 2, kDeafAfter, kLongestPause);
  if (!std::exchange(state.deaf, true)) events_.changed(server, true);
  events_.listen_anew(server);
}

void FeedCanary::on_heard(std::size_t server) {
  auto& state = states_[server];
  state.heard = loop_.now();
  state.doubtful_since.reset();
  state.pause = std::chrono::milliseconds(0);
  if (std::exchange(state.deaf, false)) events_.changed(server, false);
}

void FeedCanary::on_subscribed(std::size_t server) {
  // Where it was deaf, it is so until it hears a message.
  states_[server].doubtful_since.reset();
}

void FeedCanary::on_lost(std::size_t server) {
  auto& state = states_[server];
  if (!state.doubtful_since) state.doubtful_since = loop_.now();
}

}  // namespace confab::gateway
