#pragma once

#include <cstdint>
#include <string>

namespace confab {

/// Source of randomness that is an input, so that tests can repeat it. Thread-safe.
class Random {
 public:
  virtual ~Random() = default;

  /// `count` bytes fit for secrets.
  [[nodiscard]] virtual std::string bytes(std::size_t count) = 0;

  [[nodiscard]] std::uint64_t u64();
};

/// The kernel's generator.
class SystemRandom final : public Random {
 public:
  [[nodiscard]] std::string bytes(std::size_t count) override;
};

}  // namespace confab
