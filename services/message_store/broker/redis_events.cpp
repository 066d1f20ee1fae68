#include "message_store/broker/redis_events.hpp"

#include "common/base/encoding.hpp"
#include "common/base/failpoint.hpp"
#include "common/base/sharding.hpp"
#include "common/redis/seal.hpp"
#include "message_store/domain/event_json.hpp"
#include "message_store/wire/entry_wire.hpp"

namespace confab::message_store {
namespace {

std::string room_channel(std::uint64_t room_id) { return "confab:room:" + hex64(room_id); }

template <typename Message>
std::string sealed(const Message& message) {
  auto payload = message.SerializeAsString();
  redis::seal(payload);
  return payload;
}

}  // namespace

void RedisEvents::committed(std::span<const Entry> entries, std::span<const std::string> json) {
  if (failpoint::fails(failpoint::Step::published)) return;
  std::vector<redis::Publisher::Message> messages;
  event::v1::RoomEntries payload;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    to_wire(entries[i], json[i], *payload.add_entries());
    const auto room_id = entries[i].room_id;
    if (i + 1 < entries.size() && entries[i + 1].room_id == room_id) continue;
    messages.push_back({bucket_of(room_id), room_channel(room_id), sealed(payload)});
    payload.Clear();
  }
  publisher_.publish(messages);
  failpoint::reach(failpoint::Step::published);
}

void RedisEvents::notify(const UserNotice& notice) {
  event::v1::UserNotice payload;
  payload.set_user_id(notice.user_id);
  payload.set_room_id(notice.room.room_id);
  payload.set_gid(notice.room.gid);
  payload.set_added(notice.added);
  payload.set_seq(notice.seq);
  payload.set_epoch(notice.room.head.epoch);
  payload.set_json(notice_json(notice.room, notice.seq));
  const auto shard = user_shard(notice.user_id);
  const redis::Publisher::Message message[] = {
      {bucket_of_user_shard(shard), "confab:users:" + std::to_string(shard), sealed(payload)}};
  publisher_.publish(message);
}

void RedisEvents::receipts(std::span<const Receipt> receipts) {
  std::vector<redis::Publisher::Message> messages;
  event::v1::RoomEntries payload;
  for (std::size_t i = 0; i < receipts.size(); ++i) {
    const auto room_id = receipts[i].room_id;
    auto& wire = *payload.add_receipts();
    wire.set_room_id(room_id);
    wire.set_user_id(receipts[i].reader.id);
    wire.set_seq(receipts[i].seq);
    wire.set_json(receipt_json(receipts[i]));
    if (i + 1 < receipts.size() && receipts[i + 1].room_id == room_id) continue;
    messages.push_back({bucket_of(room_id), room_channel(room_id), sealed(payload)});
    payload.Clear();
  }
  publisher_.publish(messages);
}

}  // namespace confab::message_store
