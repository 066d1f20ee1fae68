#include "gateway/dialects/v1/pid.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

namespace confab::gateway::dialects {
namespace {

constexpr char kDot = '.';
/// A ticket has at most 1024 bytes, and the name of a session far fewer.
constexpr std::size_t kMaxPidBytes = 2048;

}  // namespace

std::string offset_of(const Entry& entry) {
  return std::to_string(entry.room_id) + kDot + std::to_string(entry.epoch) + kDot +
         std::to_string(entry.seq);
}

std::optional<Offset> parse_offset(std::string_view text) {
  std::array<std::uint64_t, 3> numbers{};
  const auto* at = text.data();
  const auto* const end = at + text.size();
  for (auto& number : numbers) {
    if (&number != &numbers.front() && (at == end || *at++ != kDot)) return std::nullopt;
    const auto read = std::from_chars(at, end, number);
    if (read.ec != std::errc()) return std::nullopt;
    at = read.ptr;
  }
  if (at != end) return std::nullopt;
  return Offset{numbers[0], numbers[1], numbers[2]};
}

std::string make_pid(std::string_view ticket, std::string_view session) {
  return std::string(ticket).append(1, kDot).append(session);
}

bool is_pid(std::string_view text) {
  return text.size() <= kMaxPidBytes && std::all_of(text.begin(), text.end(), [](unsigned char c) {
           return std::isalnum(c) != 0 || c == '-' || c == '_' || c == kDot;
         });
}

std::string_view ticket_in(std::string_view pid) { return pid.substr(0, pid.find(kDot)); }

std::string_view session_in(std::string_view pid) {
  const auto at = pid.find(kDot);
  return at == std::string_view::npos ? std::string_view() : pid.substr(at + 1);
}

}  // namespace confab::gateway::dialects

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

namespace confab::gateway::dialects {
namespace {

TEST(Offset, IsReadAsItWasWritten) {
  Entry entry;
  entry.room_id = UINT64_MAX;
  entry.epoch = 2;
  entry.seq = 71;
  const auto read = parse_offset(offset_of(entry));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->room_id, UINT64_MAX);
  EXPECT_EQ(read->epoch, 2U);
  EXPECT_EQ(read->seq, 71U);
}

TEST(Offset, IsNothingWhenItIsAnyOtherText) {
  for (const auto* text : {"", "x", "1", "1.2", "1.2.", "1.2.3.", "1.2.3 ", "-1.2.3", "1..3", ".",
                           "99999999999999999999.1.1", "é"}) {
    EXPECT_FALSE(parse_offset(text)) << text;
  }
}

TEST(Pid, IsATicketAndPerhapsASession) {
  const auto pid = make_pid("ticket", "session");
  EXPECT_EQ(pid, "ticket.session");
  EXPECT_EQ(ticket_in(pid), "ticket");
  EXPECT_EQ(session_in(pid), "session");
  EXPECT_EQ(ticket_in("ticket"), "ticket");
  EXPECT_EQ(session_in("ticket"), "");
  EXPECT_EQ(ticket_in(".s.t"), "");
  EXPECT_EQ(session_in(".s.t"), "s.t");
}

TEST(Pid, IsNoTextThatNobodyWasGiven) {
  EXPECT_TRUE(is_pid("AZaz09-_.AZaz09-_"));
  EXPECT_TRUE(is_pid(std::string(2048, 'a')));
  for (const auto* text : {"a\".b", "a\\.b", "a b.c", "a\n.b", "é.b", "a+b", "a/b", "a=.b"}) {
    EXPECT_FALSE(is_pid(text)) << text;
  }
  EXPECT_FALSE(is_pid(std::string(2049, 'a')));
}

}  // namespace
}  // namespace confab::gateway::dialects
#endif
