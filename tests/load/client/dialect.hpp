#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace confab::load {

enum class Dialect {
  socketio,  ///< Socket.IO 5 on Engine.IO 4, transport WebSocket.
  plain,     ///< /v1/ws: commands and events as JSON texts.
};

/// Which of its user's rooms a connection hears.
enum class Rooms {
  all,     ///< The server's own choice.
  none,    ///< auth.rooms = "none": acks only.
  listed,  ///< auth.rooms = [gid, …], for a server that keeps no memberships.
};

/// What a message from the server is, as far as a load client cares.
struct Incoming {
  enum class Kind {
    opened,   ///< Engine.IO's open packet: say hello now.
    ready,    ///< Authenticated and, where the server does so, subscribed.
    refused,  ///< The hello was.
    entry,    ///< An entry of a room's log.
    answer,   ///< To a command of ours.
    trouble,  ///< "reset" or "lag": the server gave up on +1.
    ping,
    closed,
    other,
  };
  Kind kind = Kind::other;
  bool ok = false;           ///< Of an answer.
  std::uint64_t id = 0;      ///< Of an answer.
  std::uint64_t seq = 0;     ///< Of an entry, or of the answer to a send.
  std::string_view gid;      ///< Of an entry.
  std::int64_t sent_at = 0;  ///< Of an entry: stamped_text()'s time, 0 without one.
  std::string_view ticket;   ///< Of ready: what makes the next hello cheaper, "" if nothing does.
};

[[nodiscard]] Incoming read_message(Dialect dialect, std::string_view text);

/// The HTTP request that opens the WebSocket.
[[nodiscard]] std::string upgrade_request(Dialect dialect, std::string_view host);

struct Hello {
  std::string_view token{};
  std::string_view ticket{};  ///< Of an earlier connection; "" for none.
  Rooms rooms = Rooms::all;
  std::string_view listed{};  ///< For Rooms::listed: a JSON array.
};
[[nodiscard]] std::string hello_message(Dialect dialect, const Hello& hello);

/// A command whose answer carries `id`; `data` is a JSON object.
[[nodiscard]] std::string command_message(Dialect dialect, std::uint64_t id, std::string_view name,
                                          std::string_view data);

/// `bytes` of text that carry a time in nanoseconds; never fewer than it takes.
[[nodiscard]] std::string stamped_text(std::int64_t nanoseconds, std::size_t bytes);

inline constexpr std::string_view kSocketIoPong = "3";

}  // namespace confab::load
