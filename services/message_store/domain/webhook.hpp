#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "common/base/result.hpp"
#include "message_store/domain/types.hpp"

namespace confab::message_store {

/// Where a POST goes.
struct WebhookUrl {
  bool tls = true;
  std::string host;  ///< Without brackets.
  std::string port;
  std::string target;  ///< Path and query.
};

/// A server that is told what happens in rooms; one item of --webhooks.
struct WebhookEndpoint {
  std::string name;
  WebhookUrl url;
  std::vector<std::string> keys;   ///< Raw bytes; each signs every request.
  std::vector<EntryKind> kinds;    ///< Empty: all.
  std::vector<std::string> rooms;  ///< gids, sorted; empty: all rooms.
  bool from_start = false;         ///< Gets also what was stored before it first appeared.
  std::string ca_file;             ///< Trusted instead of the system's; empty: the system's.
  std::size_t in_flight = 4;       ///< Requests at one time; one a room.
  std::chrono::milliseconds timeout{15'000};  ///< Of one request, connecting included.

  [[nodiscard]] bool wants_kind(EntryKind kind) const {
    return kinds.empty() || std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
  }
  [[nodiscard]] bool wants_room(const std::string& gid) const {
    return rooms.empty() || std::binary_search(rooms.begin(), rooms.end(), gid);
  }
};

/// A room whose log has grown, at least to `seq`.
struct RoomMark {
  std::uint64_t room_id = 0;
  std::uint64_t seq = 0;
  std::string gid;
};

/// How far a room was delivered.
struct WebhookCursor {
  std::uint64_t room_id = 0;
  std::uint64_t seq = 0;
};

/// A room with entries that were not delivered.
struct RoomBehind {
  std::uint64_t room_id = 0;
  std::uint64_t cursor = 0;
  std::uint64_t head = 0;
  std::int64_t since_ms = 0;  ///< When the first of them was stored.
};

struct WebhookScan {
  std::vector<RoomBehind> behind;
  std::uint64_t last_room = 0;  ///< Where the next scan goes on.
  bool complete = false;        ///< There are no rooms beyond.
  std::chrono::milliseconds took{0};
};

/// Port: what is durable of webhooks. PgWebhooks, FakeWebhookStore. Blocks.
class WebhookStore {
 public:
  virtual ~WebhookStore() = default;

  /// Takes or renews the endpoint's lease; the endpoint becomes known by the first call for it.
  /// False: somebody else has it.
  [[nodiscard]] virtual Result<bool> hold(const WebhookEndpoint& endpoint, const Uuid& token,
                                          std::chrono::milliseconds lease) = 0;
  /// Gives the lease up, if `token` has it.
  [[nodiscard]] virtual Result<> release(const WebhookEndpoint& endpoint, const Uuid& token) = 0;

  /// Looks at the next `rooms` rooms above `after_room`, in the order of ids. Those the endpoint
  /// does not want are never behind.
  [[nodiscard]] virtual Result<WebhookScan> scan(const WebhookEndpoint& endpoint,
                                                 std::uint64_t after_room, std::size_t rooms) = 0;

  /// room_not_found.
  [[nodiscard]] virtual Result<std::uint64_t> cursor(const WebhookEndpoint& endpoint,
                                                     std::uint64_t room_id) = 0;

  /// Moves cursors forward, never back. False, and nothing is moved, when `token` has lost the
  /// lease.
  [[nodiscard]] virtual Result<bool> advance(const WebhookEndpoint& endpoint, const Uuid& token,
                                             std::span<const WebhookCursor> cursors) = 0;
};

/// One request.
struct WebhookDelivery {
  std::string id;  ///< The same whenever the same entries are sent again.
  std::string body;
  std::size_t events = 0;
};

struct WebhookAnswer {
  enum class Verdict { delivered, retry, gone };

  Verdict verdict = Verdict::retry;
  int status = 0;   ///< 0: there was no answer.
  std::string why;  ///< For operators; empty when delivered.
  std::chrono::milliseconds retry_after{0};
};

/// Port: posts to one endpoint. HttpsWebhookSender, ScriptedSender.
class WebhookSender {
 public:
  using Done = std::function<void(WebhookAnswer)>;
  virtual ~WebhookSender() = default;

  /// Never blocks; `done` is called once, from any thread, at the latest after the endpoint's
  /// timeout, and perhaps never when the sender is destroyed before.
  virtual void send(WebhookDelivery delivery, Done done) = 0;
};

/// Port: what operators see of one endpoint. Called from the endpoint's thread only.
class WebhookObserver {
 public:
  virtual ~WebhookObserver() = default;

  /// This store delivers from now on, or no longer.
  virtual void held(bool now) = 0;
  virtual void answered(const WebhookAnswer& answer, std::size_t events) = 0;
  virtual void behind(std::uint64_t entries, std::chrono::seconds time) = 0;
  /// PostgreSQL refused something; it is tried again.
  virtual void stalled(const Error& why) = 0;
};

}  // namespace confab::message_store
