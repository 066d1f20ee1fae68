// Which store an AppendPipe sends to, while they are up and silent.
#include "gateway/rpc/append_pipe_fixture_test.hpp"

namespace confab::gateway {
namespace {

using namespace testing;
using namespace std::chrono_literals;

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

TEST_F(AppendPipeTest, ReturnsToThePreferredStoreOnceItIsKnownToAnswer) {
  bool well = false;
  AppendPipe::Options options;
  options.is_preferred_well = [&] { return well; };
  open(options);
  store.answer_all();
  other.answer_all();
  append("a");
  await_answers(1);
  store.cut();
  await([&] { return !breaks.empty(); });
  append("b");
  await_answers(2);
  now += AppendPipe::Options().return_after;
  append("c");
  await_answers(3);
  EXPECT_EQ(names(other.messages()), (Names{"b", "c"}));
  well = true;
  await([&] { return store.streams() == 2; });
  append("d");
  await_answers(4);
  EXPECT_EQ(names(store.messages()), (Names{"a", "d"}));
}

TEST_F(AppendPipeTest, ReturnsToThePreferredStoreThoughThereIsAlwaysSomethingUnderWay) {
  bool well = false;
  bool was_asked = false;
  AppendPipe::Options options;
  options.is_preferred_well = [&] { return was_asked = well; };
  open(options);
  store.cut();
  await([&] { return !breaks.empty(); });
  append("a");
  await_messages(other, 1);
  other.answer({other.messages().back()});
  await_answers(1);
  now += AppendPipe::Options().return_after;
  append("b");
  await_messages(other, 2);
  well = true;
  await([&] { return was_asked; });
  append("c");
  other.answer({other.messages().back()});
  store.answer_all();
  await_answers(3);
  EXPECT_EQ(names(other.messages()), (Names{"a", "b"})) << "and b only once";
  EXPECT_EQ(names(store.messages()), (Names{"c"}));
  EXPECT_EQ(answered, (Names{"a", "b", "c"}));
}

}  // namespace
}  // namespace confab::gateway
