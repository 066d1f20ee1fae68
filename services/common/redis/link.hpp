#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/redis/address.hpp"

namespace confab::redis {

/// One reply or push of the server, flattened: pub/sub needs no nesting.
struct Reply {
  bool error = false;
  std::vector<std::string_view> parts;  ///< Valid during the callback only.
};

/// What a Link tells its owner; all on the loop's thread.
struct LinkEvents {
  std::function<void()> up;  ///< Connected and let in; send() works from now on.
  std::function<void(const Reply&)> reply;
  std::function<void(std::string_view why)> down;  ///< Also for each failed attempt to connect.
};

/// A connection to one Redis server that lets it in, and that comes back by itself (0.1 s to 3 s
/// between attempts) and drops a server that stays silent for kSilence. Everything runs on the
/// loop's one thread.
class Link : public std::enable_shared_from_this<Link> {
 public:
  static constexpr std::chrono::seconds kConnectDeadline{3};
  static constexpr std::chrono::seconds kPingEvery{3};
  static constexpr std::chrono::seconds kSilence{8};
  /// Bytes waiting for a slow server; when full, send() refuses.
  static constexpr std::size_t kMaxQueuedBytes = 32UL << 20;

  /// Whether the server answers commands. One that does not answers pings all the same.
  enum class Answers { wanted, unwanted };

  /// `hello` is what it asks first, and which it must be allowed: NOAUTH or NOPERM as the answer,
  /// and it is down, with what the server says. Without answers it asks that again with each ping.
  Link(boost::asio::io_context& loop, Address address, LinkEvents events,
       Answers answers = Answers::wanted, std::string hello = {});

  void start();
  /// Closes; no callback comes after it.
  void stop();

  /// Ends the connection; another is begun as after any that was lost.
  void reconnect();

  [[nodiscard]] bool is_up() const { return up_; }

  /// Queues a command built by command(). What is queued in one turn of the loop leaves in one
  /// write. False when the link is down or its queue full: nothing was queued.
  bool send(std::string_view command);

 private:
  using Time = std::chrono::steady_clock::time_point;

  boost::asio::awaitable<void> run();
  boost::asio::awaitable<std::string> connect_once();
  boost::asio::awaitable<std::string> connect();
  boost::asio::awaitable<std::string> enter();
  boost::asio::awaitable<void> converse();
  boost::asio::awaitable<void> write_all();
  void watch();
  bool feed(std::string_view bytes);
  using RawReply = std::unique_ptr<void, void (*)(void*)>;
  std::optional<RawReply> next_reply();

  boost::asio::io_context& loop_;
  const Address address_;
  LinkEvents events_;
  const Answers answers_;
  const std::string hello_;
  std::string refusal_;  // Why the server ended it, if it said so.
  boost::asio::ip::tcp::socket socket_;
  boost::asio::steady_timer pause_;
  boost::asio::steady_timer watchdog_;
  struct Reader;
  std::shared_ptr<Reader> reader_;
  std::string queued_;
  bool writing_ = false;
  std::uint64_t connection_ =
      0;  // Counts connections, so that a late write knows it is of an old one.
  bool up_ = false;
  bool stopped_ = false;
  Time heard_{};
};

/// Appends the words as a RESP command.
void append_command(std::string& out, std::initializer_list<std::string_view> words);

/// The words as a RESP command.
[[nodiscard]] std::string command(std::initializer_list<std::string_view> words);

}  // namespace confab::redis
