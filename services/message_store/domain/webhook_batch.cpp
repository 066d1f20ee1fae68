#include "message_store/domain/webhook_batch.hpp"

#include "common/base/encoding.hpp"

namespace confab::message_store {
namespace {

struct Chosen {
  std::string events;  // JSON objects with commas between.
  std::size_t count = 0;
};

/// Walks over the entries until the request is large enough; `batch` tells how far it came.
Chosen choose(const WebhookEndpoint& endpoint, std::span<const Entry> entries,
              std::span<const std::string> json, WebhookBatch& batch) {
  Chosen chosen;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const auto& entry = entries[i];
    if (endpoint.wants_kind(entry.kind) && endpoint.wants_room(entry.gid)) {
      if (chosen.count > 0 && chosen.events.size() + json[i].size() > kWebhookBytes) {
        batch.more = true;
        return chosen;
      }
      if (chosen.count++ > 0) chosen.events += ',';
      chosen.events += json[i];
    }
    batch.through = entry.seq;
    batch.since_ms = entry.created_ms;
  }
  return chosen;
}

WebhookDelivery make_delivery(const WebhookEndpoint& endpoint, const Entry& last, Chosen chosen,
                              const WebhookBatch& batch) {
  WebhookDelivery delivery;
  delivery.events = chosen.count;
  delivery.id = last.gid + "-" + std::to_string(last.epoch) + "-" +
                std::to_string(batch.after + 1) + "-" + std::to_string(batch.through);
  auto& body = delivery.body;
  body.reserve(chosen.events.size() + 200);
  body = R"({"id":)";
  append_json_string(body, delivery.id);
  body += R"(,"endpoint":)";
  append_json_string(body, endpoint.name);
  body += R"(,"room":)";
  append_json_string(body, last.gid);
  body += R"(,"after_seq":)" + std::to_string(batch.after);
  body += R"(,"through_seq":)" + std::to_string(batch.through);
  body += R"(,"events":[)" + chosen.events + "]}";
  return delivery;
}

}  // namespace

Result<WebhookBatch> read_webhook_batch(const WebhookEndpoint& endpoint, RoomLog& log,
                                        const RenderEntries& render, std::uint64_t room_id,
                                        std::uint64_t after, std::uint64_t until) {
  LogRange range;
  range.after = after;
  range.from_start = after == 0;
  range.limit = kWebhookEvents;
  if (until > after) {
    range.limit = static_cast<std::uint32_t>(std::min<std::uint64_t>(until - after, range.limit));
  }
  const auto page = log.read(room_id, 0, range);
  if (!page) return page.error();
  WebhookBatch batch;
  batch.after = after;
  batch.through = after;
  batch.more = page->more;
  if (page->entries.empty()) return batch;
  const auto json = render(page->entries);
  if (!json) return json.error();
  auto chosen = choose(endpoint, page->entries, *json, batch);
  if (chosen.count > 0) {
    const auto& last = page->entries[batch.through - page->entries.front().seq];
    batch.delivery = make_delivery(endpoint, last, std::move(chosen), batch);
  }
  return batch;
}

}  // namespace confab::message_store

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

#include "message_store/domain/fake_store.hpp"
#include "message_store/domain/fakes.hpp"

namespace confab::message_store {
namespace {

struct WebhookBatchTest : testing::Test {
  FakeStore store;
  ScriptedRandom random;
  WebhookEndpoint endpoint;
  std::size_t json_bytes = 0;  // Of each event; 0: only its seq.

  WebhookBatchTest() {
    endpoint.name = "crm";
    EXPECT_TRUE(store.create({1, "gid", "room", RoomKind::private_room, {1, "", "ada", ""}, {}}));
  }

  void fill(int messages) {
    for (int i = 0; i < messages; ++i) {
      const Draft one{1, std::to_string(i), Uuid::make(random), "{}"};
      EXPECT_TRUE(store.append(1, {&one, 1}));
    }
  }
  Result<WebhookBatch> read(std::uint64_t after, std::uint64_t until = 0) {
    const RenderEntries render = [this](std::span<const Entry> entries) {
      std::vector<std::string> json;
      for (const auto& entry : entries) {
        auto text = std::to_string(entry.seq);
        json.push_back(std::string(json_bytes > 0 ? json_bytes - text.size() : 0, ' ') + text);
      }
      return Result<std::vector<std::string>>(std::move(json));
    };
    return read_webhook_batch(endpoint, store, render, 1, after, until);
  }
};

TEST_F(WebhookBatchTest, SaysWhatItHoldsAndWhatItFollows) {
  fill(3);
  const auto batch = read(1);
  ASSERT_TRUE(batch && batch->delivery);
  EXPECT_EQ(batch->through, 3U);
  EXPECT_FALSE(batch->more);
  EXPECT_EQ(batch->delivery->id, "gid-1-2-3");
  EXPECT_EQ(batch->delivery->events, 2U);
  EXPECT_EQ(batch->delivery->body,
            R"({"id":"gid-1-2-3","endpoint":"crm","room":"gid","after_seq":1,"through_seq":3,)"
            R"("events":[2,3]})");
}

TEST_F(WebhookBatchTest, IsBoundedInEntriesAndBytes) {
  fill(150);
  auto batch = read(0);
  EXPECT_EQ(batch->through, kWebhookEvents);
  EXPECT_TRUE(batch->more);
  json_bytes = kWebhookBytes / 4;
  batch = read(0);
  EXPECT_EQ(batch->through, 3U) << "the commas count too";
  EXPECT_EQ(batch->delivery->id, "gid-1-1-3");
  EXPECT_TRUE(batch->more);
  json_bytes = 2 * kWebhookBytes;
  batch = read(149);
  EXPECT_EQ(batch->delivery->events, 1U) << "one always goes";
  EXPECT_FALSE(batch->more);
}

TEST_F(WebhookBatchTest, EndsWhereItEndedTheLastTime) {
  fill(5);
  EXPECT_EQ(read(1, 3)->delivery->id, "gid-1-2-3");
}

TEST_F(WebhookBatchTest, PassesOverWhatIsNotForTheEndpoint) {
  fill(3);
  endpoint.kinds = {EntryKind::member_joined};
  auto batch = read(0);
  EXPECT_FALSE(batch->delivery);
  EXPECT_EQ(batch->through, 3U);
  endpoint.kinds.clear();
  endpoint.rooms = {"other"};
  EXPECT_FALSE(read(0)->delivery);
  batch = read(3);
  EXPECT_EQ(batch->through, 3U);
}

TEST_F(WebhookBatchTest, FailsAsTheLogDoes) {
  store.fail_with(Error{ErrorCode::unavailable, "away"});
  EXPECT_EQ(read(0).error().code, ErrorCode::unavailable);
}

}  // namespace
}  // namespace confab::message_store
#endif
