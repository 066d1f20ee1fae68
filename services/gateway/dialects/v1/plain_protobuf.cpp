#include <google/protobuf/stubs/logging.h>

#include <boost/json.hpp>

#include "confab/client/v1/client.pb.h"
#include "gateway/dialects/v1/fields.hpp"
#include "gateway/dialects/v1/plain_wire.hpp"
#include "gateway/net/frame_codec.hpp"

namespace confab::gateway::dialects {
namespace {

namespace v1 = confab::client::v1;
using boost::json::object;

/// Moves fields out of an object into a message. What is left over travels as JSON; a field that
/// is missing or of another type spoils it all.
class FieldMover {
 public:
  explicit FieldMover(object& from) : from_(from) {}

  [[nodiscard]] std::string text(std::string_view name) {
    const auto value = take(name);
    if (!value.is_string()) return spoil(), std::string();
    return std::string(value.get_string());
  }
  template <typename Number>
  [[nodiscard]] Number number(std::string_view name) {
    boost::system::error_code error;
    const auto value = take(name);
    const auto number = value.is_number() ? value.to_number<Number>(error) : Number{};
    if (!value.is_number() || error) spoil();
    return number;
  }
  [[nodiscard]] object inner(std::string_view name) {
    auto value = take(name);
    if (!value.is_object()) return spoil(), object();
    return std::move(value.get_object());
  }
  [[nodiscard]] std::string rest() const {
    return from_.empty() ? std::string() : boost::json::serialize(from_);
  }
  [[nodiscard]] bool good() const { return good_; }

 private:
  boost::json::value take(std::string_view name) {
    auto* found = from_.if_contains(name);
    if (found == nullptr) return nullptr;
    auto value = std::move(*found);
    from_.erase(name);
    return value;
  }
  void spoil() { good_ = false; }

  object& from_;
  bool good_ = true;
};

/// The object in JSON of our own; nothing if it is none.
std::optional<object> parsed(const std::string& json) {
  boost::system::error_code error;
  auto value = boost::json::parse(json, error);
  if (error || !value.is_object()) return std::nullopt;
  return std::move(value.get_object());
}

bool to_sent(const std::string& json, v1::Sent& out) {
  auto fields = parsed(json);
  if (!fields) return false;
  FieldMover mover(*fields);
  out.set_room(mover.text("room"));
  out.set_epoch(mover.number<std::uint64_t>("epoch"));
  out.set_seq(mover.number<std::uint64_t>("seq"));
  out.set_msg_id(mover.text("msg_id"));
  out.set_ts(mover.number<std::int64_t>("ts"));
  out.set_client_msg_id(mover.text("client_msg_id"));
  out.set_json(mover.rest());
  return mover.good();
}

bool to_user(object from, v1::User& out) {
  FieldMover mover(from);
  out.set_id(mover.number<std::int64_t>("id"));
  out.set_uuid(mover.text("uuid"));
  out.set_username(mover.text("username"));
  out.set_name(mover.text("name"));
  return mover.good() && from.empty();
}

bool to_message(const std::string& json, v1::Message& out) {
  auto fields = parsed(json);
  if (!fields) return false;
  fields->erase("type");  // The event's name.
  FieldMover mover(*fields);
  out.set_room(mover.text("room"));
  out.set_epoch(mover.number<std::uint64_t>("epoch"));
  out.set_seq(mover.number<std::uint64_t>("seq"));
  out.set_msg_id(mover.text("msg_id"));
  out.set_ts(mover.number<std::int64_t>("ts"));
  const bool known = to_user(mover.inner("sender"), *out.mutable_sender());
  out.set_text(mover.text("text"));
  out.set_client_msg_id(mover.text("client_msg_id"));
  out.set_json(mover.rest());
  return mover.good() && known;
}

/// Typed where it fits, else as the JSON it is.
v1::ServerFrame to_frame(const LiveEvent& event) {
  v1::ServerFrame frame;
  auto& out = *frame.mutable_event();
  out.set_name(std::string(event.name()));
  if (event.name() == "message" && to_message(event.json(), *out.mutable_message())) return frame;
  out.set_json(event.json());
  return frame;
}

Result<object> send_data(const v1::Send& send) {
  auto data = parse_object(send.json().empty() ? "{}" : send.json());
  if (!data) return data;
  (*data)["room"] = send.room();
  (*data)["text"] = send.text();
  if (!send.client_msg_id().empty()) (*data)["client_msg_id"] = send.client_msg_id();
  return data;
}

class ProtobufWire final : public PlainWire {
 public:
  /// The library would tell standard error of each malformed frame.
  ProtobufWire() { google::protobuf::SetLogHandler(nullptr); }

  [[nodiscard]] std::string_view subprotocol() const override { return "confab.v1.protobuf"; }
  [[nodiscard]] bool binary() const override { return true; }

  [[nodiscard]] Result<PlainCommand> read(std::string_view frame) const override {
    v1::ClientFrame in;
    const bool whole = in.ParseFromArray(frame.data(), static_cast<int>(frame.size()));
    PlainCommand command;
    if (in.id() != 0) command.id = in.id();
    const Error malformed{ErrorCode::invalid_argument,
                          "the frame is no confab.client.v1.ClientFrame"};
    if (!whole && !command.id) return malformed;
    command.name = in.has_send() ? "send" : in.cmd();
    if (!whole) {
      command.data = malformed;
    } else if (in.has_send()) {
      command.data = send_data(in.send());
    } else if (!in.json().empty()) {
      command.data = parse_object(in.json());
    }
    return command;
  }

  [[nodiscard]] std::string answer(std::uint64_t id, std::string_view command,
                                   const Result<std::string>& outcome) const override {
    v1::ServerFrame frame;
    auto& answer = *frame.mutable_answer();
    answer.set_re(id);
    if (!outcome) {
      const auto& error = outcome.error();
      const auto traits = error_traits(error.code);
      auto& out = *answer.mutable_error();
      out.set_code(std::string(traits.name));
      out.set_message(error.message);
      out.set_retryable(traits.retryable);
      out.set_retry_after_ms(static_cast<std::uint64_t>(error.retry_after.count()));
    } else if (command != "send" || !to_sent(*outcome, *answer.mutable_sent())) {
      answer.set_json(*outcome);
    }
    return frame.SerializeAsString();
  }

  [[nodiscard]] std::string event(const LiveEvent& event) const override {
    return to_frame(event).SerializeAsString();
  }

  [[nodiscard]] const Shared& frames(const EventBatch& batch) const override {
    return batch.frames(EventBatch::Wire::plain_protobuf, [](const auto& events) {
      std::string frames;
      for (const auto& event : events) {
        const auto frame = to_frame(*event);
        append_frame_header(frames, Opcode::binary, frame.ByteSizeLong());
        frame.AppendToString(&frames);
      }
      return std::make_shared<const std::string>(std::move(frames));
    });
  }
};

}  // namespace

const PlainWire& protobuf_wire() {
  static const ProtobufWire kWire;
  return kWire;
}

}  // namespace confab::gateway::dialects

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

namespace confab::gateway::dialects {
namespace {

Result<PlainCommand> read(const v1::ClientFrame& frame) {
  return protobuf_wire().read(frame.SerializeAsString());
}

v1::ServerFrame written(const std::string& bytes) {
  v1::ServerFrame frame;
  EXPECT_TRUE(frame.ParseFromString(bytes));
  return frame;
}

constexpr auto kSent = R"({"room":"r","epoch":1,"seq":7,"msg_id":"m","ts":1700,)"
                       R"("client_msg_id":"c"})";
constexpr auto kMessage =
    R"({"type":"message","room":"r","epoch":1,"seq":7,"msg_id":"m","ts":1700,)"
    R"("sender":{"id":5,"uuid":"u","username":"ann","name":"Ann"},"text":"hi",)"
    R"("attributes":{"a":1},"client_msg_id":"c"})";

TEST(ProtobufWire, ReadsTypedSendsAndCommandsInJson) {
  v1::ClientFrame frame;
  frame.set_id(7);
  frame.mutable_send()->set_room("r");
  frame.mutable_send()->set_text("hi");
  frame.mutable_send()->set_json(R"({"attributes":{"a":1}})");
  const auto send = read(frame);
  EXPECT_EQ(send->id, 7U);
  EXPECT_EQ(send->name, "send");
  EXPECT_EQ(boost::json::serialize(*send->data),
            R"({"attributes":{"a":1},"room":"r","text":"hi"})");
  frame.set_cmd("history");
  frame.set_json(R"({"room":"r"})");
  frame.set_id(0);
  const auto history = read(frame);
  EXPECT_FALSE(history->id);
  EXPECT_EQ(history->name, "history");
  EXPECT_EQ(boost::json::serialize(*history->data), R"({"room":"r"})");
  frame.clear_data();
  EXPECT_TRUE(read(frame)->data->empty());
}

TEST(ProtobufWire, TellsWhatIsWrongToWhomItCan) {
  v1::ClientFrame frame;
  frame.set_id(7);
  frame.set_cmd("history");
  for (const auto* json : {"{", "[]", R"({"a":"\ud800"})"}) {
    frame.set_json(json);
    EXPECT_FALSE(read(frame)->data) << json;
    frame.mutable_send()->set_json(json);
    EXPECT_FALSE(read(frame)->data) << json;
  }
  const auto cut = frame.SerializeAsString();
  const auto answered = protobuf_wire().read(std::string_view(cut).substr(0, cut.size() - 1));
  EXPECT_EQ(answered->id, 7U);
  EXPECT_FALSE(answered->data);
  const auto no_utf8 = protobuf_wire().read(std::string("\x08\x07\x12\x01\xff"));
  EXPECT_EQ(no_utf8->id, 7U);
  EXPECT_FALSE(no_utf8->data);
  for (const auto* garbage : {"\xff", "\x12\x05x", "{\"id\":7}"}) {
    EXPECT_FALSE(protobuf_wire().read(garbage)) << garbage;
  }
}

TEST(ProtobufWire, AnswersASendTypedAndAllElseInJson) {
  const auto sent = written(protobuf_wire().answer(7, "send", std::string(kSent))).answer();
  EXPECT_EQ(sent.re(), 7U);
  EXPECT_EQ(sent.sent().seq(), 7U);
  EXPECT_EQ(sent.sent().msg_id(), "m");
  EXPECT_EQ(sent.sent().json(), "");
  const auto odd = written(protobuf_wire().answer(7, "send", std::string("{\"seq\":\"7\"}")));
  EXPECT_EQ(odd.answer().json(), "{\"seq\":\"7\"}");
  const auto me = written(protobuf_wire().answer(8, "me", std::string("{\"user\":{}}")));
  EXPECT_EQ(me.answer().json(), "{\"user\":{}}");
  const Error error{ErrorCode::rate_limited, "slow down", std::chrono::milliseconds(200)};
  const auto refused = written(protobuf_wire().answer(9, "send", error)).answer().error();
  EXPECT_EQ(refused.code(), "rate_limited");
  EXPECT_TRUE(refused.retryable());
  EXPECT_EQ(refused.retry_after_ms(), 200U);
}

TEST(ProtobufWire, WritesMessagesTypedAndLosesNoneOfTheirFields) {
  const auto event = written(protobuf_wire().event(LiveEvent("message", kMessage))).event();
  EXPECT_EQ(event.message().seq(), 7U);
  EXPECT_EQ(event.message().sender().username(), "ann");
  EXPECT_EQ(event.message().text(), "hi");
  EXPECT_EQ(event.message().json(), R"({"attributes":{"a":1}})");
  for (const auto* json : {R"({"seq":1})", "no JSON"}) {
    EXPECT_EQ(written(protobuf_wire().event(LiveEvent("message", json))).event().json(), json);
  }
  const auto lag = written(protobuf_wire().event(LiveEvent("lag", R"({"room":"r"})"))).event();
  EXPECT_EQ(lag.name(), "lag");
  EXPECT_EQ(lag.json(), R"({"room":"r"})");
}

TEST(ProtobufWire, MakesTheFramesOfABatchOnce) {
  const RoomRef room{7, "r"};
  const auto event = std::make_shared<const LiveEvent>("message", kMessage);
  const EventBatch batch(room, {}, {event, event});
  const auto frames = protobuf_wire().frames(batch);
  std::string expected;
  append_binary_frame(expected, protobuf_wire().event(*event));
  EXPECT_EQ(*frames, expected + expected);
  EXPECT_EQ(protobuf_wire().frames(batch), frames);
}

}  // namespace
}  // namespace confab::gateway::dialects
#endif
