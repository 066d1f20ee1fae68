#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "common/base/result.hpp"
#include "common/rpc/bidi_call.hpp"
#include "confab/message_store/v1/message_store.pb.h"

namespace confab::gateway {

/// The send path to the message-stores: one long-lived stream that carries batches. What one turn
/// of the loop brings leaves together, and what gathers until the store has answered some of the
/// last batch is the next: each batch costs both processes several wake-ups, whatever its size.
/// When the stream breaks, everything without an answer goes again, in its order and with its ids,
/// to the next store: the log takes each message once. A message that is refused so that it may be
/// sent again, or given up, takes along what its sender has waiting behind it for the room: stored,
/// that would stand before it. Lives on the event loop.
class AppendPipe {
 public:
  using Done = std::function<void(Result<message_store::v1::Appended>)>;
  using Time = std::chrono::steady_clock::time_point;

  struct Options {
    std::chrono::milliseconds deadline{5000};  ///< For a message to be answered.
    std::chrono::milliseconds sweep{100};      ///< How often deadlines are looked at.
    /// A batch that is not answered at all, because its rooms are held, delays the next no longer.
    std::chrono::milliseconds patience{10};
    /// A store that for so long answers nothing of what it was sent is taken to hang, if there is
    /// another; most messages then have time to go there.
    std::chrono::milliseconds silence{2000};
    /// After so long with another store it looks whether the preferred one is there again, so that
    /// a room's messages meet in one store;
    std::chrono::milliseconds return_after{2000};
    /// or after so long, when that was left because it hung.
    std::chrono::milliseconds return_after_silence{10'000};
    /// And for so long nothing is sent, to let the other store answer what it was sent.
    std::chrono::milliseconds hold{200};
    std::function<void()> preferred_is_back = [] {};
    std::size_t max_in_flight = 4000;  ///< Messages without an answer; more: overloaded.
    /// By which a message is late; tests bring their own.
    std::function<Time()> now = &std::chrono::steady_clock::now;
  };
  static constexpr int kMaxBatchMessages = 256;
  /// With so much a batch is full. The message that fills it may be as large again, from a client
  /// that sends all it may; a batch above rpc::kMaxMessageBytes would cost the stream.
  static constexpr std::size_t kMaxBatchBytes = 1U << 20;

  /// The stores to try as host:port, preferred first; not empty. `broken` is told of every lost
  /// stream.
  AppendPipe(boost::asio::io_context& io, std::vector<std::string> stores,
             std::function<void(std::string_view why)> broken, Options options);
  ~AppendPipe();
  AppendPipe(const AppendPipe&) = delete;
  AppendPipe& operator=(const AppendPipe&) = delete;

  /// `done` is called once, in a later turn of the loop. overloaded; unavailable when no store was
  /// reached in time; unknown_outcome when one may have taken it and kept silent.
  void append(message_store::v1::NewMessage message, Done done);

 private:
  struct Pending {
    message_store::v1::NewMessage message;
    std::size_t bytes;  // Of the message, with all that it mentions.
    Done done;
    Time deadline;
    bool is_written = false;    // To the present stream, which has reached a store.
    bool may_be_taken = false;  // By a store that a stream before has reached.
  };
  /// Of messages whose order is kept: room and sender.
  using Line = std::pair<std::uint64_t, std::int64_t>;

  void connect();
  void flush_soon();
  void flush();
  void on_results(std::string_view bytes);
  void on_broken(std::string_view why);
  void sweep();
  void leave_silent_store();
  void look_for_preferred();
  [[nodiscard]] bool holds_for_preferred();
  void begin_with(std::shared_ptr<rpc::BidiCall> stream);
  [[nodiscard]] Error given_up(const Pending& pending) const;
  /// Refuses what waits in these lines and was not written.
  void refuse_followers(const std::set<Line>& lines);
  [[nodiscard]] static Line line_of(const message_store::v1::NewMessage& message);
  void settle(std::uint64_t correlation, Result<message_store::v1::Appended> outcome);

  boost::asio::io_context& io_;
  const std::vector<std::string> stores_;
  std::function<void(std::string_view)> broken_;
  const Options options_;
  boost::asio::steady_timer pause_;
  boost::asio::steady_timer sweeper_;
  std::chrono::milliseconds next_pause_{0};
  std::size_t store_ = 0;
  std::uint64_t next_correlation_ = 1;
  std::map<std::uint64_t, Pending> pending_;  // By correlation: the order of the calls.
  std::deque<std::uint64_t> unsent_;          // Of pending_, in order.
  std::shared_ptr<rpc::BidiCall> stream_;
  std::shared_ptr<rpc::BidiCall> preferred_;  // Beside it, until it can be used.
  std::size_t written_ = 0;                   // Of pending_, to the present stream.
  message_store::v1::AppendBatch batch_;      // Kept for its memory, as are
  message_store::v1::AppendResults results_;  // these.
  bool flush_posted_ = false;
  bool unanswered_ = false;  // Nothing of the last batch has been answered yet.
  Time written_at_{};
  Time look_at_{};  // When to look for the preferred store.
  std::optional<Time> hold_until_;
  std::optional<Time> silent_since_;  // Sent something, and heard nothing since.
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // For what has been posted.
};

}  // namespace confab::gateway
