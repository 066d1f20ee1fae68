#include "gateway/domain/kept_pages.hpp"

#include <utility>

namespace confab::gateway {
namespace {

/// What a page takes in the list, in the map, and by itself.
constexpr std::size_t kOfEach = 300;

std::size_t size_of(const LogPage& page) {
  std::size_t bytes = kOfEach + sizeof page;
  for (const auto& entry : page.entries) bytes += sizeof entry + entry.json.size();
  return bytes;
}

}  // namespace

void KeptPages::keep(const Key& key, Page page, Time now) {
  sweep(now);
  if (const auto known = by_key_.find(key); known != by_key_.end()) drop(known->second);
  const auto bytes = size_of(*page);
  if (bytes > kMaxBytes) return;
  while (bytes_ + bytes > kMaxBytes) drop(std::prev(order_.end()));
  bytes_ += bytes;
  order_.push_front({key, std::move(page), bytes, now + kKept});
  by_key_[key] = order_.begin();
}

KeptPages::Page KeptPages::find(const Key& key, Time now) {
  sweep(now);
  const auto known = by_key_.find(key);
  return known == by_key_.end() ? nullptr : known->second->page;
}

void KeptPages::sweep(Time now) {
  while (!order_.empty() && order_.back().until <= now) drop(std::prev(order_.end()));
}

void KeptPages::forget(std::uint64_t room_id) {
  for (auto next = by_key_.lower_bound(first_of(room_id));
       next != by_key_.end() && next->first.room_id == room_id;) {
    drop((next++)->second);
  }
}

void KeptPages::drop(Order::iterator kept) {
  bytes_ -= kept->bytes;
  by_key_.erase(kept->key);
  order_.erase(kept);
}

}  // namespace confab::gateway

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

namespace confab::gateway {
namespace {

struct KeptPagesTest : ::testing::Test {
  KeptPages pages;
  KeptPages::Time now{};

  void keep(std::uint64_t room_id, std::uint32_t limit, std::size_t bytes = 1) {
    auto page = std::make_shared<LogPage>();
    page->head.seq = limit;
    page->entries.emplace_back().json = std::string(bytes, 'x');
    pages.keep({room_id, {{}, {}, limit}}, std::move(page), now);
  }
  bool has(std::uint64_t room_id, std::uint32_t limit) {
    const auto page = pages.find({room_id, {{}, {}, limit}}, now);
    EXPECT_TRUE(!page || page->head.seq == limit);
    return page != nullptr;
  }
};

TEST_F(KeptPagesTest, GivesAPageForALittleWhile) {
  keep(1, 10);
  keep(1, 20);
  EXPECT_TRUE(has(1, 10));
  EXPECT_TRUE(has(1, 20));
  EXPECT_FALSE(has(1, 30));
  EXPECT_FALSE(has(2, 10));
  EXPECT_FALSE(pages.find({1, {5, {}, 10}}, now));
  EXPECT_FALSE(pages.find({1, {{}, {}, 10, true}}, now));
  now += KeptPages::kKept - std::chrono::milliseconds(1);
  EXPECT_TRUE(has(1, 10));
  keep(1, 20);
  now += std::chrono::milliseconds(1);
  EXPECT_FALSE(has(1, 10));
  EXPECT_TRUE(has(1, 20)) << "kept anew";
}

TEST_F(KeptPagesTest, DropsTheOldestForWhatIsNew) {
  constexpr auto kThird = KeptPages::kMaxBytes / 3 - 1000;
  for (const std::uint32_t limit : {1, 2, 3}) keep(1, limit, kThird);
  EXPECT_TRUE(has(1, 1));
  keep(1, 4, kThird);
  EXPECT_FALSE(has(1, 1));
  EXPECT_TRUE(has(1, 2) && has(1, 3) && has(1, 4));
  keep(2, 1, KeptPages::kMaxBytes + 1);
  EXPECT_FALSE(has(2, 1));
  EXPECT_LE(pages.bytes(), KeptPages::kMaxBytes);
}

TEST_F(KeptPagesTest, BoundsHowManySmallOnesItKeeps) {
  for (std::uint32_t limit = 1; limit < 50'000; ++limit) keep(1, limit, 0);
  std::size_t kept = 0;
  for (std::uint32_t limit = 1; limit < 50'000; ++limit) kept += has(1, limit) ? 1 : 0;
  EXPECT_GT(kept, 1000U);
  EXPECT_LT(kept, 10'000U);
  now += KeptPages::kKept;
  pages.sweep(now);
  EXPECT_EQ(pages.bytes(), 0U);
}

TEST_F(KeptPagesTest, ForgetsThoseOfARoomAndCountsTheirBytes) {
  for (const std::uint64_t room_id : {1, 2, 3}) {
    keep(room_id, 10);
    keep(room_id, 20);
    keep(room_id, 20);
  }
  pages.forget(2);
  EXPECT_TRUE(has(1, 10) && has(1, 20) && has(3, 10) && has(3, 20));
  EXPECT_FALSE(has(2, 10) || has(2, 20));
  pages.forget(1);
  pages.forget(3);
  EXPECT_EQ(pages.bytes(), 0U);
}

}  // namespace
}  // namespace confab::gateway
#endif
