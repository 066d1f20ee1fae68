#pragma once

#include <chrono>
#include <deque>
#include <string>
#include <unordered_map>
#include <vector>

#include "gateway/domain/cut_sessions.hpp"
#include "gateway/rpc/guest_door.hpp"
#include "gateway/rpc/session_forwarder.hpp"

namespace confab::gateway {

/// Finds the sessions of clients that come back. A session's name says on which event loop it
/// began, its home: that one has it, knows which event loop took it last, or it is gone. So a
/// client may be cut off and come back any number of times, to any gateway, under one name. Event
/// loop only.
class SessionRecall final : public Recall {
 public:
  struct Options {
    /// For another gateway to answer, and for the one that it asks in turn.
    std::chrono::milliseconds deadline{1000};
    std::chrono::milliseconds onward{500};
    /// A gateway that did not answer is not asked again for so long, so that the many clients that
    /// come back from a dead one do not each wait for it.
    std::chrono::milliseconds shun{5000};
  };
  /// Sessions that began here and went elsewhere; more: the oldest are not found any more.
  static constexpr std::size_t kMaxMoved = 100'000;
  /// Gateways that did not answer; more: they are asked again.
  static constexpr std::size_t kMaxShunned = 256;

  SessionRecall(SessionForwarder& forwarder, CutSessions& here, Loop& loop, Options options)
      : forwarder_(forwarder), here_(here), loop_(loop), options_(options) {}

  /// Where all the process's event loops are asked, in their order. Before the first client.
  void join(std::vector<GuestDoor*> loops) { loops_ = std::move(loops); }

  [[nodiscard]] std::string mark(std::string_view id) override;
  [[nodiscard]] Task<Recalled> take(std::string name, std::int64_t user_id) override;

  /// Answers another event loop or gateway.
  [[nodiscard]] boost::asio::awaitable<v1::RecallResponse> serve(v1::RecallRequest request);

 private:
  [[nodiscard]] boost::asio::awaitable<Recalled> ask(SessionOwner owner, v1::RecallRequest request,
                                                     std::chrono::milliseconds deadline);
  [[nodiscard]] bool is_shunned(const std::string& address);
  void remember(const std::string& id, const SessionOwner& taker);

  SessionForwarder& forwarder_;
  CutSessions& here_;
  Loop& loop_;
  const Options options_;
  std::vector<GuestDoor*> loops_;
  std::unordered_map<std::string, SessionOwner> moved_;  ///< By id: who took it last.
  std::deque<std::string> moved_order_;  ///< The oldest first; some have come back since.
  std::unordered_map<std::string, std::chrono::steady_clock::time_point> shunned_;  ///< Until when.
};

}  // namespace confab::gateway
