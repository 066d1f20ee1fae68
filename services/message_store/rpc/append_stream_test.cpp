#include "message_store/rpc/append_stream.hpp"

#include <gtest/gtest.h>

#include <future>
#include <set>

#include "message_store/domain/check_message.hpp"
#include "message_store/domain/fake_store.hpp"
#include "message_store/domain/fakes.hpp"

// The reactor alone, with a call in the hands of the test: what it starts, when, and never after
// its end. append_rpc_test.cpp tries it over a real connection.
namespace confab::message_store {
namespace {

/// gRPC's side of the call: records what the reactor starts, and ends an operation when told.
class FakeCall final : public grpc::ServerCallbackReaderWriter<v1::AppendBatch, v1::AppendResults> {
 public:
  void serve(AppendStream* stream) {
    stream_ = stream;
    BindReactor(stream);
  }

  void arrive(const v1::AppendBatch& batch) {
    *target_ = batch;
    stream_->OnReadDone(true);
  }
  /// Ends the write under way; the results it carried.
  v1::AppendResults written(bool ok = true) {
    v1::AppendResults results;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return source_ != nullptr; });
      results = *source_;
      source_ = nullptr;
    }
    stream_->OnWriteDone(ok);
    return results;
  }
  void await_write() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return source_ != nullptr; });
  }

  [[nodiscard]] int reads() const { return locked(reads_); }
  [[nodiscard]] int writes() const { return locked(writes_); }
  [[nodiscard]] int finishes() const { return locked(finishes_); }
  /// Operations started after Finish(): each would touch a call that may be gone.
  [[nodiscard]] int too_late() const { return locked(too_late_); }

  void Read(v1::AppendBatch* target) override {
    count(reads_);
    target_ = target;
  }
  void Write(const v1::AppendResults* source, grpc::WriteOptions /*options*/) override {
    count(writes_);
    const std::lock_guard lock(mutex_);
    source_ = source;
    changed_.notify_all();
  }
  void Finish(grpc::Status status) override {
    count(finishes_);
    EXPECT_TRUE(status.ok());
  }
  void SendInitialMetadata() override {}
  void WriteAndFinish(const v1::AppendResults*, grpc::WriteOptions, grpc::Status) override {}

 private:
  grpc::internal::ServerReactor* reactor() override { return stream_; }
  void CallOnDone() override {}

  void count(int& counter) {
    const std::lock_guard lock(mutex_);
    if (finishes_ > 0) ++too_late_;
    ++counter;
  }
  int locked(const int& counter) const {
    const std::lock_guard lock(mutex_);
    return counter;
  }

  AppendStream* stream_ = nullptr;
  v1::AppendBatch* target_ = nullptr;
  mutable std::mutex mutex_;  // Guards all below.
  std::condition_variable changed_;
  const v1::AppendResults* source_ = nullptr;
  int reads_ = 0;
  int writes_ = 0;
  int finishes_ = 0;
  int too_late_ = 0;
};

struct AppendStreamTest : testing::Test {
  FakeStore store;
  ScriptedRandom random;
  std::promise<void> opened;
  std::vector<std::string> failed;
  const FailureLog failures = [this](std::string_view method, const Error& error) {
    failed.push_back(std::string(method) + ": " + error.message);
  };
  std::unique_ptr<RoomLanes> lanes;
  FakeCall call;
  AppendStream* stream = nullptr;

  AppendStreamTest() {
    EXPECT_TRUE(store.create({1, "gid", "room", RoomKind::private_room, {1, "", "ada", ""}, {}}));
    store.before_append([gate = opened.get_future().share()](
                            std::uint64_t, std::span<const Draft>) { gate.wait(); });
    lanes = std::make_unique<RoomLanes>(
        store, random, LaneOptions{.writers = 1, .max_batch = 500}, [](const auto&) {},
        [](const auto&) {});
    stream = AppendStream::begin(*lanes, failures);
    call.serve(stream);
  }
  ~AppendStreamTest() override {
    if (!is_open) open();
    lanes.reset();
    stream->OnDone();
  }

  bool is_open = false;

  void open() {
    is_open = true;
    opened.set_value();
  }

  static v1::AppendBatch batch(std::size_t messages, const std::string& attributes = "") {
    v1::AppendBatch out;
    for (std::size_t i = 0; i < messages; ++i) {
      auto& message = *out.add_messages();
      message.set_correlation(i);
      message.set_room_id(1);
      message.set_sender_id(1);
      message.set_client_msg_id(std::to_string(i));
      message.set_text("hi");
      message.set_attributes(attributes);
    }
    return out;
  }
};

TEST_F(AppendStreamTest, AnswersEachMessageOnceThenEndsAfterTheHalfClose) {
  call.arrive(batch(40));
  EXPECT_EQ(call.reads(), 2);
  stream->OnReadDone(false);
  EXPECT_EQ(call.finishes(), 0);
  open();
  std::set<std::uint64_t> answered;
  while (answered.size() < 40) {
    EXPECT_EQ(call.finishes(), 0);
    const auto results = call.written();
    for (const auto& result : results.results()) {
      EXPECT_TRUE(answered.insert(result.correlation()).second);
      EXPECT_EQ(result.appended().seq(), result.correlation() + 1);
    }
  }
  EXPECT_EQ(call.finishes(), 1);
}

TEST_F(AppendStreamTest, SendsTogetherWhatGathersDuringAWrite) {
  open();
  call.arrive(batch(1));
  call.await_write();
  call.arrive(batch(300));
  lanes.reset();
  EXPECT_EQ(call.writes(), 1);
  EXPECT_EQ(call.written().results_size(), 1);
  EXPECT_EQ(call.written().results_size(), 300);
  EXPECT_EQ(call.writes(), 2);
}

TEST_F(AppendStreamTest, EndsAtOnceWhenNothingIsUnanswered) {
  stream->OnReadDone(false);
  EXPECT_EQ(call.finishes(), 1);
}

TEST_F(AppendStreamTest, ReadsNoMoreWhileTooManyAreUnanswered) {
  call.arrive(batch(AppendStream::kMaxInFlight - 1));
  EXPECT_EQ(call.reads(), 2);
  call.arrive(batch(1));
  EXPECT_EQ(call.reads(), 2) << "paused";
  open();
  lanes.reset();
  // All are stored, but the gateway has not taken a result: nothing more may pile up.
  EXPECT_EQ(call.reads(), 2);
  std::size_t answered = 0;
  while (answered < AppendStream::kMaxInFlight) {
    if (AppendStream::kMaxInFlight - answered >= AppendStream::kMaxInFlight / 2) {
      EXPECT_EQ(call.reads(), 2);
    }
    answered += static_cast<std::size_t>(call.written().results_size());
  }
  EXPECT_EQ(call.reads(), 3) << "resumed, once";
}

TEST_F(AppendStreamTest, StartsNothingAfterACancelledCallHasEnded) {
  call.arrive(batch(AppendStream::kMaxInFlight));
  stream->OnCancel();
  EXPECT_EQ(call.finishes(), 1);
  open();
  lanes.reset();
  EXPECT_EQ(store.heads(std::vector<std::uint64_t>{1})->front().seq, AppendStream::kMaxInFlight)
      << "stored all the same";
  EXPECT_EQ(call.too_late(), 0);
  EXPECT_EQ(call.finishes(), 1);
}

TEST_F(AppendStreamTest, WaitsForItsWriteBeforeItEndsACancelledCall) {
  open();
  call.arrive(batch(1));
  call.await_write();
  stream->OnCancel();
  EXPECT_EQ(call.finishes(), 0);
  call.written(false);
  EXPECT_EQ(call.finishes(), 1);
  stream->OnReadDone(false);
  EXPECT_EQ(call.finishes(), 1);
}

TEST_F(AppendStreamTest, EndsWhenTheGatewayTakesNoResults) {
  open();
  call.arrive(batch(5));
  call.written(false);
  lanes.reset();
  EXPECT_EQ(call.finishes(), 1);
  EXPECT_EQ(call.too_late(), 0);
}

TEST_F(AppendStreamTest, AnswersABadMessageWithoutTheLanes) {
  for (const auto* attributes : {"[]", "1", "\"a\"", "{", "{}x", "{\"a\":1,}", "{\"a\":\"\xFF\"}",
                                 "{\"a\":\"\\ud800\"}", "{'a':1}", "[[[[[[[[[[[]]]]]]]]]]]"}) {
    call.arrive(batch(1, attributes));
    const auto results = call.written();
    ASSERT_EQ(results.results_size(), 1);
    EXPECT_EQ(results.results(0).error().code(), "invalid_argument") << attributes;
  }
  call.arrive(batch(1, std::string(kMostAttributesBytes + 1, '{')));
  EXPECT_EQ(call.written().results(0).error().code(), "payload_too_large");
  EXPECT_EQ(lanes->queued(), 0U);
}

TEST_F(AppendStreamTest, ReportsAFailureButDoesNotTellItsDetails) {
  store.fail_with(Error{ErrorCode::internal, "SELECT secrets"});
  open();
  call.arrive(batch(1));
  const auto results = call.written();
  EXPECT_EQ(results.results(0).error().code(), "internal");
  EXPECT_EQ(results.results(0).error().message().find("SELECT"), std::string::npos);
  EXPECT_EQ(failed, std::vector<std::string>{"Append: SELECT secrets"});
}

}  // namespace
}  // namespace confab::message_store
