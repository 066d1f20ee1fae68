#pragma once

#include <netinet/in.h>
#include <sys/epoll.h>

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "client/accounts.hpp"
#include "client/check.hpp"
#include "client/dialect.hpp"
#include "client/frame.hpp"

namespace confab::load {

struct FleetOptions {
  std::vector<sockaddr_in> servers;  ///< Connection i goes to server i % size.
  Dialect dialect = Dialect::socketio;
  Rooms rooms = Rooms::all;
  std::size_t sources = 8;  ///< Source addresses 127.0.0.2 and on, so that ports suffice.
};

/// One client. What it hears of each of its rooms stands in `seen`, in the order of the account's.
struct Connection {
  enum class State { idle, connecting, upgrading, greeting, ready, stalled, broken };

  int fd = -1;
  State state = State::idle;
  std::uint32_t account = 0;
  bool wants_write = false;
  std::int64_t started_ns = 0;  // Of the connecting.
  std::vector<SeenSeqs> seen;
  std::uint32_t troubles = 0;  ///< Resets and lags since it was stalled last.
  std::string ticket;
  std::string partial;   // Bytes of a frame that is not complete.
  std::string fragment;  // Frames of a message that is not complete.
  std::string unsent;
};

/// CLOCK_MONOTONIC.
[[nodiscard]] std::int64_t now_ns();

/// All clients of this process, on one thread and one epoll. What arrives is told through the
/// functions below, which the phase at work sets.
class Fleet {
 public:
  Fleet(FleetOptions options, Population population);
  ~Fleet();
  Fleet(const Fleet&) = delete;
  Fleet& operator=(const Fleet&) = delete;

  /// Waits at most `timeout_ns` for something, and handles it.
  void poll(std::int64_t timeout_ns);
  /// Whether poll() returns for standard input, too.
  void watch_input(bool wanted);
  /// Whether the last poll() found something to read there.
  [[nodiscard]] bool input_ready() const { return input_ready_; }

  /// Begins to connect the client of `account`, whose connection must not be open.
  void open(std::size_t account);
  /// Closes a connection without a word, as a lost network does.
  void drop(Connection& connection);
  /// Stops reading, as a client whose machine sleeps; or goes on.
  void stall(Connection& connection, bool stalled);
  /// Sends one WebSocket message.
  void send(Connection& connection, std::string_view text);

  [[nodiscard]] std::vector<Connection>& connections() { return connections_; }
  [[nodiscard]] const Population& population() const { return population_; }
  [[nodiscard]] const FleetOptions& options() const { return options_; }
  [[nodiscard]] std::uint64_t next_id() { return ++last_id_; }
  /// Ready connections that ended by themselves, and what the first of them heard.
  [[nodiscard]] std::uint64_t losses() const { return losses_; }
  [[nodiscard]] const std::string& first_loss() const { return first_loss_; }
  [[nodiscard]] std::uint64_t troubles() const { return troubles_; }
  /// Those that were cut off while they did not read; counted since the start.
  [[nodiscard]] std::uint64_t stalled_losses() const { return stalled_losses_; }
  void forget_losses();

  std::function<void(Connection&)> on_ready = [](Connection&) {};
  std::function<void(Connection&, const std::string& why)> on_failed = [](Connection&,
                                                                          const std::string&) {};
  /// After `seen` was told.
  std::function<void(const Incoming&)> on_entry = [](const Incoming&) {};
  std::function<void(const Incoming&)> on_answer = [](const Incoming&) {};

 private:
  static constexpr std::size_t kReadBytes = 256 * 1024;
  static constexpr std::size_t kEvents = 128;

  void handle(Connection& connection, std::uint32_t events);
  void connected(Connection& connection);
  void read(Connection& connection);
  void take_bytes(Connection& connection, std::string_view bytes);
  [[nodiscard]] bool take_upgrade(Connection& connection, std::string_view& bytes);
  void take_message(Connection& connection, const Frame& frame);
  void take_control(Connection& connection, const Frame& frame);
  void take_text(Connection& connection, std::string_view text);
  void take_entry(Connection& connection, const Incoming& entry);
  void greet(Connection& connection);
  void fail(Connection& connection, const std::string& why);
  void write(Connection& connection, std::string_view bytes);
  void watch(Connection& connection, int operation, std::uint32_t events) const;

  FleetOptions options_;
  Population population_;
  std::vector<Connection> connections_;
  int epoll_ = -1;
  bool input_ready_ = false;
  bool input_is_file_ = false;  // Always ready, and cannot be watched.
  std::vector<char> buffer_;
  std::array<epoll_event, kEvents> events_{};
  std::uint64_t last_id_ = 1;  // 1 is the hello's.
  std::uint64_t losses_ = 0;
  std::uint64_t troubles_ = 0;
  std::uint64_t stalled_losses_ = 0;
  std::string first_loss_;
};

}  // namespace confab::load
