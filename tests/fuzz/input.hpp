#pragma once

// How a fuzz target is fed, and how it says that a rule does not hold.

#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace confab::fuzz {

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// A broken rule is a crash, which the fuzzer reports with its input.
inline void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace confab::fuzz
