#include "common/base/sharding.hpp"

#include <array>

#include "common/base/crc32c.hpp"

namespace confab {
namespace {

std::uint32_t crc32c_big_endian(std::uint64_t id) {
  std::array<char, sizeof(id)> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<char>(id >> (56 - 8 * i));
  }
  return crc32c({bytes.data(), bytes.size()});
}

}  // namespace

std::uint32_t bucket_of(std::uint64_t id) { return crc32c_big_endian(id) % kBuckets; }

std::uint32_t user_shard(std::int64_t user_id) {
  return bucket_of(static_cast<std::uint64_t>(user_id)) / (kBuckets / kUserShards);
}

}  // namespace confab

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

namespace confab {
namespace {

// "12345678" read as a big-endian number; CRC-32C of those eight characters is 0x6087809A.
TEST(Bucket, IsCrc32cOfTheBigEndianId) {
  EXPECT_EQ(crc32c_big_endian(0x3132333435363738ULL), 0x6087809AU);
  EXPECT_EQ(bucket_of(0x3132333435363738ULL), 0x6087809AU % 1024);
}

}  // namespace
}  // namespace confab
#endif
