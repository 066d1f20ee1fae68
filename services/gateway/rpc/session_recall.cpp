#include "gateway/rpc/session_recall.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "common/rpc/client.hpp"
#include "gateway/engineio/session_id.hpp"
#include "gateway/rpc/recall_wire.hpp"

namespace confab::gateway {

using boost::asio::awaitable;

std::string SessionRecall::mark(std::string_view id) { return forwarder_.owner_mark(id); }

Task<Recalled> SessionRecall::take(std::string name, std::int64_t user_id) {
  Recalled recalled;
  const auto home = forwarder_.owner_of(name);
  if (!home) {
    recalled.outcome = RecallOutcome::refused;
    co_return recalled;
  }
  const auto id = name.substr(0, SessionId::kCharacters);
  if (auto session = here_.take(id, user_id)) {
    recalled.outcome = RecallOutcome::found;
    recalled.session = std::move(*session);
    co_return recalled;
  }
  v1::RecallRequest request;
  request.set_name(std::move(name));
  request.set_user_id(user_id);
  request.set_taker(forwarder_.owner_mark(id));
  if (*home != forwarder_.self()) {
    co_return co_await ask(*home, std::move(request), options_.deadline);
  }
  const auto moved = moved_.find(id);
  if (moved == moved_.end()) co_return recalled;
  const auto taker = moved->second;
  recalled = co_await ask(taker, std::move(request), options_.deadline);
  if (recalled.outcome == RecallOutcome::found) moved_.erase(id);
  co_return recalled;
}

awaitable<v1::RecallResponse> SessionRecall::serve(v1::RecallRequest request) {
  v1::RecallResponse response;
  const auto home = forwarder_.owner_of(request.name());
  if (!home) co_return response;
  const auto id = request.name().substr(0, SessionId::kCharacters);
  const auto taker = forwarder_.owner_of(id + request.taker());
  if (!taker) co_return response;
  const bool began_here = *home == forwarder_.self();
  if (const auto session = here_.take(id, request.user_id())) {
    to_wire(*session, response);
  } else if (const auto moved = moved_.find(id);
             began_here && moved != moved_.end() && moved->second != *taker) {
    const auto holder = moved->second;
    auto recalled = co_await ask(holder, std::move(request), options_.onward);
    if (recalled.outcome == RecallOutcome::found) to_wire(recalled.session, response);
  }
  if (began_here && response.found()) remember(id, *taker);
  co_return response;
}

awaitable<Recalled> SessionRecall::ask(SessionOwner owner, v1::RecallRequest request,
                                       std::chrono::milliseconds deadline) {
  Recalled recalled;
  request.set_loop(owner.loop);
  const auto user_id = request.user_id();
  v1::RecallResponse response;
  if (owner.same_gateway(forwarder_.self())) {
    if (owner.loop >= loops_.size()) co_return recalled;
    auto& door = *loops_[owner.loop];
    response = co_await boost::asio::co_spawn(door.io, door.recall(std::move(request)),
                                              boost::asio::use_awaitable);
  } else {
    const auto address = owner.text();
    const auto stub = is_shunned(address) ? nullptr : forwarder_.stub_of(owner);
    recalled.outcome = RecallOutcome::away;
    if (!stub) co_return recalled;
    auto answered = co_await rpc::call<v1::RecallResponse>(
        std::move(request), deadline, [&](auto* context, auto* sent, auto* received, auto done) {
          stub->async()->Recall(context, sent, received, std::move(done));
        });
    if (!answered) {
      if (shunned_.size() >= kMaxShunned) shunned_.clear();
      shunned_[address] = loop_.now() + options_.shun;
      co_return recalled;
    }
    response = std::move(*answered);
  }
  recalled.outcome = response.found() ? RecallOutcome::found : RecallOutcome::gone;
  if (response.found()) recalled.session = from_wire(response, user_id);
  co_return recalled;
}

bool SessionRecall::is_shunned(const std::string& address) {
  const auto found = shunned_.find(address);
  if (found == shunned_.end()) return false;
  if (loop_.now() < found->second) return true;
  shunned_.erase(found);
  return false;
}

void SessionRecall::remember(const std::string& id, const SessionOwner& taker) {
  if (taker == forwarder_.self()) {
    moved_.erase(id);
    return;
  }
  if (moved_.insert_or_assign(id, taker).second) moved_order_.push_back(id);
  while (moved_order_.size() > kMaxMoved) {
    moved_.erase(moved_order_.front());
    moved_order_.pop_front();
  }
}

}  // namespace confab::gateway
