// Which store an AppendPipe sends to, while they are up and silent.
#include "gateway/rpc/append_pipe_fixture_test.hpp"

namespace confab::gateway {
namespace {

using namespace testing;
using namespace std::chrono_literals;

/// It looks for the preferred store before the other seems to hang.
AppendPipe::Options soon_back() {
  AppendPipe::Options options;
  options.return_after = options.silence / 2;
  return options;
}

TEST_F(AppendPipeTest, LeavesAStoreThatAnswersNothingWhileThereIsTime) {
  open();
  append("a");
  await_messages(store, 1);
  now += AppendPipe::Options().silence;
  append("b");
  other.answer_all();
  await_answers(2);
  EXPECT_TRUE(answers.at("a") && answers.at("b"));
  EXPECT_EQ(names(other.messages()), (Names{"a", "b"}));
  EXPECT_EQ(breaks.size(), 1U);
}

TEST_F(AppendPipeTest, StaysWithAStoreThatAnswersSomething) {
  open();
  for (const auto* id : {"a", "b", "c", "d"}) {
    append(id);
    await_messages(store, answers.size() + 1);
    store.answer({store.messages().back()});
    await_answers(answers.size() + 1);
    now += AppendPipe::Options().silence / 2;
  }
  EXPECT_TRUE(breaks.empty());
}

TEST_F(AppendPipeTest, ReturnsToThePreferredStoreSoonAfterItIsBack) {
  server.stop();
  int back = 0;
  AppendPipe::Options options;
  options.preferred_is_back = [&] { ++back; };
  open(options);
  store.answer_all();
  other.answer_all();
  append("a");
  await_answers(1);
  now += AppendPipe::Options().return_after;
  append("b");
  await_answers(2);
  EXPECT_EQ(names(other.messages()), (Names{"a", "b"})) << "while it is away";
  server.start();
  await([&] {
    now += AppendPipe::Options().return_after;  // Until it is found.
    return !other.has_stream();
  });
  append("c");
  await_answers(3);
  EXPECT_EQ(names(store.messages()), Names{"c"});
  EXPECT_EQ(breaks.size(), 1U) << "and no stream broke for it";
  EXPECT_EQ(back, 1);
}

TEST_F(AppendPipeTest, ReturnsAlsoWhileMessagesAreUnderWayAndSendsNoneTwice) {
  server.stop();
  open(soon_back());
  append("a");
  await_messages(other, 1);
  server.start();
  now += soon_back().return_after;
  await([&] { return store.streams() == 1; });
  store.answer_all();
  append("b");
  await([&] {
    other.answer(other.messages());
    return !other.has_stream();
  });
  append("c");
  await_answers(3);
  EXPECT_EQ(answered, (Names{"a", "b", "c"})) << "nothing overtakes what is not answered";
  for (const auto& [id, answer] : answers) EXPECT_TRUE(answer) << id;
  EXPECT_EQ(other.messages().size() + store.messages().size(), 3U);
  EXPECT_EQ(names(store.messages()).back(), "c");
}

TEST_F(AppendPipeTest, GoesOnWithThePreferredStoreWhenTheOtherBreaksJustThen) {
  server.stop();
  open(soon_back());
  append("a");
  await_messages(other, 1);
  server.start();
  store.answer_all();
  now += soon_back().return_after;
  await([&] { return store.streams() == 1; });
  other.cut();
  await_answers(1);
  EXPECT_TRUE(answers.at("a"));
  EXPECT_EQ(names(store.messages()), Names{"a"});
}

TEST_F(AppendPipeTest, StaysAwayLongerFromAStoreThatHung) {
  open();
  other.answer_all();
  append("a");
  await_messages(store, 1);
  now += AppendPipe::Options().silence;
  await_answers(1);
  now += AppendPipe::Options().return_after;
  append("b");
  await_answers(2);
  EXPECT_EQ(store.streams(), 1);
  await([&] {
    now += AppendPipe::Options().return_after_silence;
    return store.streams() == 2;
  });
}

}  // namespace
}  // namespace confab::gateway
