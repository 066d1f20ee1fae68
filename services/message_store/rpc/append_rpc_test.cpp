#include <future>
#include <map>

#include "message_store/domain/check_message.hpp"
#include "message_store/rpc/store_server_test.hpp"

// The stream of messages over a real connection; append_stream_test.cpp has the reactor alone.
namespace confab::message_store {
namespace {

/// A gateway's end of the stream.
class Gateway {
 public:
  explicit Gateway(v1::MessageStore::Stub& stub) : stream_(stub.Append(&context_)) {}

  void send(std::uint64_t room_id, std::uint64_t correlation, const std::string& client_msg_id,
            std::int64_t sender = 1, const std::string& text = "hi",
            const std::string& attributes = "") {
    auto& message = *batch_.add_messages();
    message.set_correlation(correlation);
    message.set_room_id(room_id);
    message.set_sender_id(sender);
    message.set_client_msg_id(client_msg_id);
    message.set_text(text);
    message.set_attributes(attributes);
  }
  bool flush() {
    const bool sent = stream_->Write(batch_);
    batch_.Clear();
    return sent;
  }
  /// Waits for so many more results; false when the stream ends before.
  bool receive(std::size_t count) {
    v1::AppendResults results;
    for (const auto wanted = answers.size() + count; answers.size() < wanted;) {
      if (!stream_->Read(&results)) return false;
      for (const auto& result : results.results()) {
        EXPECT_TRUE(answers.emplace(result.correlation(), result).second) << result.correlation();
      }
    }
    return true;
  }
  std::string code(std::uint64_t correlation) { return answers.at(correlation).error().code(); }
  std::uint64_t seq(std::uint64_t correlation) { return answers.at(correlation).appended().seq(); }

  void half_close() { stream_->WritesDone(); }
  void cancel() { context_.TryCancel(); }
  grpc::Status finish() { return stream_->Finish(); }

  std::map<std::uint64_t, v1::AppendResult> answers;  ///< By correlation.

 private:
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderWriter<v1::AppendBatch, v1::AppendResults>> stream_;
  v1::AppendBatch batch_;
};

struct AppendRpcTest : StoreServerTest {
  std::uint64_t head_of(const v1::Room& room) {
    return store.log.heads(std::vector<std::uint64_t>{room.room_id()})->front().seq;
  }
};

TEST_F(AppendRpcTest, AnswersBatchesByTheirCorrelationIds) {
  const auto room = make_room();
  Gateway gateway(*stub);
  for (std::uint64_t i = 0; i < 30; ++i) {
    gateway.send(room.room_id(), 1000 - i, std::to_string(i));
    if (i % 10 == 9) gateway.flush();
  }
  ASSERT_TRUE(gateway.receive(30));
  for (std::uint64_t i = 0; i < 30; ++i) {
    const auto& appended = gateway.answers.at(1000 - i).appended();
    EXPECT_EQ(appended.seq(), i + 1);
    EXPECT_EQ(appended.epoch(), 1U);
    EXPECT_EQ(appended.msg_id().size(), 16U);
    EXPECT_GT(appended.created_ms(), 0);
    EXPECT_FALSE(appended.repeat());
  }
  gateway.send(room.room_id(), 1, "7");
  ASSERT_TRUE(gateway.flush());
  ASSERT_TRUE(gateway.receive(1));
  EXPECT_EQ(gateway.seq(1), 8U);
  EXPECT_TRUE(gateway.answers.at(1).appended().repeat());
  EXPECT_EQ(events.json().size(), 30U) << "a repeat is not told again";
}

TEST_F(AppendRpcTest, FailsEachMessageForItself) {
  const auto room = make_room();
  const auto id = room.room_id();
  Gateway gateway(*stub);
  gateway.send(id, 1, "a");
  gateway.send(id, 2, "b", 1, "hi", "[1]");
  gateway.send(id, 3, "c", 5);
  gateway.send(7, 4, "d");
  gateway.send(id, 5, "e", 1, " ");
  gateway.send(id, 6, "f", 1, std::string(kMaxTextBytes + 1, 'x'));
  gateway.send(id, 7, "");
  gateway.send(id, 8, "g", 1, "", R"({"image":{"url":"http://x/","width":1}})");
  ASSERT_TRUE(gateway.flush());
  ASSERT_TRUE(gateway.receive(8));
  EXPECT_EQ(gateway.seq(1), 1U);
  EXPECT_EQ(gateway.code(2), "invalid_argument");
  EXPECT_EQ(gateway.code(3), "not_a_member");
  EXPECT_EQ(gateway.code(4), "room_not_found");
  EXPECT_EQ(gateway.code(5), "empty_text");
  EXPECT_EQ(gateway.code(6), "text_too_long");
  EXPECT_EQ(gateway.code(7), "invalid_argument");
  EXPECT_EQ(gateway.seq(8), 2U);
  gateway.half_close();
  EXPECT_FALSE(gateway.receive(1));
  EXPECT_TRUE(gateway.finish().ok());
}

TEST_F(AppendRpcTest, AnswersEverythingBeforeItEndsAHalfClosedStream) {
  const auto room = make_room();
  Gateway gateway(*stub);
  for (std::uint64_t i = 0; i < 3000; ++i) {
    gateway.send(room.room_id(), i, std::to_string(i));
    if (i % 100 == 99) gateway.flush();
  }
  gateway.half_close();
  EXPECT_TRUE(gateway.receive(3000));
  EXPECT_FALSE(gateway.receive(1));
  EXPECT_TRUE(gateway.finish().ok());
  EXPECT_EQ(head_of(room), 3000U);
}

TEST_F(AppendRpcTest, CompletesMoreThanItTakesAtOnce) {
  constexpr std::uint64_t kMessages = 4 * AppendStream::kMaxInFlight;
  const auto room = make_room();
  Gateway gateway(*stub);
  auto sent = std::async(std::launch::async, [&] {
    for (std::uint64_t i = 0; i < kMessages; ++i) {
      gateway.send(room.room_id(), i, std::to_string(i));
      if (i % 1024 == 1023 && !gateway.flush()) return false;
    }
    gateway.half_close();
    return true;
  });
  EXPECT_TRUE(gateway.receive(kMessages));
  EXPECT_TRUE(sent.get());
  EXPECT_TRUE(gateway.finish().ok());
  for (std::uint64_t i = 0; i < kMessages; ++i) {
    EXPECT_EQ(gateway.seq(i), i + 1) << "the sender's order is kept";
  }
}

TEST_F(AppendRpcTest, StoresWhatACancelledStreamHadHandedOver) {
  const auto room = make_room();
  {
    pqxx::connection other(store.database.url());
    pqxx::work blocker(other);
    blocker.exec1("SELECT head_seq FROM chat.room_heads FOR UPDATE");
    Gateway gateway(*stub);
    // So many that reading is paused.
    for (std::uint64_t i = 0; i < AppendStream::kMaxInFlight; ++i) {
      gateway.send(room.room_id(), i, std::to_string(i));
    }
    ASSERT_TRUE(gateway.flush());
    while (lanes.queued() < AppendStream::kMaxInFlight) std::this_thread::yield();
    gateway.cancel();
    EXPECT_EQ(gateway.finish().error_code(), grpc::StatusCode::CANCELLED);
  }
  Gateway next(*stub);
  next.send(room.room_id(), 1, "0");
  next.send(room.room_id(), 2, "4095");
  ASSERT_TRUE(next.flush());
  ASSERT_TRUE(next.receive(2));
  EXPECT_EQ(next.seq(1), 1U);
  EXPECT_EQ(next.seq(2), 4096U);
  EXPECT_TRUE(next.answers.at(2).appended().repeat());
}

TEST_F(AppendRpcTest, ServesSeveralStreamsAtOnce) {
  constexpr std::uint64_t kMessages = 400;
  const std::vector rooms = {make_room("", {"bob"}), make_room("", {"bob"})};
  std::vector<std::future<bool>> running;
  for (const std::int64_t sender : {1, 2}) {
    running.push_back(std::async(std::launch::async, [&, sender] {
      Gateway gateway(*stub);
      for (std::uint64_t i = 0; i < kMessages; ++i) {
        gateway.send(rooms[i % 2].room_id(), i, std::to_string(i), sender);
        if (i % 7 == 0) gateway.flush();
      }
      gateway.flush();
      gateway.half_close();
      return gateway.receive(kMessages) && gateway.finish().ok();
    }));
  }
  for (auto& stream : running) EXPECT_TRUE(stream.get());
  for (const auto& room : rooms) EXPECT_EQ(head_of(room), kMessages);
}

TEST_F(AppendRpcTest, EndsOpenStreamsWithinItsGrace) {
  const auto room = make_room();
  Gateway idle(*stub);
  idle.send(room.room_id(), 1, "a");
  ASSERT_TRUE(idle.flush());
  ASSERT_TRUE(idle.receive(1));
  while (lanes.queued() > 0) std::this_thread::yield();
  pqxx::connection other(store.database.url());
  pqxx::work blocker(other);
  blocker.exec1("SELECT head_seq FROM chat.room_heads FOR UPDATE");
  Gateway waiting(*stub);
  waiting.send(room.room_id(), 1, "b");
  ASSERT_TRUE(waiting.flush());
  while (lanes.queued() == 0) std::this_thread::yield();
  server->set_grace(std::chrono::milliseconds(200));
  const auto start = std::chrono::steady_clock::now();
  server.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
  EXPECT_FALSE(idle.receive(1));
  EXPECT_FALSE(idle.finish().ok());
  EXPECT_FALSE(waiting.finish().ok());
  blocker.abort();
  while (lanes.queued() > 0) std::this_thread::yield();
  EXPECT_EQ(head_of(room), 2U) << "what was handed over is stored";
}

}  // namespace
}  // namespace confab::message_store
