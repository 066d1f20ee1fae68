#pragma once

#include <cstring>
#include <deque>
#include <mutex>

#include "common/base/clock.hpp"
#include "common/base/random.hpp"
#include "message_store/domain/ports.hpp"

namespace confab::message_store {

/// Keeps what gateways would be told, in order. Thread-safe.
class RecordingEvents final : public Events {
 public:
  void committed(std::span<const Entry> entries, std::span<const std::string> json) override {
    const std::lock_guard lock(mutex_);
    for (std::size_t i = 0; i < entries.size(); ++i) {
      told_.push_back("entry " + std::to_string(entries[i].seq));
      json_.push_back(json[i]);
    }
  }
  void notify(const UserNotice& notice) override {
    const std::lock_guard lock(mutex_);
    told_.push_back((notice.added ? "added " : "removed ") + std::to_string(notice.user_id));
    notices_.push_back(notice);
  }

  void receipts(std::span<const Receipt> receipts) override {
    const std::lock_guard lock(mutex_);
    for (const auto& one : receipts) {
      told_.push_back("read " + std::to_string(one.reader.id) + " " + std::to_string(one.seq));
    }
  }

  /// "entry <seq>", "added <user>", "removed <user>", "read <user> <seq>".
  [[nodiscard]] std::vector<std::string> told() const { return copy(told_); }
  [[nodiscard]] std::vector<std::string> json() const { return copy(json_); }
  [[nodiscard]] std::vector<UserNotice> notices() const { return copy(notices_); }

 private:
  template <typename T>
  T copy(const T& kept) const {
    const std::lock_guard lock(mutex_);
    return kept;
  }

  mutable std::mutex mutex_;
  std::vector<std::string> told_;
  std::vector<std::string> json_;
  std::vector<UserNotice> notices_;
};

/// The numbers it was given, then others that never repeat. Thread-safe.
class ScriptedRandom final : public Random {
 public:
  void next(std::uint64_t number) {
    const std::lock_guard lock(mutex_);
    numbers_.push_back(number);
  }

  std::string bytes(std::size_t count) override {
    const std::lock_guard lock(mutex_);
    std::string out;
    while (out.size() < count) {
      std::uint64_t number = ++count_ * 0x9E3779B97F4A7C15ULL;
      if (!numbers_.empty()) {
        number = numbers_.front();
        numbers_.pop_front();
      }
      out.append(reinterpret_cast<const char*>(&number), sizeof number);
    }
    out.resize(count);
    return out;
  }

 private:
  std::mutex mutex_;
  std::deque<std::uint64_t> numbers_;
  std::uint64_t count_ = 0;
};

/// Stands still until it is set.
class ManualClock final : public Clock {
 public:
  [[nodiscard]] std::chrono::system_clock::time_point now() const override { return time; }

  std::chrono::system_clock::time_point time{std::chrono::seconds(1'800'000'000)};
};

}  // namespace confab::message_store
