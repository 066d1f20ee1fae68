#include "gateway/dialects/message.hpp"

#include <boost/json/parse.hpp>

namespace confab::gateway::dialects {
namespace {

std::string text_of(const boost::json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::int64_t number_of(const boost::json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value != nullptr && value->is_int64() ? value->get_int64() : 0;
}

}  // namespace

std::optional<Message> message_of(const Entry& entry) {
  if (entry.kind != EntryKind::message) return std::nullopt;
  boost::system::error_code error;
  auto parsed = boost::json::parse(entry.json, error);
  if (error || !parsed.is_object()) return std::nullopt;
  auto& event = parsed.get_object();
  if (event.contains("redacted")) return std::nullopt;
  Message message;
  message.gid = text_of(event, "room");
  message.seq = entry.seq;
  message.ts = number_of(event, "ts");
  message.text = text_of(event, "text");
  if (const auto* sender = event.if_contains("sender"); sender != nullptr && sender->is_object()) {
    const auto& user = sender->get_object();
    message.sender = {number_of(user, "id"), text_of(user, "uuid"), text_of(user, "username"),
                      text_of(user, "name")};
  }
  if (auto* attributes = event.if_contains("attributes");
      attributes != nullptr && attributes->is_object()) {
    message.attributes = std::move(attributes->get_object());
  }
  return message;
}

}  // namespace confab::gateway::dialects

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

namespace confab::gateway::dialects {
namespace {

TEST(MessageOf, ReadsWhatClientsOfV1AreTold) {
  Entry entry;
  entry.kind = EntryKind::message;
  entry.seq = 3;
  entry.json = R"({"room":"wjLJb3Jo","epoch":1,"seq":3,"msg_id":"m","ts":1700000000123,)"
               R"("sender":{"id":4,"uuid":"u","username":"ann","name":"Ann"},"text":"hi",)"
               R"("attributes":{"image":{"url":"x"}},"client_msg_id":"c"})";
  const auto message = message_of(entry);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->gid, "wjLJb3Jo");
  EXPECT_EQ(message->seq, 3U);
  EXPECT_EQ(message->ts, 1700000000123);
  EXPECT_EQ(message->sender.id, 4);
  EXPECT_EQ(message->sender.uuid, "u");
  EXPECT_EQ(message->sender.username, "ann");
  EXPECT_EQ(message->sender.name, "Ann");
  EXPECT_EQ(message->text, "hi");
  EXPECT_TRUE(message->attributes.contains("image"));
}

TEST(MessageOf, GivesNothingOfWhatIsNoMessage) {
  Entry entry;
  entry.json = R"({"text":"hi"})";
  entry.kind = EntryKind::member_joined;
  EXPECT_FALSE(message_of(entry));
  entry.kind = EntryKind::message;
  EXPECT_TRUE(message_of(entry));
  entry.json = R"({"redacted":true,"text":""})";
  EXPECT_FALSE(message_of(entry));
  entry.json = "[]";
  EXPECT_FALSE(message_of(entry));
}

}  // namespace
}  // namespace confab::gateway::dialects
#endif
