#pragma once

// Test support: a pipe to two fake message-stores, with its time in the test's hands.

#include <gtest/gtest.h>

#include "gateway/rpc/append_pipe.hpp"
#include "gateway/rpc/fake_services.hpp"

namespace confab::gateway::testing {

using Names = std::vector<std::string>;

struct AppendPipeTest : ::testing::Test {
  boost::asio::io_context io{1};
  FakeStoreService store;
  FakeStoreService other;
  TestServer server{store};
  TestServer other_server{other};
  AppendPipe::Time now{std::chrono::hours(1)};  // Stands still but for pass().
  std::vector<std::string> breaks;
  std::unique_ptr<AppendPipe> pipe;
  std::map<std::string, Result<message_store::v1::Appended>> answers;  // By client_msg_id.
  Names answered;

  void open(AppendPipe::Options options = {}, bool with_other = true) {
    options.now = [this] { return now; };
    options.sweep = std::chrono::milliseconds(5);
    std::vector<std::string> addresses{server.address()};
    if (with_other) addresses.push_back(other_server.address());
    pipe = std::make_unique<AppendPipe>(
        io, addresses, [this](std::string_view why) { breaks.emplace_back(why); }, options);
  }

  void append(const std::string& id) {
    message_store::v1::NewMessage message;
    message.set_room_id(7);
    message.set_client_msg_id(id);
    pipe->append(message, [this, id](Result<message_store::v1::Appended> outcome) {
      answers.emplace(id, std::move(outcome));
      answered.push_back(id);
    });
  }

  template <typename Done>
  void await(Done done) {
    ASSERT_TRUE(run_until(io, done));
  }
  void await_messages(FakeStoreService& at, std::size_t count) {
    await([&] { return at.messages().size() >= count; });
  }
  /// Lets the deadline of all messages pass.
  void pass() { now += AppendPipe::Options().deadline; }
  void await_answers(std::size_t count) {
    await([&] { return answers.size() >= count; });
  }

  static Names names(const FakeStoreService::Batch& batch) {
    Names out;
    for (const auto& message : batch) out.push_back(message.client_msg_id());
    return out;
  }
};

}  // namespace confab::gateway::testing
