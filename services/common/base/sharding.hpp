#pragma once

#include <cstdint>

namespace confab {

/// How many buckets ids are spread over, for ever: the map from bucket to server is configuration,
/// the map from id to bucket is not.
inline constexpr std::uint32_t kBuckets = 1024;

/// crc32c (Castagnoli) of the id's eight bytes, most significant first, modulo kBuckets.
[[nodiscard]] std::uint32_t bucket_of(std::uint64_t id);

}  // namespace confab
