#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace confab::ctl {

/// Numbers that look random and follow from a seed alone: SplitMix64. Of the standard library's
/// generators and distributions not all give the same numbers everywhere.
class Numbers {
 public:
  explicit Numbers(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    auto mixed = state_ += 0x9E3779B97F4A7C15;
    mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
    return mixed ^ (mixed >> 31);
  }

  /// 0 to end - 1; `end` is not 0.
  std::size_t below(std::size_t end) { return static_cast<std::size_t>(next() % end); }
  bool one_in(std::size_t cases) { return below(cases) == 0; }

  template <typename Items>
  const auto& pick(const Items& items) {
    return items[below(std::size(items))];
  }

  void shuffle(std::vector<std::size_t>& cards) {
    for (auto left = cards.size(); left > 1; --left) {
      std::swap(cards[left - 1], cards[next() % left]);
    }
  }

 private:
  std::uint64_t state_;
};

/// FNV-1a.
[[nodiscard]] inline std::uint64_t hash_of(std::string_view text) {
  std::uint64_t out = 0xCBF29CE484222325;
  for (const char byte : text) {
    out = (out ^ static_cast<unsigned char>(byte)) * 0x100000001B3;
  }
  return out;
}

/// 8 letters and digits; without 0, O, I and l, which people mix up when they type a gid.
[[nodiscard]] inline std::string make_gid(Numbers& numbers) {
  constexpr std::string_view kAlphabet =
      "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
  std::string gid;
  for (auto letters = numbers.next(); gid.size() < 8; letters /= kAlphabet.size()) {
    gid += kAlphabet[letters % kAlphabet.size()];
  }
  return gid;
}

}  // namespace confab::ctl
