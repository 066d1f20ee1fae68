#pragma once

#include <algorithm>
#include <mutex>

#include "auth/domain/signing_key_store.hpp"

namespace confab::auth {

/// Keeps keys in memory, for tests.
struct FakeSigningKeyStore final : SigningKeyStore {
  std::optional<Error> failure;  ///< What every call answers while it is set.
  std::mutex mutex;
  std::vector<SigningKey> keys;

  Result<std::vector<SigningKey>> load() override {
    if (failure) return *failure;
    const std::lock_guard lock(mutex);
    auto sorted = keys;
    std::stable_sort(sorted.begin(), sorted.end(), [](const SigningKey& a, const SigningKey& b) {
      return a.created_at < b.created_at;
    });
    return sorted;
  }

  Result<> add_first(const SigningKey& key) override {
    if (failure) return *failure;
    const std::lock_guard lock(mutex);
    if (keys.empty()) keys.push_back(key);
    return {};
  }

  Result<> rotate(const SigningKey& key, Time retire_at) override {
    if (failure) return *failure;
    const std::lock_guard lock(mutex);
    for (auto& old : keys) {
      if (!old.retired_at) old.retired_at = retire_at;
    }
    keys.push_back(key);
    return {};
  }
};

}  // namespace confab::auth
