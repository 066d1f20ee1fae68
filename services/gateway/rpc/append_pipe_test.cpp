#include "gateway/rpc/append_pipe_fixture_test.hpp"

namespace confab::gateway {
namespace {

using namespace testing;
using namespace std::chrono_literals;

TEST_F(AppendPipeTest, MatchesAnswersInWhateverOrderTheyCome) {
  open();
  for (const auto* id : {"a", "b", "c"}) append(id);
  await_messages(store, 3);
  const auto sent = store.messages();
  store.answer({sent[2]});
  store.refuse(sent[0], {ErrorCode::not_a_member, "no"});
  store.answer({sent[1]});
  await_answers(3);
  EXPECT_EQ(answered, (Names{"c", "a", "b"}));
  EXPECT_EQ(answers.at("a").error().code, ErrorCode::not_a_member);
  EXPECT_EQ(answers.at("b")->seq(), sent[1].correlation());
  EXPECT_TRUE(breaks.empty());
  EXPECT_TRUE(other.messages().empty());
}

TEST_F(AppendPipeTest, SendsWhatATurnBringsAsOneBatchInOrder) {
  store.answer_all();
  open();
  for (int i = 0; i < 1000; ++i) append(std::to_string(i));
  await_answers(1000);
  const auto batches = store.batches();
  EXPECT_EQ(batches.size(), 4U);
  int next = 0;
  for (const auto& batch : batches) {
    EXPECT_LE(batch.size(), static_cast<std::size_t>(AppendPipe::kMaxBatchMessages));
    for (const auto& message : batch) {
      EXPECT_EQ(message.client_msg_id(), std::to_string(next++));
    }
  }
}

TEST_F(AppendPipeTest, GathersUntilSomethingOfTheLastBatchIsAnswered) {
  open();
  for (const auto* id : {"a", "b"}) append(id);
  await_messages(store, 2);
  for (const auto* id : {"c", "d", "e"}) append(id);
  store.answer({store.messages()[1]});  // Any of it: the other may be of a room that is held.
  await_messages(store, 5);
  EXPECT_EQ(store.batches().size(), 2U);
  EXPECT_EQ(names(store.batches()[1]), (Names{"c", "d", "e"}));
}

TEST_F(AppendPipeTest, DoesNotWaitForeverForABatchThatIsHeld) {
  open();
  append("held");
  await_messages(store, 1);
  append("next");
  now += AppendPipe::Options().patience;
  await_messages(store, 2);
  EXPECT_TRUE(answers.empty());
}

TEST_F(AppendPipeTest, SplitsBatchesByTheirSize) {
  store.answer_all();
  open();
  append("first");
  for (int i = 0; i < 200; ++i) {
    message_store::v1::NewMessage message;
    message.set_client_msg_id(std::to_string(i));
    message.set_text(std::string(16 * 1024, 'x'));
    pipe->append(message, [this, i](Result<message_store::v1::Appended> outcome) {
      answers.emplace(std::to_string(i), std::move(outcome));
    });
  }
  await_answers(201);
  for (const auto& batch : store.batches()) EXPECT_LE(batch.size(), 65U);
}

TEST_F(AppendPipeTest, SendsEverythingUnansweredAgainInOrderToTheNextStore) {
  open();
  for (const auto* id : {"a", "b", "c", "d"}) append(id);
  await_messages(store, 4);
  const auto sent = store.messages();
  store.answer({sent[1]});
  await_answers(1);
  store.cut();
  await([&] { return !breaks.empty(); });
  append("e");
  await_messages(other, 4);
  EXPECT_EQ(names(other.messages()), (Names{"a", "c", "d", "e"}));
  EXPECT_EQ(other.messages()[0].correlation(), sent[0].correlation());
  other.answer(other.messages());
  await_answers(5);
  for (const auto& [id, answer] : answers) EXPECT_TRUE(answer) << id;
  EXPECT_EQ(answered.size(), 5U);
}

TEST_F(AppendPipeTest, GoesRoundTheStoresUntilOneIsThere) {
  server.stop();
  other_server.stop();
  open();
  append("a");
  await([&] { return breaks.size() >= 3; });
  store.answer_all();
  server.start();
  append("b");
  await_answers(2);
  EXPECT_TRUE(answers.at("a"));
  EXPECT_EQ(names(store.messages()), (Names{"a", "b"}));
}

TEST_F(AppendPipeTest, ComesBackToTheOnlyStoreThereIs) {
  open({}, false);
  append("a");
  await_messages(store, 1);
  server.stop();
  append("b");
  server.start();
  store.answer_all();
  await_answers(2);
  EXPECT_EQ(names(store.messages()), (Names{"a", "a", "b"}));
}

TEST_F(AppendPipeTest, SaysUnavailableWhenNoStoreWasReached) {
  server.stop();
  open({}, false);
  append("a");
  append("b");
  await([&] { return !breaks.empty(); });
  EXPECT_TRUE(answers.empty());
  pass();
  await_answers(2);
  for (const auto* id : {"a", "b"}) {
    EXPECT_EQ(answers.at(id).error().code, ErrorCode::unavailable) << id;
    EXPECT_GT(answers.at(id).error().retry_after.count(), 0);
  }
}

TEST_F(AppendPipeTest, SaysUnknownOutcomeWhenAStoreMayHaveTakenIt) {
  open({}, false);
  append("kept");
  await_messages(store, 1);
  pass();
  await_answers(1);
  EXPECT_EQ(answers.at("kept").error().code, ErrorCode::unknown_outcome);
  append("lost with its store");
  await_messages(store, 2);
  server.stop();
  await([&] { return !breaks.empty(); });
  pass();
  await_answers(2);
  EXPECT_EQ(answers.at("lost with its store").error().code, ErrorCode::unknown_outcome);
}

TEST_F(AppendPipeTest, ForgetsAnswersThatComeTooLate) {
  open({}, false);
  append("late");
  await_messages(store, 1);
  pass();
  await_answers(1);
  store.answer(store.messages());
  append("b");
  await_messages(store, 2);
  store.answer({store.messages()[1]});
  await_answers(2);
  EXPECT_EQ(answers.at("late").error().code, ErrorCode::unknown_outcome);
  EXPECT_TRUE(answers.at("b"));
}

TEST_F(AppendPipeTest, DoesNotSendAgainWhatItHasGivenUp) {
  open();
  append("given up");
  await_messages(store, 1);
  pass();
  await_answers(1);
  store.cut();
  await([&] { return !breaks.empty(); });
  other.answer_all();
  append("b");
  await_answers(2);
  EXPECT_EQ(names(other.messages()), Names{"b"});
}

TEST_F(AppendPipeTest, RefusesMoreThanItsBoundInALaterTurn) {
  open({.max_in_flight = 2});
  for (const auto* id : {"a", "b", "c"}) append(id);
  EXPECT_TRUE(answers.empty());
  await_answers(1);
  EXPECT_EQ(answers.at("c").error().code, ErrorCode::overloaded);
  await_messages(store, 2);
  store.answer(store.messages());
  await_answers(3);
  append("d");
  await_messages(store, 3);
  EXPECT_EQ(names(store.messages()), (Names{"a", "b", "d"}));
}

TEST_F(AppendPipeTest, EndsWithMessagesInFlight) {
  open();
  for (int i = 0; i < 100; ++i) append(std::to_string(i));
  await_messages(store, 1);
  pipe.reset();
  io.restart();
  io.poll();
  EXPECT_TRUE(answers.empty());
}

TEST_F(AppendPipeTest, EndsWhileItHasNoStream) {
  server.stop();
  other_server.stop();
  open();
  append("a");
  await([&] { return breaks.size() >= 4; });  // Now it pauses.
  pipe.reset();
  io.restart();
  io.poll();
}

}  // namespace
}  // namespace confab::gateway
