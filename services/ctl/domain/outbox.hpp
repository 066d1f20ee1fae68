#pragma once

#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "ctl/domain/recorder.hpp"

namespace confab::ctl {

/// The answer to a send.
struct SendAnswer {
  bool ok = false;
  LogPlace place{};
  std::string msg_id{};
  std::string code{};
  bool retryable = false;
  std::chrono::milliseconds retry_after{0};
};

/// What a client sends to one room, by the rules for clients in docs/contract.md: an id made once
/// per message; after a break or a refusal all that is open is sent again in order, before anything
/// new.
class Outbox {
 public:
  static constexpr std::size_t kWindow = 4;  ///< Messages under way at once.
  static constexpr std::size_t kMostAcked = 50;

  struct Message {
    std::string cmid;
    std::string text;
  };
  /// `transmit` sends; the answer is given to answered() with the same number.
  using Transmit = std::function<void(std::uint64_t number, const Message&)>;
  /// Calls resume() after that time.
  using Wait = std::function<void(std::chrono::milliseconds)>;

  Outbox(Tell tell, Transmit transmit, Wait wait)
      : tell_(std::move(tell)), transmit_(std::move(transmit)), wait_(std::move(wait)) {}

  void send(Message message);
  /// Sends the acknowledged message of that index, counted from the oldest kept, once more.
  void repeat(std::size_t index);
  [[nodiscard]] std::size_t acked() const { return acked_.size(); }
  [[nodiscard]] std::size_t open() const { return pending_.size(); }
  /// Whether more would only wait behind what was refused, or has no answer yet.
  [[nodiscard]] bool is_full() const { return is_stirred_ || pending_.size() >= kWindow; }

  void connected();
  /// The connection broke: no answer comes any more.
  void lost();
  void answered(std::uint64_t number, const SendAnswer& answer);
  void resume();

 private:
  struct Pending {
    Message message;
    std::uint64_t number = 0;  ///< Of the attempt under way; 0: none is.
    bool is_first = true;
  };

  void pump();
  void attempt(Pending& pending);
  void record(const Message& message, const SendAnswer& answer);
  void hold(std::chrono::milliseconds time);

  Tell tell_;
  Transmit transmit_;
  Wait wait_;
  std::deque<Pending> pending_;
  std::deque<Message> acked_;
  std::map<std::uint64_t, Message> repeats_;  // Under way, by number.
  std::uint64_t last_number_ = 0;
  double last_key_ = 0;
  bool is_connected_ = false;
  bool is_stirred_ = false;  // Order is to be made anew.
  bool is_waiting_ = false;
};

}  // namespace confab::ctl
