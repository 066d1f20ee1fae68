#include "message_store/domain/search_service.hpp"

#include <charconv>

namespace confab::message_store {
namespace {

/// "<created_us>.<room_id>.<seq>", all in hex: opaque to clients.
std::string cursor_of(const SearchPlace& place) {
  std::string out;
  for (const auto number :
       {static_cast<std::uint64_t>(place.created_us), place.room_id, place.seq}) {
    char digits[17];
    const auto [end, error] = std::to_chars(digits, digits + sizeof digits, number, 16);
    if (!out.empty()) out += '.';
    out.append(digits, end);
  }
  return out;
}

std::optional<SearchPlace> parse_cursor(std::string_view text) {
  std::uint64_t numbers[3];
  for (auto& number : numbers) {
    const bool last = &number == &numbers[2];
    const auto end = last ? text.size() : text.find('.');
    if (end == text.npos) return std::nullopt;
    const auto part = text.substr(0, end);
    const auto [stop, error] = std::from_chars(part.data(), part.data() + part.size(), number, 16);
    if (error != std::errc() || stop != part.data() + part.size()) return std::nullopt;
    text.remove_prefix(last ? end : end + 1);
  }
  const auto created_us = static_cast<std::int64_t>(numbers[0]);
  if (created_us < 0) return std::nullopt;
  return SearchPlace{created_us, numbers[1], numbers[2]};
}

}  // namespace

Result<SearchPage> SearchService::find(const SearchRequest& request) {
  auto terms = parse_search(request.text);
  if (!terms) return terms.error();
  if (request.limit == 0 || request.limit > kMaxSearchPage) {
    return Error{ErrorCode::invalid_argument, "\"limit\" must be 1 to 50"};
  }
  SearchQuestion question{request.user_id,  std::move(*terms), request.gid,  request.sender_id,
                          request.after_ms, request.before_ms, request.limit};
  if (!request.cursor.empty()) {
    question.from = parse_cursor(request.cursor);
    if (!question.from) {
      return Error{ErrorCode::invalid_argument, "\"cursor\" is not one of an earlier answer"};
    }
  }
  auto found = search_.find(question);
  if (!found) return found.error();
  SearchPage page;
  page.hits = std::move(found->hits);
  if (found->next) page.cursor = cursor_of(*found->next);
  std::vector<std::int64_t> ids;
  for (const auto& hit : page.hits) ids.push_back(hit.sender_id);
  auto people = people_.get(ids);
  if (!people) return people.error();
  for (const auto id : ids) {
    auto& sender = (*people)[id];
    sender.id = id;
    page.senders.push_back(sender);
  }
  return page;
}

}  // namespace confab::message_store

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

#include "message_store/domain/fake_store.hpp"

namespace confab::message_store {
namespace {

struct FakeSearch final : MessageSearch {
  std::vector<SearchQuestion> asked;
  SearchHits answer;

  Result<SearchHits> find(const SearchQuestion& question) override {
    asked.push_back(question);
    return answer;
  }
};

struct SearchServiceTest : testing::Test {
  FakeStore store;
  People people{store};
  FakeSearch search;
  SearchService service{search, people};

  ErrorCode refusal(const SearchRequest& request) { return service.find(request).error().code; }
};

TEST_F(SearchServiceTest, GoesOnWhereThePageBeforeEnded) {
  people.remember({7, "u-7", "ada", "Ada"});
  search.answer.hits = {{"gid", {1'700'000'000'000'000, 42, 9}, Uuid{}, 7, "tea"}};
  search.answer.next = search.answer.hits[0].place;
  const auto page = service.find({.user_id = 1, .text = "tea"});
  ASSERT_TRUE(page);
  EXPECT_EQ(page->senders[0].username, "ada");
  ASSERT_TRUE(service.find({.user_id = 1, .text = "tea", .cursor = page->cursor}));
  const auto& from = *search.asked[1].from;
  EXPECT_EQ(from.created_us, 1'700'000'000'000'000);
  EXPECT_EQ(from.room_id, 42U);
  EXPECT_EQ(from.seq, 9U);
  search.answer.next.reset();
  EXPECT_EQ(service.find({.user_id = 1, .text = "tea"})->cursor, "");
}

TEST_F(SearchServiceTest, RefusesBadTextsLimitsAndCursorsWithoutSearching) {
  EXPECT_EQ(refusal({.text = " "}), ErrorCode::invalid_argument);
  for (const std::uint32_t limit : {0U, 51U}) {
    EXPECT_EQ(refusal({.text = "tea", .limit = limit}), ErrorCode::invalid_argument);
  }
  for (const auto* cursor : {"1", "1.2", "1.2.3.4", "1.2.", "x.2.3", "1.2.3 ", "..",
                             "ffffffffffffffff.1.1", "fffffffffffffffff.1.1"}) {
    EXPECT_EQ(refusal({.text = "tea", .cursor = cursor}), ErrorCode::invalid_argument) << cursor;
  }
  EXPECT_TRUE(search.asked.empty());
}

}  // namespace
}  // namespace confab::message_store
#endif
