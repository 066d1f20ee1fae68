#include "common/base/sharding.hpp"

#include <array>

namespace confab {
namespace {

constexpr std::array<std::uint32_t, 256> make_crc32c_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) {
      value = (value >> 1) ^ ((value & 1) != 0 ? 0x82F63B78U : 0U);
    }
    table[i] = value;
  }
  return table;
}

constexpr auto kCrc32cTable = make_crc32c_table();

std::uint32_t crc32c_big_endian(std::uint64_t id) {
  std::uint32_t crc = 0xFFFFFFFFU;
  for (int shift = 56; shift >= 0; shift -= 8) {
    const auto octet = static_cast<std::uint8_t>(id >> shift);
    crc = (crc >> 8) ^ kCrc32cTable[(crc ^ octet) & 0xFF];
  }
  return ~crc;
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
