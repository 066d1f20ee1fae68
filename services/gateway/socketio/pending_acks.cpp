#include "gateway/socketio/pending_acks.hpp"

#include <utility>

namespace confab::gateway {

struct PendingAcks::Pending {
  Pending(PendingAcks& acks, std::uint64_t its_id, AckHandler its_handler)
      : owner(acks), id(its_id), handler(std::move(its_handler)) {}

  void expire() { owner.settle(id, std::nullopt); }

  PendingAcks& owner;
  const std::uint64_t id;
  AckHandler handler;
  Deadline<&Pending::expire> deadline{*this};
};

PendingAcks::PendingAcks(DeadlineWheel& deadlines, Settle settle)
    : deadlines_(deadlines), settle_(std::move(settle)) {}

PendingAcks::~PendingAcks() = default;

std::optional<std::uint64_t> PendingAcks::add(AckHandler handler,
                                              std::chrono::milliseconds timeout) {
  if (pending_.size() >= kMax) return std::nullopt;
  const auto id = ++last_id_;
  auto& pending = pending_[id];
  pending = std::make_unique<Pending>(*this, id, std::move(handler));
  deadlines_.set_after(pending->deadline, timeout);
  return id;
}

void PendingAcks::answer(std::uint64_t id, ClientAck ack) { settle(id, std::move(ack)); }

void PendingAcks::settle(std::uint64_t id, std::optional<ClientAck> ack) {
  const auto found = pending_.extract(id);
  if (!found.empty()) settle_(found.mapped()->handler, std::move(ack));
}

void PendingAcks::give_up() {
  for (const auto& [id, pending] : std::exchange(pending_, {})) {
    settle_(pending->handler, std::nullopt);
  }
}

}  // namespace confab::gateway

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

namespace confab::gateway {
namespace {

using std::chrono::milliseconds;

DeadlineWheel::TimePoint now{};

struct PendingAcksTest : ::testing::Test {
  void pass(milliseconds time) {
    now += time;
    deadlines.fire_due(now);
  }

  AckHandler keep() {
    return
        [this](std::optional<ClientAck> ack) { answers.push_back(ack ? ack->args_json : "none"); };
  }

  boost::asio::io_context io;
  DeadlineWheel deadlines{io, [] { return now; }};
  PendingAcks acks{deadlines, [](const AckHandler& handler, std::optional<ClientAck> ack) {
                     handler(std::move(ack));
                   }};
  std::vector<std::string> answers;
};

using Answers = std::vector<std::string>;

TEST_F(PendingAcksTest, HandsOverOneAnswerForEachId) {
  EXPECT_EQ(acks.add(keep(), milliseconds(100)), 1U);
  EXPECT_EQ(acks.add(keep(), milliseconds(100)), 2U);
  acks.answer(2, {"[2]", {}});
  acks.answer(2, {"[\"again\"]", {}});
  acks.answer(0, {"[\"nobody asked\"]", {}});
  acks.answer(1, {"[1]", {}});
  EXPECT_EQ(answers, (Answers{"[2]", "[1]"}));
}

TEST_F(PendingAcksTest, TellsOnceThatNoAnswerCameInTime) {
  const auto id = acks.add(keep(), milliseconds(100)).value();
  pass(milliseconds(99));
  EXPECT_TRUE(answers.empty());
  pass(milliseconds(51));
  EXPECT_EQ(answers, Answers{"none"});
  acks.answer(id, {"[\"late\"]", {}});
  EXPECT_EQ(answers.size(), 1U);
}

TEST_F(PendingAcksTest, LetsManyExpireTogetherAndAHandlerAskAgain) {
  for (int i = 0; i < 3; ++i) {
    static_cast<void>(acks.add(
        [this](const std::optional<ClientAck>&) {
          answers.emplace_back("none");
          static_cast<void>(acks.add(keep(), milliseconds(10)));
        },
        milliseconds(100)));
  }
  pass(milliseconds(150));
  EXPECT_EQ(answers.size(), 3U);
  pass(milliseconds(150));
  EXPECT_EQ(answers.size(), 6U);
}

TEST_F(PendingAcksTest, WaitsForSoManyAndNoMore) {
  for (std::size_t i = 0; i < PendingAcks::kMax; ++i) {
    EXPECT_TRUE(acks.add(keep(), milliseconds(100)));
  }
  EXPECT_FALSE(acks.add(keep(), milliseconds(100)));
  acks.give_up();
  EXPECT_EQ(answers, Answers(PendingAcks::kMax, "none"));
  EXPECT_TRUE(acks.add(keep(), milliseconds(100)));
}

}  // namespace
}  // namespace confab::gateway
#endif
