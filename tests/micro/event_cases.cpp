#include <benchmark/benchmark.h>

#include "cases.hpp"
#include "gateway/socketio/event.hpp"
#include "gateway/wire/entry_wire.hpp"
#include "message_store/domain/event_json.hpp"
#include "message_store/domain/webhook_marks.hpp"
#include "message_store/wire/entry_wire.hpp"

namespace confab::micro {
namespace {

message_store::Entry sample_entry() {
  message_store::Entry entry;
  entry.room_id = 77;
  entry.gid = "wjLJb3Jo";
  entry.epoch = 1;
  entry.seq = 123456;
  entry.msg_id = *Uuid::parse("0198c0de-0000-7000-8000-000000000001");
  entry.prev_check = std::string(message_store::kCheckBytes, 'c');
  entry.actor_id = 7;
  entry.client_msg_id = "4a1f2c7e90b14ad8-123456";
  entry.body = message_store::message_body(std::string(128, 'x'), "");
  entry.created_ms = 1'760'000'000'000;
  return entry;
}

const message_store::Person kAda{7, "0198c0de-0000-7000-8000-000000000007", "ada", "Ada Lovelace"};

std::function<void()> render_body() {
  return [text = std::string(128, 'x')] {
    benchmark::DoNotOptimize(message_store::message_body(text, ""));
  };
}

std::function<void()> render_event() {
  return [entry = sample_entry()] {
    benchmark::DoNotOptimize(message_store::event_json(entry, kAda));
  };
}

std::function<void()> encode_wire() {
  const auto entry = sample_entry();
  return [entry, json = message_store::event_json(entry, kAda)] {
    event::v1::Entry wire;
    message_store::to_wire(entry, json, wire);
    benchmark::DoNotOptimize(wire.SerializeAsString());
  };
}

std::function<void()> decode_wire() {
  const auto entry = sample_entry();
  event::v1::Entry wire;
  message_store::to_wire(entry, message_store::event_json(entry, kAda), wire);
  return [bytes = wire.SerializeAsString()] {
    event::v1::Entry read;
    read.ParseFromString(bytes);
    benchmark::DoNotOptimize(gateway::from_wire(read));
  };
}

std::function<void()> encode_event() {
  return [json = message_store::event_json(sample_entry(), kAda)] {
    benchmark::DoNotOptimize(gateway::encode_event("/", "message", json));
  };
}

constexpr std::size_t kCommitted = 50;

struct NoGateways final : message_store::Events {
  void committed(std::span<const message_store::Entry>, std::span<const std::string>) override {}
  void notify(const message_store::UserNotice&) override {}
  void receipts(std::span<const message_store::Receipt>) override {}
};

/// What webhooks add to a commit of as many rooms.
std::function<void()> mark_for_webhooks() {
  struct Parts {
    NoGateways gateways;
    message_store::WebhookMarks marks{gateways, [](auto) {}};
    std::vector<message_store::Entry> entries{kCommitted, sample_entry()};
    const std::vector<std::string> json{kCommitted, "{}"};
  };
  auto parts = std::make_shared<Parts>();
  for (std::size_t i = 0; i < kCommitted; ++i) parts->entries[i].room_id = i;
  return [parts] {
    for (auto& entry : parts->entries) ++entry.seq;
    parts->marks.committed(parts->entries, parts->json);
  };
}

}  // namespace

std::vector<Case> event_cases() {
  return {{"store_render_body", 1, render_body},
          {"store_render_event", 1, render_event},
          {"store_mark_for_webhooks", kCommitted, mark_for_webhooks},
          {"event_to_wire", 1, encode_wire},
          {"event_from_wire", 1, decode_wire},
          {"socketio_encode_event", 1, encode_event}};
}

}  // namespace confab::micro
