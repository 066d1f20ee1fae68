#include <boost/json.hpp>
#include <charconv>

#include "common/base/encoding.hpp"
#include "gateway/dialects/v1/fields.hpp"
#include "gateway/dialects/v1/plain_wire.hpp"
#include "gateway/dialects/v1/render.hpp"
#include "gateway/net/frame_codec.hpp"

namespace confab::gateway::dialects {
namespace {

/// The id of a frame that is no JSON as a whole, if it begins with it: {"id":17,…
std::optional<std::uint64_t> leading_id(std::string_view text) {
  const auto skip = [&](std::string_view token) {
    text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
    if (!text.starts_with(token)) return false;
    text.remove_prefix(token.size());
    return true;
  };
  if (!skip("{") || !skip("\"id\"") || !skip(":") || !skip("")) return std::nullopt;
  std::uint64_t id = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(stop - text.data()));
  if (!skip(",")) return std::nullopt;
  return id;
}

/// What is wrong with a frame goes to whoever can be told.
Result<PlainCommand> wrong(std::optional<std::uint64_t> id, Error error) {
  if (!id) return error;
  PlainCommand command;
  command.id = id;
  command.data = std::move(error);
  return command;
}

Result<PlainCommand> read_envelope(boost::json::object& envelope) {
  Fields fields(envelope);
  PlainCommand command;
  command.id = fields.number("id");
  if (!fields.good()) return fields.good().error();
  command.name = fields.required_text("cmd");
  if (!fields.good()) return wrong(command.id, fields.good().error());
  auto* data = envelope.if_contains("data");
  if (data == nullptr || data->is_null()) return command;
  if (!data->is_object()) {
    return wrong(command.id, {ErrorCode::invalid_argument, "\"data\" must be an object"});
  }
  command.data = std::move(data->get_object());
  return command;
}

class JsonWire final : public PlainWire {
 public:
  [[nodiscard]] std::string_view subprotocol() const override { return "confab.v1.json"; }
  [[nodiscard]] bool binary() const override { return false; }

  [[nodiscard]] Result<PlainCommand> read(std::string_view frame) const override {
    auto envelope = parse_object(frame, 1);
    if (!envelope) return wrong(leading_id(frame), envelope.error());
    return read_envelope(*envelope);
  }

  [[nodiscard]] std::string answer(std::uint64_t id, std::string_view /*command*/,
                                   const Result<std::string>& outcome) const override {
    const auto head = R"({"re":)" + std::to_string(id);
    if (outcome) return head + R"(,"ok":true,"data":)" + *outcome + "}";
    return head + R"(,"ok":false,"error":)" + render(outcome.error()) + "}";
  }

  [[nodiscard]] std::string event(const LiveEvent& event) const override {
    return head_of(event) + event.json() + "}";
  }

  [[nodiscard]] const Shared& frames(const EventBatch& batch) const override {
    return batch.frames(EventBatch::Wire::plain_json, [](const auto& events) {
      std::string frames;
      for (const auto& event : events) {
        const auto head = head_of(*event);
        append_frame_header(frames, Opcode::text, head.size() + event->json().size() + 1);
        frames.append(head).append(event->json()).append("}");
      }
      return std::make_shared<const std::string>(std::move(frames));
    });
  }

 private:
  static std::string head_of(const LiveEvent& event) {
    std::string head = R"({"event":)";
    append_json_string(head, event.name());
    return head += R"(,"data":)";
  }
};

}  // namespace

const PlainWire& json_wire() {
  static const JsonWire kWire;
  return kWire;
}

}  // namespace confab::gateway::dialects

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

namespace confab::gateway::dialects {
namespace {

Result<PlainCommand> read(const std::string& frame) { return json_wire().read(frame); }

TEST(JsonWire, ReadsCommandsWithAndWithoutIdAndData) {
  const auto whole = read(R"({"id":7,"cmd":"send","data":{"room":"r"}})");
  EXPECT_EQ(whole->id, 7U);
  EXPECT_EQ(whole->name, "send");
  EXPECT_EQ(whole->data->at("room").as_string(), "r");
  const auto bare = read(R"({"cmd":"me","id":null,"data":null,"more":[1]})");
  EXPECT_FALSE(bare->id);
  EXPECT_TRUE(bare->data->empty());
}

TEST(JsonWire, TellsWhatIsWrongToWhomItCan) {
  const std::string deep(20, '[');
  for (const auto& frame :
       {std::string(R"({"id":7})"), std::string(R"({"id":7,"cmd":5})"),
        std::string(R"({"id":7,"cmd":"me","data":[]})"), std::string(R"({ "id" : 7 , "cmd":)"),
        std::string(R"({"id":7,"cmd":"send","data":{"text":"\ud800"}})"),
        R"({"id":7,"cmd":"send","data":{"a":)" + deep + std::string(20, ']') + "}}"}) {
    const auto command = read(frame);
    ASSERT_TRUE(command) << frame;
    EXPECT_EQ(command->id, 7U) << frame;
    ASSERT_FALSE(command->data) << frame;
    EXPECT_EQ(command->data.error().code, ErrorCode::invalid_argument);
  }
}

TEST(JsonWire, RefusesFramesThatNobodyCanBeAnsweredTo) {
  for (const auto* frame :
       {"", "x", "[]", "7", "{", R"({"id":"7","cmd":"me"})", R"({"id":-7,"cmd":"me"})",
        R"({"id":7.5,"cmd":"me"})", R"({"cmd":5})", R"({"cmd":"me","data":"x"})", R"({"id":7)",
        R"({"id":x,"cmd":)", R"({"cmd":"me","id":7)", R"({"id":99999999999999999999,"cmd":)"}) {
    EXPECT_FALSE(read(frame)) << frame;
  }
}

TEST(JsonWire, AllowsDataItsFullDepth) {
  const auto nested = [](std::size_t levels) {
    return R"({"id":1,"cmd":"send","data":)" + std::string(levels, '[').replace(0, 1, "{\"a\":") +
           std::string(levels - 1, ']') + "}}";
  };
  EXPECT_TRUE(read(nested(16))->data);
  EXPECT_FALSE(read(nested(17))->data);
}

TEST(JsonWire, WritesAnswersAndEvents) {
  EXPECT_EQ(json_wire().answer(7, "me", std::string("{\"a\":1}")),
            R"({"re":7,"ok":true,"data":{"a":1}})");
  EXPECT_EQ(json_wire().answer(7, "me", Error{ErrorCode::unavailable, "away"}),
            R"({"re":7,"ok":false,"error":{"code":"unavailable","message":"away",)"
            R"("retryable":true}})");
  EXPECT_EQ(json_wire().event(LiveEvent("lag", R"({"room":"r"})")),
            R"({"event":"lag","data":{"room":"r"}})");
}

TEST(JsonWire, MakesTheFramesOfABatchOnce) {
  const RoomRef room{7, "r"};
  const auto event = std::make_shared<const LiveEvent>("message", R"({"seq":1})");
  const EventBatch batch(room, {}, {event, event});
  const auto frames = json_wire().frames(batch);
  std::string expected;
  append_text_frame(expected, json_wire().event(*event));
  EXPECT_EQ(*frames, expected + expected);
  EXPECT_EQ(json_wire().frames(batch), frames);
}

}  // namespace
}  // namespace confab::gateway::dialects
#endif
