#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <unordered_map>

#include "common/base/random.hpp"
#include "message_store/domain/webhook.hpp"

namespace confab::message_store {

/// The rooms of one endpoint that are to be delivered, and which is next: at most one request a
/// room, a few in all, each room in its turn. After a failure the endpoint rests, longer each time,
/// and then gets one request at a time until one succeeds. A room that fails alone goes to the back
/// and rests longer by itself, so that it does not hold up the others. Not thread-safe.
class WebhookQueue {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// More rooms than this are left to the next scan.
  static constexpr std::size_t kMostRooms = 20'000;
  /// The longest that an endpoint is obeyed when it asks for time.
  static constexpr std::chrono::milliseconds kLongestRetryAfter{3'600'000};

  /// After a failure; doubled after each further one.
  struct Rests {
    std::chrono::milliseconds first{1000};
    std::chrono::milliseconds longest{60'000};
  };

  struct Turn {
    std::uint64_t room_id = 0;
    std::optional<std::uint64_t> cursor;  ///< Where known.
    std::uint64_t until = 0;  ///< Send up to here, as the last time; 0: as much as there is.
  };

  WebhookQueue(std::size_t in_flight, Rests rests, Random& random)
      : in_flight_(in_flight), rests_(rests), random_(random) {}

  /// The room's log reaches `head`. False when there are too many rooms.
  bool mark(std::uint64_t room_id, std::uint64_t head, std::int64_t since_ms,
            std::optional<std::uint64_t> cursor = std::nullopt);

  /// A room to deliver now; one of the four below must follow.
  [[nodiscard]] std::optional<Turn> next(Time now);

  /// All up to `cursor` is delivered. What is left was stored at `since_ms`, or later.
  void delivered(std::uint64_t room_id, std::uint64_t cursor, std::int64_t since_ms);
  /// Sending the entries up to `until` failed.
  void failed(std::uint64_t room_id, std::optional<std::uint64_t> cursor, std::uint64_t until,
              Time now, std::chrono::milliseconds retry_after);
  /// It could not be looked at; the others are before it.
  void unreadable(std::uint64_t room_id, Time now);
  /// It does not exist.
  void drop(std::uint64_t room_id);

  /// A request succeeded.
  void endpoint_works() { failures_ = 0; }
  void clear();

  [[nodiscard]] bool half_full() const { return rooms_.size() >= kMostRooms / 2; }
  [[nodiscard]] bool empty() const { return rooms_.empty(); }
  [[nodiscard]] std::size_t running() const { return running_; }
  /// When next() may give something without anything else happening; max() if never.
  [[nodiscard]] Time due() const;

  struct Behind {
    std::uint64_t entries = 0;  ///< At least; a room of unknown cursor counts as one.
    std::int64_t since_ms = 0;  ///< 0: nothing waits.
  };
  [[nodiscard]] Behind behind() const;

 private:
  struct Room {
    std::uint64_t head = 0;
    std::optional<std::uint64_t> cursor;
    std::uint64_t until = 0;
    std::int64_t since_ms = 0;
    unsigned failures = 0;
  };

  [[nodiscard]] std::chrono::milliseconds rest(unsigned failures) const;
  [[nodiscard]] std::size_t allowed() const { return failures_ > 0 ? 1 : in_flight_; }

  const std::size_t in_flight_;
  const Rests rests_;
  Random& random_;
  std::unordered_map<std::uint64_t, Room> rooms_;
  std::deque<std::uint64_t> ready_;
  std::multimap<Time, std::uint64_t> resting_;
  std::size_t running_ = 0;
  unsigned failures_ = 0;  ///< Of the endpoint, in a row.
  Time rests_until_ = Time::min();
};

}  // namespace confab::message_store
