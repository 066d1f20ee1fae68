#include "message_store/domain/search_indexer.hpp"

#include <algorithm>

namespace confab::message_store {
namespace {

using std::chrono::milliseconds;

/// A room is not looked at again at once when another process holds it or it has more.
constexpr milliseconds kLeastRest{5};

}  // namespace

void SearchIndexer::touched(std::uint64_t room_id, Time now) {
  const std::lock_guard lock(mutex_);
  if (behind_.count(room_id) > 0) return;
  if (behind_.size() >= options_.max_waiting) {
    sweep_at_once_ = true;
    return;
  }
  enter(room_id, now, next_turn_++);
}

/// Under the lock, as all that follow.
void SearchIndexer::enter(std::uint64_t room_id, Time since, std::uint64_t turn) {
  behind_.emplace(room_id, Waiting{since, turn});
  order_.emplace(turn, room_id);
  since_.insert(since);
}

void SearchIndexer::move_to(Turn& turn, std::map<std::uint64_t, std::uint64_t>::iterator next) {
  const auto room = behind_.find(next->second);
  turn.rooms.push_back(room->first);
  since_.erase(since_.find(room->second.since));
  order_.erase(next);
  turn.waiting.insert(behind_.extract(room));
}

/// Whose turn it is. They are no longer known to be behind, so that what is added to them from now
/// on is noticed.
SearchIndexer::Turn SearchIndexer::take(Time now) {
  Turn turn;
  turn.entries = options_.entries_of_room;
  for (auto next = order_.begin(); next != order_.end() && turn.rooms.size() < rooms_a_step_;) {
    const auto here = next++;
    const auto failing = failing_.find(here->second);
    if (failing == failing_.end()) {
      move_to(turn, here);
    } else if (turn.rooms.empty() && failing->second.again <= now) {
      turn.entries = failing->second.entries;
      move_to(turn, here);
      break;
    }
  }
  return turn;
}

/// Rooms that are still behind, with the time since when; behind all others when they had their
/// turn, else in their place.
void SearchIndexer::put_back(const Turn& turn, const std::vector<std::uint64_t>& rooms, bool last) {
  const std::lock_guard lock(mutex_);
  for (const auto room_id : rooms) {
    const auto& was = turn.waiting.at(room_id);
    // It may have been touched meanwhile.
    if (const auto again = behind_.find(room_id); again != behind_.end()) {
      since_.erase(since_.find(again->second.since));
      order_.erase(again->second.turn);
      behind_.erase(again);
    }
    enter(room_id, was.since, last ? next_turn_++ : was.turn);
  }
}

milliseconds SearchIndexer::step(Time now) {
  Report report;
  Turn turn;
  Time oldest = now;
  {
    const std::lock_guard lock(mutex_);
    if (!since_.empty()) oldest = std::min(now, *since_.begin());
    report.waiting = behind_.size();
    if (std::exchange(sweep_at_once_, false)) sweep_at_ = std::min(sweep_at_, now);
    turn = take(now);
  }
  report.lag = std::chrono::duration_cast<milliseconds>(now - oldest);
  bool swept = false;
  if (!turn.rooms.empty()) {
    const auto done = work(turn, now);
    if (done) report.entries = *done;
    if (!done) report.failure = done.error();
  } else if (now >= sweep_at_ || sweeping_) {
    const auto found = sweep(now);
    swept = found.has_value();
    if (!found) report.failure = found.error();
  }
  report.failing = failing_.size();
  report_(report);
  if (report.failure) return kAfterFailure;
  const std::lock_guard lock(mutex_);
  return swept || behind_.size() > failing_.size() ? kLeastRest : kGather;
}

Result<std::size_t> SearchIndexer::work(const Turn& turn, Time now) {
  const auto done = index_.advance(turn.rooms, turn.entries);
  if (done) {
    put_back(turn, done->not_reached, false);
    put_back(turn, done->unfinished, true);
    rooms_a_step_ = std::min(options_.rooms_a_step, 2 * rooms_a_step_);
    if (turn.rooms.size() == 1) failing_.erase(turn.rooms.front());
    return done->entries;
  }
  const bool alone = turn.rooms.size() == 1;
  put_back(turn, turn.rooms, alone);
  if (alone) fail_alone(turn.rooms.front(), turn.entries, now);
  rooms_a_step_ = std::max<std::size_t>(1, turn.rooms.size() / 2);
  return done.error();
}

void SearchIndexer::fail_alone(std::uint64_t room_id, std::size_t entries, Time now) {
  auto& failing = failing_[room_id];
  failing.entries = std::max<std::size_t>(1, entries / 2);
  failing.pause = std::clamp(2 * failing.pause, kAfterFailure, options_.longest_wait);
  failing.again = now + failing.pause;
}

/// Looks at the next rooms of all.
Result<std::size_t> SearchIndexer::sweep(Time now) {
  sweeping_ = true;
  const auto found = index_.behind(swept_to_, options_.rooms_a_sweep_step);
  if (!found) return found.error();
  for (const auto room_id : found->rooms) touched(room_id, now);
  swept_to_ = found->last;
  if (swept_to_ == 0) {
    sweeping_ = false;
    sweep_at_ = now + options_.sweep;
  }
  return found->rooms.size();
}

IndexerThread::IndexerThread(SearchIndexer& indexer)
    : thread_([this, &indexer](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
          const auto begun = std::chrono::steady_clock::now();
          const auto least = indexer.step(begun);
          const auto rest =
              std::max(least, indexer.rest_after(std::chrono::steady_clock::now() - begun));
          std::unique_lock lock(mutex_);
          wake_.wait_for(lock, stop, rest, [] { return false; });
        }
      }) {}

void IndexedEvents::committed(std::span<const Entry> entries, std::span<const std::string> json) {
  const auto now = std::chrono::steady_clock::now();
  std::uint64_t last = 0;
  for (const auto& entry : entries) {
    if (entry.room_id != last) indexer_.touched(entry.room_id, now);
    last = entry.room_id;
  }
  events_.committed(entries, json);
}

}  // namespace confab::message_store

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

#include "message_store/domain/fakes.hpp"

namespace confab::message_store {
namespace {

using Ids = std::vector<std::uint64_t>;

struct FakeSearchIndex final : SearchIndex {
  std::map<std::uint64_t, int> left;  // Entries not indexed, by room; a step takes one of each.
  std::vector<Ids> steps;
  std::optional<Error> failure;
  std::function<bool(const Ids&, std::size_t)> fails = [](auto&&...) { return false; };
  std::size_t most_rooms = 100;

  Result<IndexedRooms> advance(std::span<const std::uint64_t> rooms, std::size_t entries) override {
    if (failure) return *failure;
    steps.emplace_back(rooms.begin(), rooms.end());
    if (fails(steps.back(), entries)) return Error{ErrorCode::unavailable, "too slow"};
    IndexedRooms done;
    if (rooms.size() > most_rooms) {
      done.not_reached.assign(rooms.begin() + static_cast<std::ptrdiff_t>(most_rooms), rooms.end());
      rooms = rooms.first(most_rooms);
    }
    for (const auto room : rooms) {
      if (left[room] > 0) {
        --left[room];
        ++done.entries;
      }
      if (left[room] > 0) done.unfinished.push_back(room);
    }
    return done;
  }
  Result<Behind> behind(std::uint64_t after, std::uint32_t limit) override {
    if (failure) return *failure;
    Behind found;
    std::uint32_t looked_at = 0;
    for (const auto& [room, entries] : left) {
      if (room <= after) continue;
      if (looked_at++ == limit) return found;
      found.last = room;
      if (entries > 0) found.rooms.push_back(room);
    }
    found.last = 0;
    return found;
  }
};

struct SearchIndexerTest : testing::Test {
  FakeSearchIndex index;
  std::vector<SearchIndexer::Report> reports;
  IndexerOptions options{.max_waiting = 3, .rooms_a_step = 2, .rooms_a_sweep_step = 2};
  SearchIndexer indexer{index, options, [this](const auto& report) { reports.push_back(report); }};
  SearchIndexer::Time now{std::chrono::hours(1)};

  int left() const {
    int sum = 0;
    for (const auto& [room, entries] : index.left) sum += entries;
    return sum;
  }
  milliseconds step() { return indexer.step(now += milliseconds(1)); }
};

TEST_F(SearchIndexerTest, TakesRoomsInTheOrderInWhichTheyFellBehind) {
  index.left = {{1, 1}, {2, 1}, {3, 2}};
  indexer.touched(3, now);
  indexer.touched(1, now + milliseconds(1));
  indexer.touched(3, now + milliseconds(2));
  indexer.touched(2, now + milliseconds(2));
  step();
  step();
  EXPECT_EQ(index.steps, (std::vector<Ids>{{3, 1}, {2, 3}}));
  EXPECT_EQ(left(), 0);
}

TEST_F(SearchIndexerTest, LeavesARoomItDidNotReachItsPlace) {
  index.left = {{1, 2}, {2, 1}, {3, 1}};
  index.most_rooms = 1;
  for (const std::uint64_t room : {1, 2, 3}) indexer.touched(room, now);
  for (int i = 0; i < 4; ++i) step();
  EXPECT_EQ(index.steps, (std::vector<Ids>{{1, 2}, {2, 3}, {3, 1}, {1}}));
  EXPECT_EQ(left(), 0);
}

TEST_F(SearchIndexerTest, LetsNoRoomThatFailsKeepTheOthersFromTheirTurn) {
  index.fails = [](const Ids& rooms, std::size_t) {
    return std::find(rooms.begin(), rooms.end(), 3) != rooms.end();
  };
  for (std::uint64_t room = 1; room <= 9; ++room) index.left[room] = room == 3 ? 1 : 2;
  for (int i = 0; i < 60; ++i) step();
  EXPECT_EQ(left(), 1);
  EXPECT_EQ(reports.back().failing, 1U);
  EXPECT_EQ(reports.back().waiting, 1U);
  index.fails = [](auto&&...) { return false; };
  now += options.longest_wait;
  step();
  EXPECT_EQ(left(), 0);
  step();
  EXPECT_EQ(reports.back().failing, 0U);
  EXPECT_EQ(reports.back().lag.count(), 0);
}

TEST_F(SearchIndexerTest, WaitsLongerAndLongerForARoomThatFails) {
  index.fails = [](auto&&...) { return true; };
  index.left[1] = 1;
  indexer.touched(1, now);
  for (int i = 0; i < 1000; ++i) now += milliseconds(500), step();
  // 1, 2, 4 ... 32 s, then each minute.
  EXPECT_LT(index.steps.size(), 20U);
  EXPECT_GT(index.steps.size(), 10U);
  EXPECT_GT(reports.back().lag, std::chrono::seconds(490)) << "it still is behind";
}

TEST_F(SearchIndexerTest, TriesWithFewerEntriesOfARoomThatFails) {
  std::vector<std::size_t> tried;
  index.fails = [&](const Ids&, std::size_t entries) {
    tried.push_back(entries);
    return entries > 10;
  };
  index.left[1] = 1;
  indexer.touched(1, now);
  for (int i = 0; i < 10; ++i) now += std::chrono::seconds(10), step();
  EXPECT_EQ(tried, (std::vector<std::size_t>{50, 25, 12, 6}));
  EXPECT_EQ(left(), 0);
}

TEST_F(SearchIndexerTest, FindsAtTheStartWhatADeadProcessLeft) {
  index.left = {{1, 1}, {2, 0}, {3, 0}, {4, 1}, {5, 1}};
  for (int i = 0; i < 10; ++i) step();
  EXPECT_EQ(left(), 0);
  EXPECT_EQ(step(), SearchIndexer::kGather);
}

TEST_F(SearchIndexerTest, SweepsAgainForRoomsThatHadNoPlace) {
  for (int i = 0; i < 10; ++i) step();
  for (std::uint64_t room = 1; room <= 5; ++room) {
    index.left[room] = 1;
    indexer.touched(room, now);
  }
  for (int i = 0; i < 10; ++i) step();
  EXPECT_EQ(left(), 0);
}

TEST_F(SearchIndexerTest, SweepsEveryFewMinutes) {
  for (int i = 0; i < 3; ++i) step();
  index.left[7] = 1;
  step();
  EXPECT_EQ(left(), 1);
  now += options.sweep;
  step();
  step();
  EXPECT_EQ(left(), 0);
}

TEST_F(SearchIndexerTest, TriesAgainWhatFailedAndSaysHowFarItIsBehind) {
  index.left = {{1, 1}};
  indexer.touched(1, now);
  index.failure = Error{ErrorCode::unavailable, "away"};
  now += std::chrono::seconds(4);
  EXPECT_EQ(step(), SearchIndexer::kAfterFailure);
  EXPECT_TRUE(reports.back().failure);
  index.failure.reset();
  now += std::chrono::seconds(4);
  step();
  EXPECT_GT(reports.back().lag, std::chrono::seconds(8));
  EXPECT_EQ(reports.back().entries, 1U);
  EXPECT_EQ(left(), 0);
}

TEST_F(SearchIndexerTest, RestsForItsShareOfTheTime) {
  EXPECT_EQ(indexer.rest_after(milliseconds(10)), milliseconds(90));
}

TEST_F(SearchIndexerTest, IsToldOfEveryRoomThatGatewaysAreToldOf) {
  RecordingEvents events;
  IndexedEvents indexed(events, indexer);
  std::vector<Entry> entries(3);
  entries[0].room_id = entries[1].room_id = 4;
  entries[2].room_id = 5;
  indexed.committed(entries, std::vector<std::string>(3));
  EXPECT_EQ(events.told().size(), 3U);
  now = std::chrono::steady_clock::now() + std::chrono::seconds(1);
  step();
  EXPECT_EQ(index.steps, (std::vector<Ids>{{4, 5}}));
}

}  // namespace
}  // namespace confab::message_store
#endif
