#include <benchmark/benchmark.h>

#include "cases.hpp"
#include "gateway/socketio/event_codec.hpp"
#include "gateway/socketio/packet.hpp"

namespace confab::micro {
namespace {

/// A send of 128 bytes of text, without the Engine.IO digit.
std::string send_packet() {
  return R"(217["send",{"room":"wjLJb3Jo","text":")" + std::string(128, 'x') +
         R"(","client_msg_id":"4a1f2c7e90b14ad8-123456"}])";
}

std::function<void()> decode_send() {
  return [text = send_packet()] { benchmark::DoNotOptimize(gateway::decode_packet(text)); };
}

std::function<void()> parse_send() {
  return [packet = gateway::decode_packet(send_packet()).value()] {
    benchmark::DoNotOptimize(gateway::parse_event(packet));
  };
}

std::function<void()> encode_ack() {
  gateway::SocketPacket packet;
  packet.type = gateway::SocketPacketType::ack;
  packet.id = 17;
  packet.json = R"([{"ok":true,"room":"wjLJb3Jo","epoch":1,"seq":123456,)"
                R"("msg_id":"0198c0de-0000-7000-8000-000000000001","ts":1760000000000,)"
                R"("client_msg_id":"4a1f2c7e90b14ad8-123456"}])";
  return [packet] { benchmark::DoNotOptimize(gateway::encode_packet(packet)); };
}

}  // namespace

std::vector<Case> packet_cases() {
  return {{"socketio_decode_send", 1, decode_send},
          {"socketio_parse_send", 1, parse_send},
          {"socketio_encode_ack", 1, encode_ack}};
}

}  // namespace confab::micro
