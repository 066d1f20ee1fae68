// Socket.IO packets, and the events in them.
#include "gateway/socketio/event_codec.hpp"
#include "gateway/socketio/packet.hpp"
#include "input.hpp"

using namespace confab;

namespace {

void require_same(const gateway::SocketPacket& one, const gateway::SocketPacket& other) {
  fuzz::require(one.type == other.type && one.attachments == other.attachments);
  fuzz::require(one.nsp == other.nsp && one.id == other.id && one.json == other.json);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto packet = gateway::decode_packet(fuzz::text_of(data, size));
  if (!packet) return 0;
  fuzz::require(packet->attachments <= gateway::kMaxAttachments);
  const auto again = gateway::decode_packet(gateway::encode_packet(*packet).substr(1));
  fuzz::require(again.has_value());
  require_same(*packet, *again);
  static_cast<void>(gateway::placeholders_fit(packet->json, packet->attachments));
  if (packet->type != gateway::SocketPacketType::event &&
      packet->type != gateway::SocketPacketType::binary_event) {
    return 0;
  }
  const auto event = gateway::parse_event(*packet);
  if (event) fuzz::require(event->args_json.size() >= 2 && event->args_json.size() <= size);
  return 0;
}
