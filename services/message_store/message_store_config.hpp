#pragma once

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "common/config/options.hpp"
#include "common/postgres/pool.hpp"
#include "common/postgres/url.hpp"
#include "common/redis/address.hpp"
#include "message_store/domain/epoch_bump.hpp"
#include "message_store/domain/limits.hpp"
#include "message_store/domain/room_lanes.hpp"
#include "message_store/domain/search_indexer.hpp"
#include "message_store/domain/webhook_config.hpp"
#include "message_store/webhooks.hpp"

namespace confab::message_store {

/// What an operator may set. main() reads it once; everything below gets plain values.
struct MessageStoreConfig {
  std::string listen = "127.0.0.1:7200";
  std::string database_url;
  std::vector<std::string> redis_urls = {"redis://127.0.0.1:6379"};
  std::size_t writers = 3;
  std::size_t readers = 4;
  std::size_t max_batch = 200;
  std::chrono::milliseconds commit_spacing{0};
  std::size_t max_queued = 20'000;
  std::size_t max_queued_bytes = 64UL << 20;
  std::size_t searchers = 2;
  std::size_t max_searches = 64;
  std::chrono::milliseconds search_timeout{2000};
  bool search_index = true;
  std::size_t search_index_percent = 10;
  bool provisioning = false;
  std::chrono::milliseconds edit_window{std::chrono::hours(24)};
  std::chrono::milliseconds statement_timeout{5000};
  std::chrono::milliseconds lock_timeout{2000};
  StoreLimits limits;
  std::string webhooks;
  std::chrono::milliseconds webhook_sweep{30'000};
  BumpRequest bump;  ///< Of the subcommand bump-epoch.

  config::Options options{"message-store"};

  MessageStoreConfig() {
    options.add("listen", listen, "ip:port of the gRPC service for gateways");
    options.add_secret("database-url", database_url,
                       "PostgreSQL, postgresql://user:password@host:5432/database");
    options.add_secret("redis-urls", redis_urls,
                       "Redis servers, redis://[:password@]host:6379, by comma; rooms are spread "
                       "over them by bucket");
    options.add("writers", writers,
                "connections that commit messages and memberships; one takes most messages, the "
                "others what would hold it up");
    options.add("readers", readers, "connections for history, rooms and heads");
    options.add("max-batch", max_batch, "messages in one transaction");
    options.add("commit-spacing", commit_spacing,
                "least time between two transactions of messages while they come fast; fewer and "
                "larger ones cost less CPU, and answers take longer by half of it");
    options.add("max-queued", max_queued, "messages waiting to be committed; more are refused");
    options.add("max-queued-bytes", max_queued_bytes,
                "bytes of these messages; more are refused, and it takes about three times this of "
                "memory");
    options.add("edit-window", edit_window,
                "for how long after it was sent a message can be edited; 0s: for ever");
    options.add("searchers", searchers, "connections for searches");
    options.add("max-searches", max_searches, "searches waiting for one; more are refused");
    options.add("search-timeout", search_timeout, "longest statement of a search");
    options.add("search-index", search_index,
                "take messages into the index that searches use; one of the message-stores must");
    options.add("search-index-percent", search_index_percent,
                "of the time of one connection that may go into that index");
    options.add("provisioning", provisioning,
                "let operators make rooms in bulk (confabctl seed); for benchmarks and tests");
    options.add("statement-timeout", statement_timeout, "longest statement in PostgreSQL");
    options.add("lock-timeout", lock_timeout, "longest wait for a room's lock in PostgreSQL");
    declare_limits();
    options.add_secret("webhooks", webhooks,
                       "JSON list of the servers that are told what happens in rooms; "
                       "see docs/webhooks.md");
    options.add("webhook-sweep", webhook_sweep,
                "time between two searches for entries that nobody told of, after a crash or while "
                "Redis is away; every replica the same");
  }
  MessageStoreConfig(const MessageStoreConfig&) = delete;
  MessageStoreConfig& operator=(const MessageStoreConfig&) = delete;

  /// For the subcommand bump-epoch alone.
  void declare_bump() {
    options.add("confirm", bump.confirmed,
                "bump-epoch: do it; without it the command only tells what it would do");
    options.add("room", bump.gid, "bump-epoch: the gid of the one room whose log was cut");
  }

  [[nodiscard]] postgres::PoolOptions write_pool() const {
    // Beside the lanes' writers, two for the making of rooms.
    return pool(writers + 2);
  }
  [[nodiscard]] postgres::PoolOptions read_pool() const { return pool(readers); }
  [[nodiscard]] postgres::PoolOptions search_pool() const { return pool(searchers); }
  /// For what goes on by itself: the index, names, deleted accounts.
  [[nodiscard]] postgres::PoolOptions background_pool() const { return pool(2); }
  [[nodiscard]] IndexerOptions indexer() const {
    return {.share = static_cast<double>(search_index_percent) / 100};
  }
  [[nodiscard]] LaneOptions lanes() const {
    return {.writers = writers,
            .max_batch = max_batch,
            .max_queued = max_queued,
            .max_queued_bytes = max_queued_bytes,
            .spacing = commit_spacing,
            .limits = limits};
  }

  [[nodiscard]] Result<Webhooks::Settings> webhook_settings() const {
    auto endpoints = parse_webhooks(webhooks, read_file);
    if (!endpoints) return endpoints.error();
    Webhooks::Settings settings;
    settings.endpoints = std::move(*endpoints);
    settings.times.sweep = webhook_sweep;
    settings.pool = pool(1);
    settings.redis = *redis::parse_addresses(redis_urls);
    return settings;
  }

  /// invalid_argument naming the option that is missing or out of range.
  [[nodiscard]] Result<> check() const {
    const auto bad = [](const char* what) {
      return Error{ErrorCode::invalid_argument, std::string(what) + "; see --help"};
    };
    if (database_url.empty()) return bad("--database-url is missing");
    if (const auto good = postgres::check_url(database_url); !good) return good;
    if (redis_urls.empty()) return bad("--redis-urls is empty");
    if (const auto good = redis::parse_addresses(redis_urls); !good) return good.error();
    if (writers == 0 || writers > 64) return bad("--writers must be 1 to 64");
    if (readers == 0 || readers > 64) return bad("--readers must be 1 to 64");
    if (max_batch == 0 || max_batch > 1000) return bad("--max-batch must be 1 to 1000");
    if (searchers == 0 || searchers > 64) return bad("--searchers must be 1 to 64");
    if (max_searches == 0) return bad("--max-searches must be at least 1");
    if (search_timeout < std::chrono::milliseconds(1)) return bad("--search-timeout is too short");
    if (search_index_percent == 0 || search_index_percent > 100) {
      return bad("--search-index-percent must be 1 to 100");
    }
    if (max_queued == 0) return bad("--max-queued must be at least 1");
    if (max_queued_bytes == 0) return bad("--max-queued-bytes must be at least 1");
    if (limits.text_bytes == 0 || limits.text_bytes > kMostTextBytes) {
      return bad("--max-text-bytes must be 1 to 65536");
    }
    if (limits.attributes_bytes == 0 || limits.attributes_bytes > kMostAttributesBytes) {
      return bad("--max-attributes-bytes must be 1 to 32768");
    }
    for (const auto count : {limits.mentions, limits.first_members}) {
      if (count > kMostAtOnce) {
        return bad("--max-mentions and --max-first-members must be at most 1000");
      }
    }
    for (const auto count : {limits.edits, limits.reaction_kinds, limits.pins, limits.members,
                             limits.rooms, limits.invites, limits.blocks}) {
      if (count == 0 || count > kMostOfMany) {
        return bad("what --max-edits to --max-blocks count must be 1 to 1000000");
      }
    }
    if (webhook_sweep.count() == 0) return bad("--webhook-sweep must not be 0");
    if (const auto good = webhook_settings(); !good) return good.error();
    return {};
  }

 private:
  static constexpr std::size_t kMostAtOnce = 1000;  ///< Users that auth looks up in one call.
  static constexpr std::size_t kMostOfMany = 1'000'000;

  void declare_limits() {
    options.add("max-text-bytes", limits.text_bytes, "text of a message");
    options.add("max-attributes-bytes", limits.attributes_bytes, "JSON of its attributes");
    options.add("max-mentions", limits.mentions, "users that it mentions");
    options.add("max-first-members", limits.first_members, "users that a room is made with");
    options.add("max-edits", limits.edits, "edits of a message");
    options.add("max-reactions", limits.reaction_kinds, "different reactions to a message");
    options.add("max-pins", limits.pins, "pinned messages of a room");
    options.add("max-members", limits.members, "members of a room");
    options.add("max-rooms", limits.rooms, "rooms that a user is in");
    options.add("max-invites", limits.invites, "invitations to a room that are good");
    options.add("max-blocks", limits.blocks, "users that a user has blocked");
  }
  static std::optional<std::string> read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream content;
    if (!file || !(content << file.rdbuf()).good()) return std::nullopt;
    return content.str();
  }

  [[nodiscard]] postgres::PoolOptions pool(std::size_t connections) const {
    return {.url = database_url,
            .connections = connections,
            .application_name = "confab-message-store",
            .statement_timeout = statement_timeout,
            .lock_timeout = lock_timeout};
  }
};

}  // namespace confab::message_store
