#include "gateway/nodes.hpp"

#include "common/base/uuid.hpp"
#include "gateway/net/tcp_listen.hpp"

namespace confab::gateway {
namespace {

constexpr std::chrono::milliseconds kLook{10};
/// Beyond the window, for a loop that does not turn any more.
constexpr std::chrono::seconds kLongestFarewell{25};

std::string make_instance() {
  SystemRandom random;
  return Uuid::make(random).text();
}

}  // namespace

Nodes::Nodes(const GatewayConfig& config, const boost::asio::ip::tcp::endpoint& listen,
             const Peers& peers, runtime::Process& process)
    : config_(config),
      listen_(listen),
      process_(process),
      instance_(make_instance()),
      not_ready_(config.loop_count()),
      limits_(config.limits) {
  for (std::size_t loop = 0; loop < config.loop_count(); ++loop) {
    Node::Events events;
    events.ready = [this] {
      if (--not_ready_ == 0) process_.serving();
    };
    events.revoked = [this, loop](const std::string& session_id) {
      for (std::size_t other = 0; other < nodes_.size(); ++other) {
        if (other != loop) nodes_[other]->revoke(session_id);
      }
    };
    nodes_.push_back(
        std::make_unique<Node>(config, limits_, loop, listen, peers, process, std::move(events)));
  }
}

/// No loop may end while another still hands connections to it.
Nodes::~Nodes() {
  for (auto& node : nodes_) node->stop();
}

std::vector<GuestDoor*> Nodes::guest_doors() {
  std::vector<GuestDoor*> doors;
  for (auto& node : nodes_) doors.push_back(&node->guest_door());
  return doors;
}

Result<> Nodes::start(const boost::asio::ip::address& rpc_address, std::uint16_t rpc_port) {
  if (nodes_.size() > 1) {
    if (auto free = check_free(listen_.address().to_string(), listen_.port()); !free) return free;
    if (auto free = DialectSet::check_free(config_, listen_); !free) return free;
  }
  std::vector<HttpServer*> servers;
  for (auto& node : nodes_) servers.push_back(&node->http());
  std::uint16_t port = 0;
  std::vector<DialectPort> of_dialects;
  for (std::size_t loop = 0; loop < nodes_.size(); ++loop) {
    const SessionOwner self{rpc_address, rpc_port, static_cast<std::uint8_t>(loop)};
    nodes_[loop]->join(self, servers, guest_doors());
    const auto bound = nodes_[loop]->bind(port);
    if (!bound) return bound.error();
    port = *bound;
    auto more = nodes_[loop]->bind_dialects(of_dialects);
    if (!more) return more.error();
    of_dialects = std::move(*more);
  }
  process_.log().info("listening", {{"port", port}, {"loops", nodes_.size()}});
  for (const auto& one : of_dialects) {
    process_.log().info("listening",
                        {{"port", one.port}, {"dialect", one.dialect}, {"protocol", one.protocol}});
  }
  process_.health().set_waiting_for("auth");
  for (auto& node : nodes_) node->run();
  return {};
}

void Nodes::drain(const ResilienceConfig& config) {
  const bool has_served = process_.health().started();
  if (has_served && process_.is_asked_to_stop_within(config.drain_delay)) return;
  std::vector<std::future<void>> drained;
  for (auto& node : nodes_) drained.push_back(node->drain(config.drain_window));
  const auto end = std::chrono::steady_clock::now() + config.drain_window + kLongestFarewell;
  for (auto& node : drained) {
    while (node.wait_for(std::chrono::seconds(0)) != std::future_status::ready) {
      if (process_.is_asked_to_stop_within(kLook) || std::chrono::steady_clock::now() > end) return;
    }
  }
}

v1::DescribeResponse Nodes::describe() const {
  v1::DescribeResponse out;
  out.set_instance(instance_);
  out.set_version(CONFAB_VERSION);
  double sessions = 0;
  double rooms = 0;
  for (const auto& node : nodes_) {
    const auto& metrics = node->metrics();
    sessions += metrics.polling_sessions.sum() + metrics.websocket_sessions.sum() +
                metrics.plain_sessions.Value();
    rooms += metrics.active_rooms.Value();
  }
  out.set_open_sessions(static_cast<std::uint64_t>(sessions));
  out.set_active_rooms(static_cast<std::uint64_t>(rooms));
  out.set_started_ms(
      std::chrono::duration_cast<std::chrono::milliseconds>(started_at_.time_since_epoch())
          .count());
  return out;
}

}  // namespace confab::gateway
