#include "gateway/rpc/session_forwarder.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "common/rpc/client.hpp"
#include "gateway/engineio/session_id.hpp"
#include "gateway/rpc/forward_wire.hpp"

namespace confab::gateway {

using boost::asio::awaitable;

SessionForwarder::SessionForwarder(boost::asio::io_context& io, Options options,
                                   ForwardEvents events)
    : io_(io), options_(options), events_(std::move(events)) {}

void SessionForwarder::join(SessionOwner self, std::vector<HttpServer*> loops) {
  self_ = std::move(self);
  loops_ = std::move(loops);
}

std::string SessionForwarder::owner_mark(std::string_view session_id) {
  return seal_.seal(session_id, self_);
}

std::optional<SessionOwner> SessionForwarder::owner_of(std::string_view sid) const {
  if (sid.size() <= SessionId::kCharacters) return std::nullopt;
  return seal_.open(sid.substr(0, SessionId::kCharacters), sid.substr(SessionId::kCharacters));
}

std::optional<SessionOwner> SessionForwarder::foreign_owner(std::string_view sid) const {
  auto owner = owner_of(sid);
  if (owner && owner->same_gateway(self_)) return std::nullopt;
  return owner;
}

HttpServer* SessionForwarder::sibling(std::string_view sid) {
  const auto owner = owner_of(sid);
  const bool here = owner && owner->same_gateway(self_) && owner->loop < loops_.size();
  return here ? loops_[owner->loop] : nullptr;
}

std::shared_ptr<SessionForwarder::Stub> SessionForwarder::stub_of(const SessionOwner& owner) {
  const auto address = owner.text();
  auto found = peers_.find(address);
  if (found == peers_.end()) {
    const auto channel = rpc::make_channel(address);
    if (!channel) return nullptr;
    if (peers_.size() == kMaxPeers) {
      peers_.erase(std::min_element(peers_.begin(), peers_.end(), [](auto& one, auto& other) {
        return one.second.used < other.second.used;
      }));
    }
    found = peers_.emplace(address, Peer{v1::Gateway::NewStub(*channel)}).first;
  }
  found->second.used = ++use_;
  return found->second.stub;
}

awaitable<std::optional<HttpResponse>> SessionForwarder::forward(std::string sid,
                                                                 HttpRequest request) {
  const auto owner = foreign_owner(sid);
  const auto stub = owner ? stub_of(*owner) : nullptr;
  if (!stub) co_return std::nullopt;
  const auto deadline = request.method == "GET" ? options_.poll_deadline : options_.deadline;
  v1::ForwardRequest call;
  to_wire(std::move(request), owner->loop, call);
  auto answered = co_await rpc::call<v1::ForwardResponse>(
      std::move(call), deadline, [&](auto* context, auto* sent, auto* received, auto done) {
        stub->async()->Forward(context, sent, received, std::move(done));
      });
  const auto cancellation = co_await boost::asio::this_coro::cancellation_state;
  if (cancellation.cancelled() != boost::asio::cancellation_type::none) {
    co_return HttpResponse{};  // The client has hung up: nobody is there to read it.
  }
  std::optional<HttpResponse> response;
  if (answered) response = from_wire(*answered);
  events_.request(response.has_value());
  co_return response;
}

awaitable<std::optional<UpgradeDecision>> SessionForwarder::forward_upgrade(std::string sid,
                                                                            HttpRequest request) {
  const auto owner = foreign_owner(sid);
  const auto stub = owner ? stub_of(*owner) : nullptr;
  if (!stub) co_return std::nullopt;
  v1::RelayUp opening;
  to_wire(std::move(request), owner->loop, *opening.mutable_open());
  const auto call = std::make_shared<RelayCaller>(io_, stub, events_.sockets);
  remember(call);
  auto decision = co_await call->open(std::move(opening), options_.deadline);
  events_.upgrade(decision.has_value());
  co_return decision;
}

void SessionForwarder::remember(const std::shared_ptr<RelayCaller>& call) {
  if (relays_.size() >= prune_at_) {
    std::erase_if(relays_, [](const auto& relay) { return relay.expired(); });
    prune_at_ = std::max(kPruneAt, 2 * relays_.size());
  }
  relays_.push_back(call);
}

awaitable<void> SessionForwarder::send_away(std::chrono::milliseconds window) {
  const auto leaving = std::exchange(relays_, {});
  boost::asio::steady_timer pause(io_);
  const auto apart = leaving.empty() ? window : window / static_cast<int>(leaving.size());
  for (const auto& weak : leaving) {
    const auto relay = weak.lock();
    if (!relay) continue;
    relay->leave();
    pause.expires_after(std::min(apart, kApart));
    co_await pause.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
  }
}

}  // namespace confab::gateway
