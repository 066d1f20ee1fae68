#pragma once

#include <deque>
#include <map>
#include <memory>
#include <utility>

#include "gateway/domain/room_ports.hpp"

namespace confab::gateway {

/// Moves read positions forward in the store: at most one write a user and room in kSpacing, and
/// one batch at a time. The first mark is written at once; those that come within the spacing
/// become one write at its end, and each is answered once it is stored. Event loop only.
class ReadMarks {
 public:
  static constexpr std::chrono::milliseconds kSpacing{1000};
  static constexpr std::size_t kMaxBatch = 500;
  /// Users and rooms that wait for a write or have had one within kSpacing; more: overloaded.
  static constexpr std::size_t kMaxKept = 50'000;

  ReadMarks(RoomStore& store, Loop& loop) : store_(store), loop_(loop) {}

  /// Where the user stands now, in the store: `seq`, or beyond it, or the room's end. not_a_member.
  [[nodiscard]] Task<Result<std::uint64_t>> read(User user, std::uint64_t room_id,
                                                 std::uint64_t seq);

 private:
  using Time = std::chrono::steady_clock::time_point;
  using Key = std::pair<std::int64_t, std::uint64_t>;  // User and room.
  /// A write to come or under way, and those who wait for it.
  struct Write {
    std::shared_ptr<Gate> over;
    Result<std::uint64_t> outcome = 0;
  };
  using WritePtr = std::shared_ptr<Write>;
  struct Kept {
    User user;
    std::uint64_t wanted = 0;
    std::uint64_t stored = 0;  ///< As the last write found.
    WritePtr next;             ///< Null: nothing waits.
    Time free_at{};            ///< When the next write may begin.
  };

  void plan(const Key& key, Kept& kept);
  void write_soon(const Key& key);
  [[nodiscard]] Task<> write_all();
  [[nodiscard]] Task<> write_batch();
  void forget_old();

  RoomStore& store_;
  Loop& loop_;
  std::map<Key, Kept> kept_;
  std::deque<Key> due_;
  std::deque<std::pair<Time, Key>> by_age_;
  bool writing_ = false;
};

}  // namespace confab::gateway
