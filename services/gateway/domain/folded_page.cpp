#include "gateway/domain/folded_page.hpp"

#include <algorithm>

namespace confab::gateway {
namespace {

/// Whether a later entry says something new about one of these. All that is later is kept.
bool is_any_changed(const RecentEntries& recent, const std::vector<Entry>& entries) {
  for (std::size_t i = 0; i < recent.size(); ++i) {
    if (!changes_message(recent[i]->kind)) continue;
    const auto target = recent[i]->target_seq;
    const auto found =
        std::lower_bound(entries.begin(), entries.end(), target,
                         [](const Entry& entry, std::uint64_t seq) { return entry.seq < seq; });
    if (found != entries.end() && found->seq == target) return true;
  }
  return false;
}

/// False when part of the page is not kept.
bool fill_upward(LogPage& page, const RecentEntries& recent, std::uint64_t from,
                 std::uint32_t limit) {
  const auto oldest = recent.empty() ? page.head.seq + 1 : recent.front()->seq;
  if (from < oldest) return false;
  for (auto i = from - oldest; i < recent.size() && !page.more; ++i) {
    if (changes_message(recent[i]->kind)) continue;
    page.more = page.entries.size() == limit;
    if (!page.more) page.entries.push_back(*recent[i]);
  }
  return true;
}

/// The same for the newest below `end`.
bool fill_downward(LogPage& page, const RecentEntries& recent, std::uint64_t end,
                   std::uint32_t limit) {
  const auto oldest = recent.empty() ? page.head.seq + 1 : recent.front()->seq;
  for (auto seq = end; seq > oldest && page.entries.size() < limit;) {
    const auto& entry = *recent[--seq - oldest];
    if (!changes_message(entry.kind)) page.entries.push_back(entry);
  }
  if (page.entries.size() < limit && oldest > 1) return false;
  std::reverse(page.entries.begin(), page.entries.end());
  // A log's first entry changes nothing, so that every page but the one with it has others below.
  page.more = !page.entries.empty() && page.entries.front().seq > 1;
  return true;
}

}  // namespace

std::optional<LogPage> folded_page(const RecentEntries& recent, const Position& head,
                                   const LogRange& range) {
  if (head.seq == 0) return std::nullopt;
  LogPage page;
  page.head = head;
  const auto end = std::min(range.before.value_or(head.seq + 1), head.seq + 1);
  const bool kept = range.after ? fill_upward(page, recent, *range.after + 1, range.limit)
                                : fill_downward(page, recent, end, range.limit);
  if (!kept || is_any_changed(recent, page.entries)) return std::nullopt;
  return page;
}

}  // namespace confab::gateway

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

namespace confab::gateway {
namespace {

struct FoldedPageTest : ::testing::Test {
  RecentEntries recent{100, 1 << 20};
  std::uint64_t last = 0;

  void add(EntryKind kind, std::uint64_t target_seq = 0) {
    auto entry = std::make_shared<Entry>();
    entry->seq = ++last;
    entry->kind = kind;
    entry->target_seq = target_seq;
    recent.push(std::move(entry));
  }
  /// Messages up to that seq.
  void say_to(std::uint64_t seq) {
    while (last < seq) add(EntryKind::message);
  }
  std::string shown(LogRange range) const {
    const auto page = folded_page(recent, {1, last, ""}, range);
    if (!page) return "ask the store";
    EXPECT_EQ(page->head.seq, last);
    std::string out;
    for (const auto& entry : page->entries) out += std::to_string(entry.seq) + " ";
    return out + (page->more ? "more" : "end");
  }
};

TEST_F(FoldedPageTest, LeavesChangesOutAndCountsOnlyWhatItShows) {
  say_to(4);
  add(EntryKind::reaction, 2);
  add(EntryKind::pin, 1);
  add(EntryKind::member_joined);
  add(EntryKind::unknown);
  EXPECT_EQ(shown({{}, {}, 4}), "3 4 7 8 more");
  EXPECT_EQ(shown({{}, {}, 2}), "7 8 more");
  EXPECT_EQ(shown({{}, 7, 2}), "3 4 more");
  EXPECT_EQ(shown({2, {}, 3}), "3 4 7 more");
  EXPECT_EQ(shown({2, {}, 4}), "3 4 7 8 end");
  EXPECT_EQ(shown({4, {}, 9}), "7 8 end");
  EXPECT_EQ(shown({8, {}, 9}), "end");
  EXPECT_EQ(shown({80, {}, 9}), "end");
  EXPECT_EQ(shown({UINT64_MAX, {}, 9}), "ask the store");
}

TEST_F(FoldedPageTest, LeavesMessagesThatWereChangedToTheStore) {
  say_to(4);
  add(EntryKind::message_edited, 3);
  EXPECT_EQ(shown({{}, {}, 2}), "ask the store");
  EXPECT_EQ(shown({{}, {}, 1}), "4 more");
  EXPECT_EQ(shown({{}, 3, 2}), "1 2 end");
  EXPECT_EQ(shown({2, {}, 1}), "ask the store");
  EXPECT_EQ(shown({0, {}, 2}), "1 2 more");
}

TEST_F(FoldedPageTest, KnowsWhatItDoesNotKeep) {
  EXPECT_EQ(shown({{}, {}, 2}), "ask the store") << "nothing was said yet";
  last = 10;
  EXPECT_EQ(shown({{}, {}, 2}), "ask the store");
  say_to(14);
  EXPECT_EQ(shown({{}, {}, 4}), "11 12 13 14 more");
  EXPECT_EQ(shown({{}, {}, 5}), "ask the store");
  EXPECT_EQ(shown({{}, 11, 1}), "ask the store");
  EXPECT_EQ(shown({{}, 3, 1}), "ask the store");
  EXPECT_EQ(shown({9, {}, 5}), "ask the store");
  EXPECT_EQ(shown({10, {}, 5}), "11 12 13 14 end");
}

TEST_F(FoldedPageTest, SeesTheBeginningOfTheLog) {
  say_to(3);
  EXPECT_EQ(shown({{}, {}, 3}), "1 2 3 end");
  EXPECT_EQ(shown({{}, {}, 9}), "1 2 3 end");
  EXPECT_EQ(shown({{}, {}, 2}), "2 3 more");
  EXPECT_EQ(shown({{}, 1, 9}), "end");
  EXPECT_EQ(shown({{}, 900, 9}), "1 2 3 end");
}

}  // namespace
}  // namespace confab::gateway
#endif
