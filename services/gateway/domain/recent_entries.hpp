#pragma once

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "gateway/domain/types.hpp"

namespace confab::gateway {

/// The latest entries of a room's log, bounded in number and in bytes of JSON; of a room in which
/// nothing was said it takes no memory of its own. Knows when each was told to who listens, by
/// Marks.
class RecentEntries {
 public:
  using EntryPtr = std::shared_ptr<const Entry>;

  /// `total`, where given, counts the memory that they take with those of other rooms.
  RecentEntries(std::size_t max_entries, std::size_t max_bytes,
                std::shared_ptr<std::size_t> total = nullptr)
      : max_entries_(max_entries), max_bytes_(max_bytes), total_(std::move(total)) {}
  ~RecentEntries() { clear(); }
  RecentEntries(const RecentEntries&) = delete;
  RecentEntries& operator=(const RecentEntries&) = delete;

  /// `entry` is the next after the last one. The oldest go.
  void push(EntryPtr entry);
  /// They go for good: what was told of them is not known any more.
  void clear();
  /// Those pushed since the last call, and what went since, are told by this.
  void mark_told(std::uint64_t mark);
  /// The marks of those told after `mark`, in order; they end with the latest that was told.
  /// Nothing when one of them has gone.
  [[nodiscard]] std::optional<std::vector<std::uint64_t>> told_after(std::uint64_t mark) const;
  /// Drops all of them and gives their memory back.
  void forget_all();
  /// Drops the message at `seq` and its edits, and with them whatever is older.
  void forget_message(std::uint64_t seq);

  /// Of the latest that was told, or of the last that went; 0 when there was none.
  [[nodiscard]] std::uint64_t last_told() const;

  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] std::size_t size() const { return size_; }
  /// From the oldest, 0.
  [[nodiscard]] const EntryPtr& operator[](std::size_t index) const { return slot(index).entry; }
  [[nodiscard]] const EntryPtr& front() const { return (*this)[0]; }

 private:
  struct Slot {
    EntryPtr entry;
    std::uint64_t told = 0;  ///< 0: not yet.
  };

  [[nodiscard]] const Slot& slot(std::size_t index) const {
    return ring_[(oldest_ + index) % ring_.size()];
  }
  void grow();
  void drop_oldest();
  void free_ring();
  void take_memory(std::size_t bytes) {
    if (total_) *total_ += bytes;
  }
  void free_memory(std::size_t bytes) {
    if (total_) *total_ -= bytes;
  }

  const std::size_t max_entries_;
  const std::size_t max_bytes_;
  const std::shared_ptr<std::size_t> total_;
  std::vector<Slot> ring_;
  std::size_t oldest_ = 0;
  std::size_t size_ = 0;
  std::size_t bytes_ = 0;
  std::size_t untold_ = 0;            ///< The latest of them.
  std::uint64_t last_gone_told_ = 0;  ///< Of the last that went; 0 when none did.
  bool untold_gone_ = false;
};

}  // namespace confab::gateway
