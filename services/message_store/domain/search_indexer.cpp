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
  if (since_.count(room_id) > 0) return;
  if (since_.size() >= options_.max_waiting) {
    sweep_at_once_ = true;
    return;
  }
  since_.emplace(room_id, now);
  order_.emplace(now, room_id);
}

/// Whose turn it is. They are no longer known to be behind, so that what is added to them from now
/// on is noticed.
std::vector<std::uint64_t> SearchIndexer::take() {
  std::vector<std::uint64_t> rooms;
  while (!order_.empty() && rooms.size() < options_.rooms_a_step) {
    rooms.push_back(order_.begin()->second);
    since_.erase(rooms.back());
    order_.erase(order_.begin());
  }
  return rooms;
}

void SearchIndexer::give_back(const std::vector<std::uint64_t>& rooms, Time now) {
  for (const auto room_id : rooms) touched(room_id, now);
}

milliseconds SearchIndexer::step(Time now) {
  Report report;
  std::vector<std::uint64_t> rooms;
  Time oldest = now;
  {
    const std::lock_guard lock(mutex_);
    if (!order_.empty()) oldest = std::min(now, order_.begin()->first);
    report.waiting = since_.size();
    if (std::exchange(sweep_at_once_, false)) sweep_at_ = std::min(sweep_at_, now);
    rooms = take();
  }
  report.lag = std::chrono::duration_cast<milliseconds>(now - oldest);
  bool swept = false;
  if (!rooms.empty()) {
    const auto done = index_.advance(rooms);
    // With the time at which they fell behind, so that it is still their turn.
    give_back(done ? done->unfinished : rooms, oldest);
    if (done) report.entries = done->entries;
    if (!done) report.failure = done.error();
  } else if (now >= sweep_at_ || sweeping_) {
    const auto found = sweep(now);
    swept = found.has_value();
    if (!found) report.failure = found.error();
  }
  report_(report);
  if (report.failure) return kAfterFailure;
  const std::lock_guard lock(mutex_);
  return swept || !order_.empty() ? kLeastRest : kGather;
}

/// Looks at the next rooms of all.
Result<std::size_t> SearchIndexer::sweep(Time now) {
  sweeping_ = true;
  const auto found = index_.behind(swept_to_, options_.rooms_a_sweep_step);
  if (!found) return found.error();
  give_back(found->rooms, now);
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

  Result<IndexedRooms> advance(std::span<const std::uint64_t> rooms) override {
    if (failure) return *failure;
    steps.emplace_back(rooms.begin(), rooms.end());
    IndexedRooms done;
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
  EXPECT_EQ(index.steps, (std::vector<Ids>{{3, 1}, {3, 2}}));
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
