#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "message_store/domain/ports.hpp"
#include "message_store/domain/search_ports.hpp"

namespace confab::message_store {

struct IndexerOptions {
  /// Rooms known to be behind; a sweep finds those that have no place.
  std::size_t max_waiting = 100'000;
  /// At most; less after a step that failed, until steps succeed again.
  std::size_t rooms_a_step = 100;
  std::size_t entries_of_room = 50;  ///< That one step takes; less where a room failed alone.
  /// The part of the time in which it may work, so that it does not slow sends down: 0.01 to 1.
  double share = 0.1;
  /// Between two sweeps over all rooms.
  std::chrono::milliseconds sweep{std::chrono::minutes(5)};
  std::uint32_t rooms_a_sweep_step = 5000;
  /// The longest that a room waits which failed alone, again and again.
  std::chrono::milliseconds longest_wait{std::chrono::minutes(1)};
};

/// Keeps the index of messages near the rooms' logs: asynchronously, so that a send costs a look
/// into a set. Rooms are worked off in the order in which they fell behind, and one that has more
/// than fits into a step goes behind the others. What a process that died did not get to, and what
/// did not fit into the set, a sweep over all rooms finds, at the start and every few minutes.
///
/// A step that fails is repeated with half of its rooms, down to one: so no room keeps the others
/// from their turn. One that fails alone is tried with fewer entries, alone, and after longer and
/// longer.
///
/// touched() is thread-safe and never blocks on storage; step() is for one thread at a time.
class SearchIndexer {
 public:
  using Time = std::chrono::steady_clock::time_point;
  struct Report {
    std::size_t waiting = 0;           ///< Rooms known to be behind.
    std::size_t failing = 0;           ///< Of them, those that failed when they were tried alone.
    std::chrono::milliseconds lag{0};  ///< How long the longest of them is.
    std::size_t entries = 0;           ///< Taken into the index by this step.
    std::optional<Error> failure{};
  };

  SearchIndexer(SearchIndex& index, IndexerOptions options,
                std::function<void(const Report&)> report)
      : index_(index), options_(options), report_(std::move(report)) {}

  /// Something was added to the room's log.
  void touched(std::uint64_t room_id, Time now);

  /// Indexes some rooms, or looks for some. How long to rest before the
  /// next step.
  [[nodiscard]] std::chrono::milliseconds step(Time now);

  /// The rest that keeps it to its share of the time after it worked for so long.
  [[nodiscard]] std::chrono::milliseconds rest_after(std::chrono::nanoseconds worked) const {
    const auto rest = std::chrono::duration<double, std::nano>(worked) * (1 / options_.share - 1);
    return std::chrono::duration_cast<std::chrono::milliseconds>(rest);
  }

  /// The rest when nothing is left to do: what comes meanwhile is indexed together, which costs
  /// less than each by itself.
  static constexpr std::chrono::milliseconds kGather{200};
  static constexpr std::chrono::milliseconds kAfterFailure{1000};

 private:
  /// A room that is behind.
  struct Waiting {
    Time since;
    std::uint64_t turn = 0;  ///< Lower is sooner.
  };
  using Rooms = std::map<std::uint64_t, Waiting>;
  /// A room that failed alone.
  struct Failing {
    Time again;
    std::chrono::milliseconds pause{0};
    std::size_t entries = 0;  ///< To try with.
  };
  /// What a step works on.
  struct Turn {
    std::vector<std::uint64_t> rooms;
    Rooms waiting;  ///< The same.
    std::size_t entries = 0;
  };

  [[nodiscard]] Turn take(Time now);
  void move_to(Turn& turn, std::map<std::uint64_t, std::uint64_t>::iterator next);
  void put_back(const Turn& turn, const std::vector<std::uint64_t>& rooms, bool last);
  void enter(std::uint64_t room_id, Time since, std::uint64_t turn);
  [[nodiscard]] Result<std::size_t> work(const Turn& turn, Time now);
  void fail_alone(std::uint64_t room_id, std::size_t entries, Time now);
  [[nodiscard]] Result<std::size_t> sweep(Time now);

  SearchIndex& index_;
  const IndexerOptions options_;
  std::function<void(const Report&)> report_;
  mutable std::mutex mutex_;                      // Guards the five below.
  Rooms behind_;                                  // Rooms behind.
  std::map<std::uint64_t, std::uint64_t> order_;  // Them by their turns.
  std::multiset<Time> since_;                     // Since when each is.
  std::uint64_t next_turn_ = 0;
  bool sweep_at_once_ = true;
  std::size_t rooms_a_step_ = options_.rooms_a_step;  // Of step() alone, as the next.
  std::map<std::uint64_t, Failing> failing_;
  Time sweep_at_{};
  std::uint64_t swept_to_ = 0;
  bool sweeping_ = false;
};

/// Runs the steps of an indexer on a thread of its own, until destroyed.
class IndexerThread {
 public:
  explicit IndexerThread(SearchIndexer& indexer);

 private:
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::jthread thread_;
};

/// Events on their way to the gateways: tells the indexer of each room in which something was
/// committed.
class IndexedEvents final : public Events {
 public:
  IndexedEvents(Events& events, SearchIndexer& indexer) : events_(events), indexer_(indexer) {}

  void committed(std::span<const Entry> entries, std::span<const std::string> json) override;
  void notify(const UserNotice& notice) override { events_.notify(notice); }
  void receipts(std::span<const Receipt> receipts) override { events_.receipts(receipts); }

 private:
  Events& events_;
  SearchIndexer& indexer_;
};

}  // namespace confab::message_store
