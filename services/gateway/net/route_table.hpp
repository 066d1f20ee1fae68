#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace confab::gateway {

/// Values by path prefix, whole path segments only; the longest prefix wins. "/a" and "/a/" are
/// one prefix, and "/" is the prefix of everything.
template <typename T>
class RouteTable {
 public:
  void add(std::string prefix, T value) {
    if (prefix.ends_with('/')) prefix.pop_back();
    routes_.emplace_back(std::move(prefix), std::move(value));
    std::stable_sort(routes_.begin(), routes_.end(),
                     [](const auto& a, const auto& b) { return a.first.size() > b.first.size(); });
  }

  /// Null when no prefix fits.
  [[nodiscard]] const T* find(std::string_view path) const {
    for (const auto& [prefix, value] : routes_) {
      if (!path.starts_with(prefix)) continue;
      if (path.size() == prefix.size() || path[prefix.size()] == '/') return &value;
    }
    return nullptr;
  }

 private:
  std::vector<std::pair<std::string, T>> routes_;  ///< Longest prefix first.
};

}  // namespace confab::gateway
