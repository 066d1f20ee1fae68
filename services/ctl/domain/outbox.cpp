#include "ctl/domain/outbox.hpp"

#include <algorithm>

namespace confab::ctl {
namespace {

constexpr std::chrono::milliseconds kLeastWait{200};

/// Whether the code leaves open what was done.
bool is_unsure(const std::string& code) { return code == "unknown_outcome" || code == "internal"; }

}  // namespace

void Outbox::send(Message message) {
  Pending pending;
  pending.message = std::move(message);
  pending_.push_back(std::move(pending));
  pump();
}

void Outbox::repeat(std::size_t index) {
  if (!is_connected_ || index >= acked_.size()) return;
  const auto& message = acked_[index];
  HistoryEvent event;
  event.kind = "again";
  event.cmid = message.cmid;
  tell_(std::move(event));
  const auto number = ++last_number_;
  repeats_[number] = message;
  transmit_(number, message);
}

void Outbox::connected() {
  is_connected_ = true;
  resume();
}

void Outbox::lost() {
  is_connected_ = false;
  repeats_.clear();
  for (auto& pending : pending_) pending.number = 0;
}

void Outbox::resume() {
  is_waiting_ = false;
  is_stirred_ = false;
  pump();
}

void Outbox::pump() {
  if (!is_connected_ || is_stirred_) return;
  auto under_way = static_cast<std::size_t>(std::count_if(
      pending_.begin(), pending_.end(), [](const Pending& one) { return one.number > 0; }));
  for (auto& pending : pending_) {
    if (under_way >= kWindow) return;
    if (pending.number > 0) continue;
    ++under_way;
    attempt(pending);
  }
}

void Outbox::attempt(Pending& pending) {
  pending.number = ++last_number_;
  HistoryEvent event;
  event.kind = pending.is_first ? "inv" : "again";
  event.cmid = pending.message.cmid;
  if (pending.is_first) event.hash = hash_of(pending.message.text);
  event.key = ++last_key_;
  pending.is_first = false;
  tell_(std::move(event));
  transmit_(pending.number, pending.message);
}

void Outbox::answered(std::uint64_t number, const SendAnswer& answer) {
  if (const auto repeat = repeats_.extract(number)) return record(repeat.mapped(), answer);
  const auto found = std::find_if(pending_.begin(), pending_.end(),
                                  [&](const Pending& one) { return one.number == number; });
  if (found == pending_.end()) return;
  record(found->message, answer);
  found->number = 0;
  if (!answer.ok && answer.retryable) return hold(answer.retry_after);
  if (answer.ok) acked_.push_back(found->message);
  if (acked_.size() > kMostAcked) acked_.pop_front();
  pending_.erase(found);
  if (is_stirred_) hold(std::chrono::milliseconds(0));
  pump();
}

void Outbox::record(const Message& message, const SendAnswer& answer) {
  HistoryEvent event;
  event.kind = answer.ok ? "ok" : "nack";
  event.cmid = message.cmid;
  event.place = answer.place;
  event.msg_id = answer.msg_id;
  event.code = answer.code;
  event.sure = !answer.ok && !is_unsure(answer.code);
  event.final = !answer.ok && !answer.retryable;
  tell_(std::move(event));
}

/// Until all that is under way has its answer, and a little longer.
void Outbox::hold(std::chrono::milliseconds time) {
  is_stirred_ = true;
  const bool under_way = std::any_of(pending_.begin(), pending_.end(),
                                     [](const Pending& one) { return one.number > 0; });
  if (is_waiting_ || under_way) return;
  is_waiting_ = true;
  wait_(std::max(time, kLeastWait));
}

}  // namespace confab::ctl

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

namespace confab::ctl {
namespace {

struct OutboxTest : ::testing::Test {
  std::vector<std::string> sent;
  std::vector<std::uint64_t> numbers;
  std::string told;
  int waits = 0;
  Outbox outbox{[this](const HistoryEvent& event) { told += event.kind + " "; },
                [this](std::uint64_t number, const Outbox::Message& message) {
                  sent.push_back(message.cmid);
                  numbers.push_back(number);
                },
                [this](std::chrono::milliseconds) { ++waits; }};

  void answer(std::size_t attempt, bool ok, const std::string& code = {}, bool retryable = true) {
    SendAnswer answer;
    answer.ok = ok;
    answer.place = {1, 1};
    answer.code = code;
    answer.retryable = retryable;
    outbox.answered(numbers.at(attempt), answer);
  }
};

using Names = std::vector<std::string>;

TEST_F(OutboxTest, HasAFewUnderWayAndSendsAllAgainInOrderAfterABreak) {
  for (const auto* id : {"a", "b", "c", "d", "e"}) outbox.send({id, "x"});
  EXPECT_TRUE(sent.empty());
  outbox.connected();
  EXPECT_EQ(sent, (Names{"a", "b", "c", "d"}));
  answer(1, true);
  EXPECT_EQ(sent.back(), "e");
  outbox.lost();
  sent.clear();
  outbox.connected();
  EXPECT_EQ(sent, (Names{"a", "c", "d", "e"}));
  answer(0, true);  // Of before the break.
  EXPECT_EQ(outbox.open(), 4U);
}

TEST_F(OutboxTest, WaitsForAllAnswersAfterARefusalAndBeginsAtTheFront) {
  outbox.connected();
  for (const auto* id : {"a", "b"}) outbox.send({id, "x"});
  answer(0, false, "unavailable");
  outbox.send({"c", "x"});
  EXPECT_EQ(sent, (Names{"a", "b"}));
  EXPECT_EQ(waits, 0);
  EXPECT_TRUE(outbox.is_full());
  answer(1, false, "unavailable");
  EXPECT_EQ(waits, 1);
  outbox.resume();
  EXPECT_EQ(sent, (Names{"a", "b", "a", "b", "c"}));
  EXPECT_FALSE(outbox.is_full());
}

TEST_F(OutboxTest, GivesUpWhatIsRefusedForGoodAndRepeatsWhatWasAcknowledged) {
  outbox.connected();
  for (const auto* id : {"a", "b"}) outbox.send({id, "x"});
  answer(0, false, "not_a_member", false);
  answer(1, true);
  EXPECT_EQ(outbox.open(), 0U);
  ASSERT_EQ(outbox.acked(), 1U);
  outbox.repeat(0);
  EXPECT_EQ(sent.back(), "b");
  answer(2, true);
  EXPECT_EQ(told, "inv inv nack ok again ok ");
}

}  // namespace
}  // namespace confab::ctl
#endif
