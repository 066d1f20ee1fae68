#pragma once

#include <memory>
#include <vector>

#include "gateway/domain/types.hpp"

namespace confab::gateway {

/// The latest entries of a room's log, bounded in number and in bytes of JSON; of a room in which
/// nothing was said it takes no memory of its own.
class RecentEntries {
 public:
  using EntryPtr = std::shared_ptr<const Entry>;

  RecentEntries(std::size_t max_entries, std::size_t max_bytes)
      : max_entries_(max_entries), max_bytes_(max_bytes) {}

  /// `entry` is the next after the last one. The oldest go.
  void push(EntryPtr entry);
  void clear();
  /// Drops the message at `seq` and its edits, and with them whatever is older.
  void forget_message(std::uint64_t seq);

  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] std::size_t size() const { return size_; }
  /// From the oldest, 0.
  [[nodiscard]] const EntryPtr& operator[](std::size_t index) const {
    return ring_[(oldest_ + index) % ring_.size()];
  }
  [[nodiscard]] const EntryPtr& front() const { return (*this)[0]; }

 private:
  void grow();
  void drop_oldest();

  const std::size_t max_entries_;
  const std::size_t max_bytes_;
  std::vector<EntryPtr> ring_;
  std::size_t oldest_ = 0;
  std::size_t size_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace confab::gateway
