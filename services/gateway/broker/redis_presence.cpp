#include "gateway/broker/redis_presence.hpp"

#include <charconv>

#include "common/base/encoding.hpp"
#include "common/base/sharding.hpp"
#include "common/redis/seal.hpp"
#include "confab/event/v1/event.pb.h"

namespace confab::gateway {
namespace {

constexpr std::size_t kMaxName = 1024;  // Bytes; far above what accounts may have.

std::string channel_of(std::uint64_t room_id) { return "confab:typing:" + hex64(room_id); }
std::string key_of(std::int64_t user_id) { return "confab:seen:" + std::to_string(user_id); }
std::uint32_t bucket_of_user(std::int64_t user_id) {
  return bucket_of_user_shard(user_shard(user_id));
}

/// Milliseconds since 1970; 0 for what is none.
std::int64_t parse_mark(const std::string& text) {
  std::int64_t mark = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, mark);
  return error == std::errc() && stop == end && mark > 0 ? mark : 0;
}

std::optional<TypingNotice> from_wire(const event::v1::TypingNotice& wire) {
  for (const auto* text : {&wire.uuid(), &wire.username(), &wire.name()}) {
    if (text->empty() || text->size() > kMaxName) return std::nullopt;
  }
  TypingNotice notice;
  notice.room_id = wire.room_id();
  notice.user = {wire.user_id(), wire.uuid(), wire.username(), wire.name()};
  notice.on = wire.on();
  return notice;
}

}  // namespace

/// Marks on their way from one server or several.
struct RedisPresence::Reading {
  std::vector<std::int64_t> marks;
  std::size_t servers = 0;  ///< That have not answered yet.
  std::optional<Error> failure;
  std::shared_ptr<Gate> done;

  void take(const std::vector<std::size_t>& places, const Result<redis::Keys::Values>& values) {
    if (values) {
      for (std::size_t i = 0; i < places.size(); ++i) marks[places[i]] = parse_mark((*values)[i]);
    } else {
      failure = values.error();
    }
    if (--servers == 0) done->open();
  }
};

RedisPresence::RedisPresence(boost::asio::io_context& io, Loop& loop,
                             const std::vector<redis::Address>& addresses, Counters counters)
    : loop_(loop),
      counters_(std::move(counters)),
      keys_(io, addresses,
            {.link = [this](auto host, bool up, auto why) { counters_.link(host, up, why); }}),
      subscriber_(io, addresses,
                  {.message = [this](auto channel, auto payload) { on_message(channel, payload); },
                   .subscribed = [](auto) {},
                   .link = [](auto...) {}}) {}

void RedisPresence::start(TypingWatch& typing) {
  typing_ = &typing;
  keys_.start();
  subscriber_.start();
}

void RedisPresence::mark(const std::vector<std::int64_t>& users, std::int64_t now_ms) {
  const auto now = std::to_string(now_ms);
  for (const auto user_id : users)
    keys_.set(bucket_of_user(user_id), key_of(user_id), now, kMarkLife);
}

Task<Result<std::vector<std::int64_t>>> RedisPresence::last_marks(std::vector<std::int64_t> users) {
  const auto reading = std::make_shared<Reading>();
  if (users.empty()) co_return reading->marks;
  reading->marks.resize(users.size());
  reading->done = loop_.make_gate();
  std::vector<std::vector<std::string>> keys(keys_.servers());
  std::vector<std::vector<std::size_t>> places(keys_.servers());
  for (std::size_t i = 0; i < users.size(); ++i) {
    const auto server = keys_.server_of(bucket_of_user(users[i]));
    keys[server].push_back(key_of(users[i]));
    places[server].push_back(i);
  }
  for (std::size_t server = 0; server < keys.size(); ++server) {
    if (keys[server].empty()) continue;
    ++reading->servers;
    keys_.get(server, keys[server],
              [reading, its = places[server]](const auto& values) { reading->take(its, values); });
  }
  const auto done = reading->done;
  co_await done->passed();
  if (reading->failure) co_return *reading->failure;
  co_return std::move(reading->marks);
}

void RedisPresence::publish(const TypingNotice& notice) {
  event::v1::TypingNotice wire;
  wire.set_room_id(notice.room_id);
  wire.set_on(notice.on);
  wire.set_user_id(notice.user.id);
  wire.set_uuid(notice.user.uuid);
  wire.set_username(notice.user.username);
  wire.set_name(notice.user.name);
  auto payload = wire.SerializeAsString();
  redis::seal(payload);
  keys_.publish(bucket_of(notice.room_id), channel_of(notice.room_id), payload);
}

void RedisPresence::follow(std::uint64_t room_id) {
  subscriber_.subscribe(bucket_of(room_id), channel_of(room_id));
}

void RedisPresence::unfollow(std::uint64_t room_id) {
  subscriber_.unsubscribe(channel_of(room_id));
}

Task<bool> RedisPresence::publish_canary(std::size_t server, std::string channel) {
  const auto done = loop_.make_gate();
  const auto taken = std::make_shared<bool>(false);
  keys_.publish_to(server, channel, "1", [done, taken](const Result<>& answer) {
    *taken = answer.has_value();
    done->open();
  });
  co_await done->passed();
  co_return *taken;
}

void RedisPresence::on_message(std::string_view channel, std::string_view payload) {
  event::v1::TypingNotice parsed;
  if (!redis::parse_sealed(payload, parsed) || channel_of(parsed.room_id()) != channel) {
    return counters_.payload_refused(channel);
  }
  const auto notice = from_wire(parsed);
  if (!notice) return counters_.payload_refused(channel);
  typing_->on_notice(*notice);
}

}  // namespace confab::gateway
