#include "gateway/domain/recent_entries.hpp"

#include <algorithm>
#include <utility>

namespace confab::gateway {
namespace {

/// With the control block of its pointer.
std::size_t memory_of(const Entry& entry) { return sizeof entry + 32 + entry.json.size(); }

}  // namespace

void RecentEntries::push(EntryPtr entry) {
  if (size_ == max_entries_) drop_oldest();
  if (size_ == ring_.size()) grow();
  bytes_ += entry->json.size();
  take_memory(memory_of(*entry));
  ring_[(oldest_ + size_) % ring_.size()] = {std::move(entry), 0};
  ++size_;
  ++untold_;
  while (bytes_ > max_bytes_ && size_ > 1) drop_oldest();
}

void RecentEntries::clear() {
  for (std::size_t i = 0; i < size_; ++i) free_memory(memory_of(*(*this)[i]));
  oldest_ = size_ = bytes_ = untold_ = 0;
  free_ring();
  untold_gone_ = true;
}

void RecentEntries::mark_told(std::uint64_t mark) {
  for (; untold_ > 0; --untold_) ring_[(oldest_ + size_ - untold_) % ring_.size()].told = mark;
  if (std::exchange(untold_gone_, false)) last_gone_told_ = mark;
}

std::optional<std::vector<std::uint64_t>> RecentEntries::told_after(std::uint64_t mark) const {
  const auto told = size_ - untold_;
  auto first = told;
  while (first > 0 && slot(first - 1).told > mark) --first;
  if (first == 0 && (untold_gone_ || last_gone_told_ > mark)) return std::nullopt;
  std::vector<std::uint64_t> marks;
  for (; first < told; ++first) marks.push_back(slot(first).told);
  return marks;
}

void RecentEntries::forget_message(std::uint64_t seq) {
  std::size_t last = 0;
  for (std::size_t i = 0; i < size_; ++i) {
    const auto& entry = *(*this)[i];
    const bool is_edit = entry.kind == EntryKind::message_edited && entry.target_seq == seq;
    if (entry.seq == seq || is_edit) last = i + 1;
  }
  while (last-- > 0) drop_oldest();
}

void RecentEntries::forget_all() {
  while (size_ > 0) drop_oldest();
  free_ring();
}

std::uint64_t RecentEntries::last_told() const {
  return size_ > untold_ ? slot(size_ - untold_ - 1).told : last_gone_told_;
}

void RecentEntries::free_ring() {
  free_memory(ring_.size() * sizeof(Slot));
  ring_ = {};
  oldest_ = 0;
}

void RecentEntries::grow() {
  std::rotate(ring_.begin(), ring_.begin() + static_cast<std::ptrdiff_t>(oldest_), ring_.end());
  oldest_ = 0;
  const auto before = ring_.size();
  ring_.resize(std::min(max_entries_, std::max<std::size_t>(4, 2 * before)));
  take_memory((ring_.size() - before) * sizeof(Slot));
}

void RecentEntries::drop_oldest() {
  auto& gone = ring_[oldest_];
  bytes_ -= gone.entry->json.size();
  free_memory(memory_of(*gone.entry));
  if (untold_ == size_) {
    --untold_;
    untold_gone_ = true;
  } else {
    last_gone_told_ = gone.told;
  }
  gone = {};
  oldest_ = (oldest_ + 1) % ring_.size();
  --size_;
}

}  // namespace confab::gateway

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

namespace confab::gateway {
namespace {

std::shared_ptr<const Entry> entry(std::uint64_t seq, std::size_t bytes = 1) {
  auto made = std::make_shared<Entry>();
  made->seq = seq;
  made->json = std::string(bytes, 'x');
  return made;
}

std::string seqs(const RecentEntries& entries) {
  std::string out;
  for (std::size_t i = 0; i < entries.size(); ++i) out += std::to_string(entries[i]->seq) + " ";
  return out;
}

TEST(RecentEntries, KeepTheLatestInOrderHoweverOftenTheyWrap) {
  RecentEntries entries(6, 1000);
  EXPECT_TRUE(entries.empty());
  for (std::uint64_t seq = 1; seq <= 100; ++seq) {
    entries.push(entry(seq));
    std::string expected;
    for (auto kept = seq > 6 ? seq - 5 : 1; kept <= seq; ++kept) {
      expected += std::to_string(kept) + " ";
    }
    ASSERT_EQ(seqs(entries), expected);
  }
  entries.clear();
  EXPECT_TRUE(entries.empty());
  entries.push(entry(7));
  EXPECT_EQ(seqs(entries), "7 ");
}

TEST(RecentEntries, ForgetAMessageWithItsEditsAndAllBefore) {
  RecentEntries entries(6, 1000);
  for (std::uint64_t seq = 1; seq <= 7; ++seq) {
    auto one = std::make_shared<Entry>(*entry(seq));
    one->target_seq = seq == 5 ? 4 : 0;
    one->kind = seq == 5 ? EntryKind::message_edited : EntryKind::message;
    entries.push(one);
  }
  entries.forget_message(1);
  EXPECT_EQ(seqs(entries), "2 3 4 5 6 7 ");
  entries.forget_message(2);
  EXPECT_EQ(seqs(entries), "3 4 5 6 7 ");
  entries.forget_message(4);
  EXPECT_EQ(seqs(entries), "6 7 ");
  entries.forget_message(7);
  EXPECT_TRUE(entries.empty());
  entries.push(entry(8, 1000));
  EXPECT_EQ(seqs(entries), "8 ");
}

TEST(RecentEntries, KeepNoMoreBytesThanTheirBoundButForTheLast) {
  RecentEntries entries(100, 10);
  for (std::uint64_t seq = 1; seq <= 5; ++seq) entries.push(entry(seq, 4));
  EXPECT_EQ(seqs(entries), "4 5 ");
  entries.push(entry(6, 50));
  EXPECT_EQ(seqs(entries), "6 ");
  entries.push(entry(7, 10));
  EXPECT_EQ(seqs(entries), "7 ");
}

TEST(RecentEntries, CountTheMemoryOfAllRooms) {
  const auto total = std::make_shared<std::size_t>(0);
  {
    RecentEntries one(6, 1000, total);
    RecentEntries other(100, 300, total);
    for (std::uint64_t seq = 1; seq <= 50; ++seq) {
      one.push(entry(seq, 10));
      other.push(entry(seq, 100));
    }
    EXPECT_GT(*total, 9 * sizeof(Entry) + 6 * 10 + 3 * 100);
    EXPECT_LT(*total, 9 * (sizeof(Entry) + 100) + 6 * 10 + 3 * 100 + 100);
    other.forget_message(49);
    one.forget_all();
    EXPECT_LT(*total, 2 * sizeof(Entry) + 400);
    other.clear();
    EXPECT_EQ(*total, 0U);
    one.push(entry(51));
    other.push(entry(51));
  }
  EXPECT_EQ(*total, 0U);
}

TEST(RecentEntries, KnowWhenTheLatestWasTold) {
  RecentEntries entries(2, 1000);
  EXPECT_EQ(entries.last_told(), 0U);
  entries.push(entry(1));
  entries.mark_told(5);
  entries.push(entry(2));
  EXPECT_EQ(entries.last_told(), 5U);
  entries.push(entry(3));
  EXPECT_EQ(entries.last_told(), 5U) << "the told one has gone";
  entries.mark_told(7);
  EXPECT_EQ(entries.last_told(), 7U);
  entries.forget_all();
  EXPECT_EQ(entries.last_told(), 7U);
}

TEST(RecentEntries, KnowWhichWereToldAfterAMark) {
  using Marks = std::vector<std::uint64_t>;
  RecentEntries entries(4, 1000);
  EXPECT_EQ(entries.told_after(0), Marks());
  entries.push(entry(1));
  EXPECT_EQ(entries.told_after(0), Marks());  // Not told yet.
  entries.mark_told(5);
  entries.push(entry(2));
  entries.push(entry(3));
  entries.mark_told(8);
  entries.push(entry(4));
  EXPECT_EQ(entries.told_after(0), (Marks{5, 8, 8}));
  EXPECT_EQ(entries.told_after(5), (Marks{8, 8}));
  EXPECT_EQ(entries.told_after(7), (Marks{8, 8}));
  EXPECT_EQ(entries.told_after(8), Marks());
  entries.mark_told(9);
  EXPECT_EQ(entries.told_after(4), (Marks{5, 8, 8, 9}));
}

TEST(RecentEntries, DoNotKnowOfThoseThatWent) {
  using Marks = std::vector<std::uint64_t>;
  RecentEntries entries(2, 1000);
  for (std::uint64_t seq = 1; seq <= 3; ++seq) {
    entries.push(entry(seq));
    entries.mark_told(10 * seq);
  }
  EXPECT_EQ(entries.told_after(9), std::nullopt);
  EXPECT_EQ(entries.told_after(10), (Marks{20, 30}));
  for (std::uint64_t seq = 4; seq <= 6; ++seq) entries.push(entry(seq));
  EXPECT_EQ(entries.told_after(30), std::nullopt);  // One went before it was told.
  entries.mark_told(40);
  EXPECT_EQ(entries.told_after(39), std::nullopt);
  EXPECT_EQ(entries.told_after(40), Marks());
  entries.clear();
  EXPECT_EQ(entries.told_after(40), std::nullopt);
  entries.mark_told(41);
  EXPECT_EQ(entries.told_after(40), std::nullopt);
  EXPECT_EQ(entries.told_after(41), Marks());
}

}  // namespace
}  // namespace confab::gateway
#endif
