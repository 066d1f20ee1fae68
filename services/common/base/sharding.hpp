#pragma once

#include <cstdint>

namespace confab {

/// How many buckets ids are spread over, for ever: the map from bucket to server is configuration,
/// the map from id to bucket is not.
inline constexpr std::uint32_t kBuckets = 1024;

/// crc32c (Castagnoli) of the id's eight bytes, most significant first, modulo kBuckets.
[[nodiscard]] std::uint32_t bucket_of(std::uint64_t id);

/// Notices to users travel on this many channels; every gateway hears all of them.
inline constexpr std::uint32_t kUserShards = 16;

/// The channel of the user, 0 to kUserShards - 1.
[[nodiscard]] std::uint32_t user_shard(std::int64_t user_id);

/// The bucket that says at which Redis server the channel is.
[[nodiscard]] constexpr std::uint32_t bucket_of_user_shard(std::uint32_t shard) {
  return shard * (kBuckets / kUserShards);
}

}  // namespace confab
