#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "common/base/result.hpp"
#include "confab/message_store/v1/message_store.grpc.pb.h"

namespace confab::gateway {

/// The send path to the message-stores: one long-lived stream that carries batches. What gathers
/// while a write is under way leaves as the next one. When the stream breaks, everything without an
/// answer goes again, in its order and with its ids, to the next store: the log takes each message
/// once. Lives on the event loop; only its stream's callbacks come from gRPC's threads, and they
/// post.
class AppendPipe {
 public:
  using Done = std::function<void(Result<message_store::v1::Appended>)>;
  using Stub = message_store::v1::MessageStore::Stub;

  static constexpr std::chrono::milliseconds kDeadline{5000};
  static constexpr std::size_t kMaxInFlight = 4000;  ///< Messages without an answer; more: overloaded.
  static constexpr int kMaxBatchMessages = 256;
  static constexpr std::size_t kMaxBatchBytes = 1U << 20;

  /// The stores to try, preferred first; not empty. `broken` is told of every lost stream.
  AppendPipe(boost::asio::io_context& io, std::vector<std::shared_ptr<Stub>> stores,
             std::function<void(std::string_view why)> broken);
  ~AppendPipe();
  AppendPipe(const AppendPipe&) = delete;
  AppendPipe& operator=(const AppendPipe&) = delete;

  /// `done` is called once, in a later turn of the loop or at once when refused: overloaded;
  /// unavailable when no store took it in time; unknown_outcome when one took it and kept silent.
  void append(message_store::v1::NewMessage message, Done done);

 private:
  class Stream;
  using Time = std::chrono::steady_clock::time_point;

  struct Pending {
    message_store::v1::NewMessage message;
    Done done;
    Time deadline;
    bool sent = false;  // On some stream.
  };

  void connect();
  void flush();
  void on_written();
  void on_results(const message_store::v1::AppendResults& results);
  void on_broken(const std::string& why);
  void sweep();
  void settle(std::uint64_t correlation, Result<message_store::v1::Appended> outcome);

  boost::asio::io_context& io_;
  std::vector<std::shared_ptr<Stub>> stores_;
  std::function<void(std::string_view)> broken_;
  boost::asio::steady_timer pause_;
  boost::asio::steady_timer sweeper_;
  std::chrono::milliseconds next_pause_{0};
  std::size_t store_ = 0;
  std::uint64_t next_correlation_ = 1;
  std::map<std::uint64_t, Pending> pending_;  // By correlation: the order of the calls.
  std::deque<std::uint64_t> unsent_;          // Of pending_, in order.
  std::shared_ptr<Stream> stream_;
  bool writing_ = false;
};

}  // namespace confab::gateway
