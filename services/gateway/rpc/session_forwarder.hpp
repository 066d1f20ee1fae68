#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "confab/gateway/v1/gateway.grpc.pb.h"
#include "gateway/engineio/session_router.hpp"
#include "gateway/rpc/owner_seal.hpp"
#include "gateway/rpc/relay_caller.hpp"

namespace confab::gateway {

/// What the forwarder reports to whoever counts; from the event loop.
struct ForwardEvents {
  /// A request was answered by another gateway, or that one could not be reached or was too late.
  std::function<void(bool answered)> request = [](bool) {};
  /// The same of an upgrade.
  std::function<void(bool answered)> upgrade = [](bool) {};
  /// Relayed sockets: one more or one less.
  std::function<void(int change)> sockets = [](int) {};
};

/// Finds the owners of sessions by their sids, and passes requests and WebSockets on to other
/// gateways by gRPC. Event loop only.
class SessionForwarder final : public SessionRouter {
 public:
  using Stub = v1::Gateway::Stub;

  struct Options {
    /// For a poll: longer than any is parked.
    std::chrono::milliseconds poll_deadline{50'000};
    /// For anything else, and for the owner to take a WebSocket.
    std::chrono::milliseconds deadline{10'000};
  };
  /// Gateways to which connections are kept; the one not asked for longest is let go of.
  static constexpr std::size_t kMaxPeers = 256;
  /// As Drain::kApart.
  static constexpr std::chrono::milliseconds kApart{50};

  SessionForwarder(boost::asio::io_context& io, Options options, ForwardEvents events);

  /// Where this event loop is reached, and the servers of all the process's event loops in their
  /// order. Before the first request.
  void join(SessionOwner self, std::vector<HttpServer*> loops);
  /// The resume keys, whenever they change.
  void set_keys(const std::vector<std::string>& resume_keys) { seal_.set_keys(resume_keys); }

  /// Where this event loop is reached.
  [[nodiscard]] const SessionOwner& self() const { return self_; }
  /// Whom a sid names, if owner_mark() of some gateway made it.
  [[nodiscard]] std::optional<SessionOwner> owner_of(std::string_view sid) const;
  /// To call that gateway; null when its address is none.
  [[nodiscard]] std::shared_ptr<Stub> stub_of(const SessionOwner& owner);

  [[nodiscard]] std::string owner_mark(std::string_view session_id) override;
  [[nodiscard]] HttpServer* sibling(std::string_view sid) override;
  /// This gateway ends: closes the clients here whose sessions other gateways have, one after the
  /// other within the window, so that they come back elsewhere. What they asked for is answered.
  [[nodiscard]] boost::asio::awaitable<void> send_away(std::chrono::milliseconds window);

  [[nodiscard]] boost::asio::awaitable<std::optional<HttpResponse>> forward(
      std::string sid, HttpRequest request) override;
  [[nodiscard]] boost::asio::awaitable<std::optional<UpgradeDecision>> forward_upgrade(
      std::string sid, HttpRequest request) override;

 private:
  struct Peer {
    std::shared_ptr<Stub> stub;
    std::uint64_t used = 0;  ///< By use_.
  };

  static constexpr std::size_t kPruneAt = 64;

  void remember(const std::shared_ptr<RelayCaller>& call);
  /// The owner if it is another process.
  [[nodiscard]] std::optional<SessionOwner> foreign_owner(std::string_view sid) const;

  boost::asio::io_context& io_;
  const Options options_;
  const ForwardEvents events_;
  OwnerSeal seal_;
  SessionOwner self_;
  std::vector<HttpServer*> loops_;
  std::map<std::string, Peer> peers_;
  std::uint64_t use_ = 0;
  std::vector<std::weak_ptr<RelayCaller>> relays_;  ///< Some have ended.
  std::size_t prune_at_ = kPruneAt;
};

}  // namespace confab::gateway
