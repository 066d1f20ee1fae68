#include "common/rpc/peer.hpp"

#include "common/rpc/client.hpp"

namespace confab::rpc {

Peer::Peer(std::function<Channel()> make, std::function<Time()> now)
    : make_(std::move(make)), now_(std::move(now)), channel_(make_()) {}

Result<std::shared_ptr<Peer>> Peer::at(const std::string& address) {
  // Kept, so that none that is replaced is gRPC's last.
  if (const auto first = make_channel(address); !first) return first.error();
  return std::make_shared<Peer>([address] { return make_passing_channel(address); });
}

Peer::Channel Peer::channel() {
  const std::lock_guard lock(mutex_);
  const auto state = channel_->GetState(false);
  if (state == GRPC_CHANNEL_READY || state == GRPC_CHANNEL_IDLE) {
    failing_since_.reset();
  } else if (failing_since_ && now_() - *failing_since_ >= kPatience) {
    channel_ = make_();
    failing_since_.reset();
  } else if (!failing_since_ && state == GRPC_CHANNEL_TRANSIENT_FAILURE) {
    failing_since_ = now_();
  }
  return channel_;
}

}  // namespace confab::rpc

#ifdef CONFAB_UNIT_TESTS
#include <grpcpp/create_channel.h>
#include <gtest/gtest.h>

#include "common/testing/reserved_port.hpp"

namespace confab::rpc {
namespace {

using namespace std::chrono_literals;

struct PeerTest : testing::Test {
  const ReservedPort nobody;
  Peer::Time now{1h};
  int made = 0;
  Peer peer{[this] {
              ++made;
              grpc::ChannelArguments own;
              own.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
              return keep(grpc::CreateCustomChannel(nobody.address(),
                                                    grpc::InsecureChannelCredentials(), own));
            },
            [this] { return now; }};

  /// Lets the channel find that nobody is there.
  void fail() {
    const auto channel = peer.channel();
    auto state = channel->GetState(true);
    while (state != GRPC_CHANNEL_TRANSIENT_FAILURE) {
      channel->WaitForStateChange(state, std::chrono::system_clock::now() + 20s);
      state = channel->GetState(true);
    }
  }
};

TEST_F(PeerTest, OneThatFailsForTooLongGetsAnotherChannel) {
  fail();
  const auto first = peer.channel();
  now += Peer::kPatience - 1ms;
  EXPECT_EQ(peer.channel(), first);
  now += 1ms;
  EXPECT_NE(peer.channel(), first);
  EXPECT_EQ(made, 2);
}

TEST_F(PeerTest, OneThatNobodyCallsKeepsItsChannel) {
  const auto first = peer.channel();
  now += 1h;
  EXPECT_EQ(peer.channel(), first);
  EXPECT_EQ(made, 1);
}

TEST_F(PeerTest, ANewChannelHasItsTimeAsWell) {
  fail();
  static_cast<void>(peer.channel());
  now += Peer::kPatience;
  fail();
  const auto second = peer.channel();
  now += Peer::kPatience - 1ms;
  EXPECT_EQ(peer.channel(), second);
  EXPECT_EQ(made, 2);
}

TEST(PeerAddress, IsAHostAndAPort) {
  EXPECT_EQ(Peer::at("nowhere").error().code, ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace confab::rpc
#endif
