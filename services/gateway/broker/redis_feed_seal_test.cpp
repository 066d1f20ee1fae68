#include "common/redis/seal.hpp"

#include "gateway/broker/redis_feed_fixture_test.hpp"

namespace confab::gateway {
namespace {

TEST_F(RedisFeedTest, RefusesASealedPayloadWithAnyBitFlippedOrAnythingCutOff) {
  join();
  auto payload = wire(1).SerializeAsString();
  const auto unsealed = payload.size();
  redis::seal(payload);
  int bad = 0;
  for (std::size_t bit = 0; bit < payload.size() * 8; ++bit, ++bad) {
    auto flipped = payload;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    admin->send(redis::command({"PUBLISH", room_channel(), flipped}));
  }
  for (std::size_t size = 0; size < payload.size(); ++size) {
    if (size == unsealed) continue;  // As stores of before publish it, and right.
    admin->send(redis::command({"PUBLISH", room_channel(), payload.substr(0, size)}));
    ++bad;
  }
  ASSERT_TRUE(run_until([&] { return refused[room_channel()] == bad; }));
  EXPECT_TRUE(ann->seen.empty());
  publish(room_channel(), payload);
  ASSERT_TRUE(run_until([&] { return !ann->seen.empty(); }));
  EXPECT_EQ(ann->seen, Seen{R"({"seq":1})"});
}

}  // namespace
}  // namespace confab::gateway
