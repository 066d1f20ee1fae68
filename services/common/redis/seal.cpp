#include "common/redis/seal.hpp"

#include <boost/endian/conversion.hpp>

#include "common/base/crc32c.hpp"

namespace confab::redis {
namespace {

constexpr char kTag = (15 << 3) | 5;  // Field and wire type, as Protobuf has them.
constexpr std::size_t kSumBytes = 4;

}  // namespace

void seal(std::string& payload) {
  const auto sum = crc32c(payload);
  payload += kTag;
  payload.resize(payload.size() + kSumBytes);
  boost::endian::store_little_u32(
      reinterpret_cast<unsigned char*>(payload.data() + payload.size() - kSumBytes), sum);
}

bool is_sealed(std::string_view payload) {
  if (payload.size() < 1 + kSumBytes) return false;
  const auto end = payload.substr(payload.size() - kSumBytes);
  payload.remove_suffix(kSumBytes);
  if (payload.back() != kTag) return false;
  payload.remove_suffix(1);
  return boost::endian::load_little_u32(reinterpret_cast<const unsigned char*>(end.data())) ==
         crc32c(payload);
}

}  // namespace confab::redis

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

namespace confab::redis {
namespace {

TEST(Seal, IsFoundOnWhatWasPublishedAndOnNothingElse) {
  std::string payload = "what was said";
  EXPECT_FALSE(is_sealed(payload));
  seal(payload);
  EXPECT_TRUE(is_sealed(payload));
  for (std::size_t bit = 0; bit < payload.size() * 8; ++bit) {
    auto flipped = payload;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(is_sealed(flipped)) << bit;
  }
  for (std::size_t size = 0; size < payload.size(); ++size) {
    EXPECT_FALSE(is_sealed(payload.substr(0, size))) << size;
  }
  EXPECT_FALSE(is_sealed(payload + "x"));
}

}  // namespace
}  // namespace confab::redis
#endif
