#include "gateway/engineio/poll_queue.hpp"

#include <utility>

namespace confab::gateway {
namespace {

/// What a packet counts while it waits, whichever client takes it.
std::size_t charge(const EnginePacket& packet) { return payload_bytes({}, packet); }

}  // namespace

bool PollQueue::push(EnginePacket packet, std::size_t max_bytes) {
  const auto size = charge(packet);
  if (bytes_ + size > max_bytes) return false;
  bytes_ += size;
  packets_.push_back(std::move(packet));
  return true;
}

std::vector<EnginePacket> PollQueue::take(PayloadForm form, std::size_t max_payload) {
  std::vector<EnginePacket> taken;
  std::size_t size = 0;
  while (taken.size() < kMaxPackets && !packets_.empty()) {
    size += payload_bytes(form, packets_.front());
    if (!taken.empty() && size > max_payload) break;
    bytes_ -= charge(packets_.front());
    taken.push_back(std::move(packets_.front()));
    packets_.pop_front();
  }
  return taken;
}

std::deque<EnginePacket> PollQueue::take_all() {
  bytes_ = 0;
  return std::exchange(packets_, {});
}

}  // namespace confab::gateway

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

#include "gateway/engineio/payload_fixture_test.hpp"

namespace confab::gateway {
namespace {

using testing::binary;
using testing::text;

constexpr PayloadForm kForms[] = {
    {EngineVersion::v4, true}, {EngineVersion::v3, true}, {EngineVersion::v3, false}};

TEST(PollQueue, AnswersAtMostSixteenPacketsInEveryForm) {
  for (const auto form : kForms) {
    PollQueue queue;
    for (int i = 0; i < 17; ++i) EXPECT_TRUE(queue.push(text("4"), 100));
    EXPECT_EQ(queue.take(form, 1000).size(), 16U);
    EXPECT_EQ(queue.take(form, 1000).size(), 1U);
    EXPECT_TRUE(queue.empty());
    EXPECT_EQ(queue.bytes(), 0U);
    EXPECT_TRUE(queue.take(form, 1000).empty());
  }
}

TEST(PollQueue, StopsAtThePayloadLimitButNeverBeforeOnePacket) {
  for (const auto form : kForms) {
    PollQueue queue;
    EXPECT_TRUE(queue.push(binary(std::string(100, 'a')), 1000));
    for (int i = 0; i < 10; ++i) EXPECT_TRUE(queue.push(text("4bbbbbbbb"), 1000));
    EXPECT_EQ(queue.take(form, 50).size(), 1U);
    while (!queue.empty()) {
      const auto packets = queue.take(form, 50);
      EXPECT_GE(packets.size(), 2U);
      EXPECT_LE(encode_payload(form, packets).body.size(), 50U);
    }
  }
}

TEST(PollQueue, RefusesMoreBytesThanItMayHold) {
  PollQueue queue;
  EXPECT_TRUE(queue.push(text("4aaaa"), 12));
  EXPECT_TRUE(queue.push(text("4bbbb"), 12));
  EXPECT_FALSE(queue.push(text("4"), 12));
  EXPECT_EQ(queue.take_all().size(), 2U);
  EXPECT_TRUE(queue.push(text("4"), 12));
}

}  // namespace
}  // namespace confab::gateway
#endif
