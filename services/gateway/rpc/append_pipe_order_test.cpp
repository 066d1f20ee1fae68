#include "gateway/rpc/append_pipe_fixture_test.hpp"

// A message that may be sent again takes along what its sender has waiting behind it.
namespace confab::gateway {
namespace {

using namespace testing;

TEST_F(AppendPipeTest, GivesUpWithAMessageWhatItsSenderHasWaitingBehindIt) {
  server.stop();
  open({}, false);
  append("a");
  await([&] { return !breaks.empty(); });
  now += AppendPipe::Options().deadline / 2;
  append("b");  // In time by itself.
  append("of another", 2);
  now += AppendPipe::Options().deadline / 2;
  await_answers(2);
  EXPECT_EQ(answered, (Names{"a", "b"}));
  EXPECT_EQ(answers.at("b").error().code, ErrorCode::unavailable);
  append("a again");
  append("b again");
  server.start();
  store.answer_all();
  await_answers(5);
  EXPECT_EQ(names(store.messages()), (Names{"of another", "a again", "b again"}));
}

TEST_F(AppendPipeTest, RefusesBehindARefusedMessageWhatWasNotWrittenYet) {
  open();
  append("a");
  await_messages(store, 1);
  append("b");
  append("of another", 2);
  store.refuse(store.messages()[0], {ErrorCode::unavailable, "locked"});
  await_answers(2);
  EXPECT_EQ(answers.at("b").error().code, ErrorCode::unavailable);
  append("a again");
  await_messages(store, 3);
  EXPECT_EQ(names(store.messages()), (Names{"a", "of another", "a again"}));
}

TEST_F(AppendPipeTest, LosesNothingBehindAMessageThatIsRefusedForGood) {
  open();
  append("a");
  await_messages(store, 1);
  append("b");
  store.refuse(store.messages()[0], {ErrorCode::not_a_member, "no"});
  await_messages(store, 2);
  store.answer({store.messages()[1]});
  await_answers(2);
  EXPECT_TRUE(answers.at("b"));
}

}  // namespace
}  // namespace confab::gateway
