// Socket.IO packets, and the events in them.
#include "gateway/socketio/event_codec.hpp"
#include "gateway/socketio/packet.hpp"
#include "input.hpp"

namespace {

void require_same(const confab::gateway::SocketPacket& one,
                  const confab::gateway::SocketPacket& other) {
  confab::fuzz::require(one.type == other.type && one.attachments == other.attachments);
  confab::fuzz::require(one.nsp == other.nsp && one.id == other.id && one.json == other.json);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto packet = confab::gateway::decode_packet(confab::fuzz::text_of(data, size));
  if (!packet) return 0;
  confab::fuzz::require(packet->attachments <= confab::gateway::kMaxAttachments);
  const auto again =
      confab::gateway::decode_packet(confab::gateway::encode_packet(*packet).substr(1));
  confab::fuzz::require(again.has_value());
  require_same(*packet, *again);
  static_cast<void>(confab::gateway::placeholders_fit(packet->json, packet->attachments));
  if (packet->type != confab::gateway::SocketPacketType::event &&
      packet->type != confab::gateway::SocketPacketType::binary_event) {
    return 0;
  }
  const auto event = confab::gateway::parse_event(*packet);
  if (event) confab::fuzz::require(event->args_json.size() >= 2 && event->args_json.size() <= size);
  return 0;
}
