#pragma once

#include <cstdint>

namespace confab::gateway {

/// Numbers what clients are told on one event loop, in the order in which it leaves: 1, 2, 3 … So
/// what a client has confirmed up to some moment is one number for all of its rooms.
class Marks {
 public:
  /// Of what is told now; never the same twice.
  [[nodiscard]] std::uint64_t next() { return ++last_; }
  [[nodiscard]] std::uint64_t last() const { return last_; }

 private:
  std::uint64_t last_ = 0;
};

}  // namespace confab::gateway
