#include "gateway/broker/redis_feed.hpp"

#include <charconv>

#include "common/base/encoding.hpp"
#include "common/base/sharding.hpp"
#include "common/redis/seal.hpp"
#include "confab/event/v1/event.pb.h"
#include "gateway/wire/entry_wire.hpp"

namespace confab::gateway {
namespace {

constexpr std::string_view kRoomPrefix = "confab:room:";
constexpr std::string_view kUsersPrefix = "confab:users:";
constexpr std::string_view kCanaryPrefix = "confab:canary:";

std::string room_channel(std::uint64_t room_id) {
  return std::string(kRoomPrefix) + hex64(room_id);
}
std::string users_channel(std::uint32_t shard) {
  return std::string(kUsersPrefix) + std::to_string(shard);
}

}  // namespace

RedisFeed::RedisFeed(boost::asio::io_context& io, Loop& loop,
                     const std::vector<redis::Address>& addresses, FeedCounters counters)
    : loop_(loop),
      counters_(std::move(counters)),
      subscriber_(io, addresses,
                  {.message = [this](auto channel, auto payload) { on_message(channel, payload); },
                   .subscribed = [this](auto name) { on_subscribed(std::string(name)); },
                   .link =
                       [this](auto server, auto host, bool up, auto why) {
                         if (!up && canary_ != nullptr) canary_->on_lost(server);
                         counters_.link(host, up, why);
                       }}) {}

void RedisFeed::start(Hub& hub, SessionBook& sessions, Receipts& receipts) {
  hub_ = &hub;
  sessions_ = &sessions;
  receipts_ = &receipts;
  for (std::uint32_t shard = 0; shard < kUserShards; ++shard) {
    const auto name = users_channel(shard);
    want(bucket_of_user_shard(shard), name);
    channels_[name].may_have_missed = true;  // Whoever is here before the first confirmation.
  }
  subscriber_.start();
}

void RedisFeed::hear(FeedCanary& canary) {
  canary_ = &canary;
  for (std::size_t server = 0; server < canary.servers(); ++server) {
    subscriber_.subscribe_at(server, canary.channel(server));
  }
}

void RedisFeed::want(std::uint32_t bucket, const std::string& name) {
  const auto [channel, is_new] = channels_.try_emplace(name);
  if (!is_new) return;
  channel->second.confirmed = loop_.make_gate();
  subscriber_.subscribe(bucket, name);
}

void RedisFeed::drop(const std::string& name) {
  const auto found = channels_.find(name);
  if (found == channels_.end()) return;
  found->second.confirmed->open();
  channels_.erase(found);
  subscriber_.unsubscribe(name);
}

Task<bool> RedisFeed::confirmed(std::vector<std::string> names) {
  const auto all = loop_.make_gate();
  const auto late = std::make_shared<bool>(false);
  loop_.spawn([this, all, late]() -> Task<> {
    co_await loop_.sleep(kConfirmation);
    *late = true;
    all->open();
  });
  loop_.spawn([this, all, names]() -> Task<> {
    for (const auto& name : names) {
      const auto found = channels_.find(name);
      if (found == channels_.end()) continue;
      const auto gate = found->second.confirmed;
      co_await gate->passed();
    }
    all->open();
  });
  co_await all->passed();
  if (!*late) co_return true;
  for (const auto& name : names) {
    if (const auto found = channels_.find(name); found != channels_.end()) {
      found->second.may_have_missed = true;
    }
  }
  co_return false;
}

void RedisFeed::on_subscribed(const std::string& name) {
  if (canary_ != nullptr && name.starts_with(kCanaryPrefix)) {
    if (const auto server = canary_->server_of(name)) canary_->on_subscribed(*server);
    return;
  }
  const auto found = channels_.find(name);
  if (found == channels_.end()) return;
  const bool missed = std::exchange(found->second.may_have_missed, true);
  found->second.confirmed->open();
  if (!missed) return;
  if (name.starts_with(kUsersPrefix)) {
    sessions_->look_again_soon();
  } else {
    compare_soon();
  }
}

/// Confirmations come one by one; what was published meanwhile is found by asking once for all.
void RedisFeed::compare_soon() {
  if (std::exchange(comparing_soon_, true)) return;
  loop_.spawn([this]() -> Task<> {
    co_await loop_.sleep(kGathering);
    comparing_soon_ = false;
    hub_->on_feed_back();
  });
}

Task<bool> RedisFeed::follow_rooms(std::vector<std::uint64_t> rooms) {
  std::vector<std::string> names;
  for (const auto room_id : rooms) {
    names.push_back(room_channel(room_id));
    want(bucket_of(room_id), names.back());
  }
  co_return co_await confirmed(std::move(names));
}

void RedisFeed::unfollow_room(std::uint64_t room_id) { drop(room_channel(room_id)); }

void RedisFeed::on_message(std::string_view channel, std::string_view payload) {
  if (channel.starts_with(kRoomPrefix)) return on_room(channel, payload);
  if (channel.starts_with(kUsersPrefix)) return on_user(channel, payload);
  if (canary_ != nullptr && channel.starts_with(kCanaryPrefix)) {
    if (const auto server = canary_->server_of(channel)) return canary_->on_heard(*server);
  }
  counters_.payload_refused(channel);
}

void RedisFeed::on_room(std::string_view channel, std::string_view payload) {
  event::v1::RoomEntries parsed;
  if (!redis::parse_sealed(payload, parsed)) return counters_.payload_refused(channel);
  if (parsed.entries().empty()) return on_receipts(channel, parsed);
  const auto room_id = parsed.entries(0).room_id();
  if (room_channel(room_id) != channel) return counters_.payload_refused(channel);
  std::vector<EntryPtr> entries;
  entries.reserve(static_cast<std::size_t>(parsed.entries_size()));
  for (auto& wire : *parsed.mutable_entries()) {
    auto entry = from_wire(std::move(wire));
    if (!entry || entry->room_id != room_id) return counters_.payload_refused(channel);
    entries.push_back(std::make_shared<Entry>(std::move(*entry)));
  }
  hub_->on_entries(room_id, entries);
}

void RedisFeed::on_receipts(std::string_view channel, event::v1::RoomEntries& parsed) {
  if (parsed.receipts().empty()) return counters_.payload_refused(channel);
  for (auto& wire : *parsed.mutable_receipts()) {
    auto receipt = from_wire(std::move(wire));
    if (!receipt || room_channel(receipt->room_id) != channel)
      return counters_.payload_refused(channel);
    receipts_->on_receipt(std::move(*receipt));
  }
}

void RedisFeed::on_user(std::string_view channel, std::string_view payload) {
  event::v1::UserNotice parsed;
  if (!redis::parse_sealed(payload, parsed) ||
      users_channel(user_shard(parsed.user_id())) != channel) {
    return counters_.payload_refused(channel);
  }
  const auto notice = from_wire(parsed);
  if (!notice) return counters_.payload_refused(channel);
  sessions_->on_notice(*notice);
}

}  // namespace confab::gateway
