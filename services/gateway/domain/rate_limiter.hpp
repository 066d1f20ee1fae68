#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <unordered_map>

#include "gateway/domain/token_bucket.hpp"

namespace confab::gateway {

/// Whom a limit counts for: a user, a user in a room, an address. Two limits never share a table.
struct LimitKey {
  std::uint64_t high = 0;
  std::uint64_t low = 0;

  friend bool operator==(const LimitKey&, const LimitKey&) = default;

  [[nodiscard]] std::uint64_t hash() const {
    auto mixed = (high ^ 0x9E3779B97F4A7C15ULL) * 0xBF58476D1CE4E5B9ULL + low;
    mixed = (mixed ^ (mixed >> 29)) * 0x94D049BB133111EBULL;
    return mixed ^ (mixed >> 32);
  }
};

struct LimitKeyHash {
  std::size_t operator()(const LimitKey& key) const { return key.hash(); }
};

/// One Rate for each of many keys. In memory only: with N gateways a key has N times the rate, and
/// a restart forgets. Thread-safe; each call holds one of many locks for a look into a hash table.
class RateLimiter {
 public:
  using Time = TokenBucket::Time;

  /// Keys remembered at once. A key that does not fit is not limited until others are forgotten,
  /// which they are once their tokens are all back.
  static constexpr std::size_t kMostKeys = 256 * 1024;

  explicit RateLimiter(Rate rate, std::size_t most_keys = kMostKeys)
      : rate_(rate), most_in_shard_(std::max<std::size_t>(most_keys / kShards, 1)) {}

  [[nodiscard]] const Rate& rate() const { return rate_; }

  /// Takes a token, or takes nothing and tells how long until there is one: never 0 then.
  [[nodiscard]] std::chrono::milliseconds take(const LimitKey& key, Time now);
  /// As take(), and takes nothing.
  [[nodiscard]] std::chrono::milliseconds wait(const LimitKey& key, Time now);
  void give_back(const LimitKey& key);

  [[nodiscard]] std::size_t keys() const;

 private:
  static constexpr std::size_t kShards = 64;

  struct Shard {
    mutable std::mutex mutex;  // Guards the others.
    std::unordered_map<LimitKey, TokenBucket, LimitKeyHash> buckets;
    Time next_sweep{};
  };

  [[nodiscard]] Shard& shard_of(const LimitKey& key) { return shards_[key.hash() >> 58U]; }
  /// Null when the key does not fit.
  [[nodiscard]] TokenBucket* bucket_of(Shard& shard, const LimitKey& key, Time now) const;

  const Rate rate_;
  const std::size_t most_in_shard_;
  std::array<Shard, kShards> shards_;
};

}  // namespace confab::gateway
