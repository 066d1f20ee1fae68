#pragma once

#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <string>
#include <vector>

#include "gateway/node.hpp"

namespace confab::gateway {

/// The event loops of the process, which share the clients' port and otherwise nothing: between
/// them connections move, to the loop of their session, and word of revoked sessions. All methods
/// from main's thread, unless stated otherwise.
class Nodes {
 public:
  Nodes(const GatewayConfig& config, const boost::asio::ip::tcp::endpoint& listen,
        const Peers& peers, runtime::Process& process);
  ~Nodes();
  Nodes(const Nodes&) = delete;
  Nodes& operator=(const Nodes&) = delete;

  /// For what other gateways forward, in the order of the loops.
  [[nodiscard]] std::vector<GuestDoor*> guest_doors();

  /// Binds the clients' port; unavailable when it is taken. Then runs every loop on a thread of its
  /// own; once all are ready, so is the process. Other gateways reach this one at the address.
  [[nodiscard]] Result<> start(const boost::asio::ip::address& rpc_address, std::uint16_t rpc_port);

  /// Lets clients come for `drain_delay` more, then leads them to other gateways over
  /// `drain_window`, and stays for some seconds for those who ask for what they had. Returns at
  /// once when the process is asked to stop once more, and at the latest 25 s after the window: a
  /// loop that hangs does not end. Called once.
  void drain(const ResilienceConfig& config);

  /// From any thread.
  [[nodiscard]] v1::DescribeResponse describe() const;

 private:
  const GatewayConfig& config_;
  const boost::asio::ip::tcp::endpoint listen_;
  runtime::Process& process_;
  const std::string instance_;
  const std::chrono::system_clock::time_point started_at_ = std::chrono::system_clock::now();
  std::atomic<std::size_t> not_ready_;
  SharedLimits limits_;
  std::vector<std::unique_ptr<Node>> nodes_;
};

}  // namespace confab::gateway
