#include "ctl/domain/room_view.hpp"

namespace confab::ctl {

void RoomView::ask() {
  state_ = State::asking;
  buffer_.clear();
}

void RoomView::lost() {
  if (state_ != State::out) state_ = State::lost;
  buffer_.clear();
}

void RoomView::end() {
  if (last_) told("out");
  state_ = State::out;
  last_.reset();
  buffer_.clear();
}

void RoomView::subscribed(const Answer& answer) {
  if (answer.reset || !last_) {
    begin(answer.reset ? "reset" : "from", answer.head);
  } else {
    for (const auto& event : answer.events) see(event);
  }
  go_live();
}

bool RoomView::entry(const HeardEntry& entry) {
  if (state_ == State::asking) buffer_.emplace_back(entry);
  if (state_ != State::live) return false;
  see(entry);
  return entry.type == "member.left" && entry.member == user_;
}

void RoomView::reset(const LogPlace& head) {
  if (state_ == State::asking) buffer_.emplace_back(head);
  if (state_ != State::live) return;
  begin("reset", head);
  told("live");
}

void RoomView::begin(const char* kind, const LogPlace& head) {
  last_ = head;
  HistoryEvent event;
  event.kind = kind;
  event.place = head;
  tell_(std::move(event));
}

void RoomView::see(const HeardEntry& entry) {
  last_ = entry.place;
  HistoryEvent event;
  event.kind = "dlv";
  event.place = entry.place;
  event.msg_id = entry.msg_id;
  event.type = entry.type;
  event.cmid = entry.cmid;
  event.hash = entry.hash;
  tell_(std::move(event));
}

void RoomView::go_live() {
  for (const auto& kept : buffer_) {
    if (const auto* const head = std::get_if<LogPlace>(&kept)) {
      begin("reset", *head);
      continue;
    }
    const auto& entry = std::get<HeardEntry>(kept);
    const bool seen = entry.place.epoch == last_->epoch && entry.place.seq <= last_->seq;
    if (!seen) see(entry);
  }
  buffer_.clear();
  state_ = State::live;
  told("live");
}

void RoomView::told(const char* kind) {
  HistoryEvent event;
  event.kind = kind;
  tell_(std::move(event));
}

}  // namespace confab::ctl

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

namespace confab::ctl {
namespace {

struct RoomViewTest : ::testing::Test {
  std::string seen;
  RoomView view{7, [this](const HistoryEvent& event) {
                  seen += event.kind +
                          (event.place.epoch > 0 ? std::to_string(event.place.seq) : "") + " ";
                }};

  static HeardEntry entry(std::uint64_t seq, std::uint64_t epoch = 1) {
    HeardEntry made;
    made.place = {epoch, seq};
    made.type = "message";
    return made;
  }
};

TEST_F(RoomViewTest, SeesOnceWhatComesLiveWhileItAsks) {
  view.ask();
  view.entry(entry(4));
  view.subscribed({{1, 4}, {}});
  view.entry(entry(5));
  view.lost();
  view.entry(entry(6));
  view.ask();
  view.entry(entry(7));
  view.entry(entry(8));
  view.subscribed({{1, 7}, {entry(6), entry(7)}});
  EXPECT_EQ(seen, "from4 live dlv5 dlv6 dlv7 dlv8 live ");
}

TEST_F(RoomViewTest, HandsOnGapsAndRepeatsForTheCheckerToFind) {
  view.ask();
  view.subscribed({{1, 4}, {}});
  for (const auto seq : {5, 5, 7}) view.entry(entry(static_cast<std::uint64_t>(seq)));
  EXPECT_EQ(seen, "from4 live dlv5 dlv5 dlv7 ");
}

TEST_F(RoomViewTest, BeginsAnewWithResets) {
  view.ask();
  view.subscribed({{1, 4}, {}});
  view.reset({2, 3});
  view.entry(entry(4, 2));
  view.ask();
  view.reset({3, 9});
  view.entry(entry(10, 3));
  view.subscribed({{2, 4}, {}});
  EXPECT_EQ(seen, "from4 live reset3 live dlv4 reset9 dlv10 live ");
}

TEST_F(RoomViewTest, EndsWithItsUsersLeaveAndNoOthers) {
  view.ask();
  view.subscribed({{1, 4}, {}});
  auto leave = entry(5);
  leave.type = "member.left";
  leave.member = 8;
  EXPECT_FALSE(view.entry(leave));
  leave.place.seq = 6;
  leave.member = 7;
  EXPECT_TRUE(view.entry(leave));
  view.ask();
  view.end();
  EXPECT_EQ(view.last(), std::nullopt);
  EXPECT_EQ(seen, "from4 live dlv5 dlv6 out ");
}

}  // namespace
}  // namespace confab::ctl
#endif
