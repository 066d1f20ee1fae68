// How large the batches of an AppendPipe become.
#include <gtest/gtest.h>

#include "gateway/rpc/append_pipe.hpp"
#include "gateway/rpc/fake_services.hpp"

namespace confab::gateway {
namespace {

using namespace testing;

TEST(AppendBatches, CountWhatMessagesMentionIntoTheirSize) {
  message_store::v1::NewMessage crowded;
  for (int i = 0; i < 1000; ++i) {
    auto& person = *crowded.add_mentions();
    person.set_id(i);
    person.set_uuid(std::string(36, 'u'));
    person.set_username(std::string(32, 'n'));
    person.set_name(std::string(64, 'N'));
  }
  boost::asio::io_context io{1};
  FakeStoreService store;
  const TestServer server{store};
  store.answer_all();
  std::vector<std::string> breaks;
  int answered = 0;
  AppendPipe::Options options;
  options.now = [] { return AppendPipe::Time(); };  // Stands still: nothing is late.
  AppendPipe pipe(
      io, {server.address()}, [&](std::string_view why) { breaks.emplace_back(why); }, options);
  for (int i = 0; i < AppendPipe::kMaxBatchMessages; ++i) {
    pipe.append(crowded, [&](const Result<message_store::v1::Appended>& outcome) {
      EXPECT_TRUE(outcome);
      ++answered;
    });
  }
  EXPECT_TRUE(run_until(io, [&] { return answered == AppendPipe::kMaxBatchMessages; }));
  EXPECT_TRUE(breaks.empty());
  for (const auto& batch : store.batches()) {
    std::size_t bytes = 0;
    for (const auto& message : batch) bytes += message.ByteSizeLong();
    EXPECT_LE(bytes, AppendPipe::kMaxBatchBytes + crowded.ByteSizeLong() + 100);
  }
}

}  // namespace
}  // namespace confab::gateway
