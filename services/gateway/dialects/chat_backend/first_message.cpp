#include "gateway/dialects/chat_backend/first_message.hpp"

#include "gateway/dialects/v1/fields.hpp"

namespace confab::gateway::dialects::chat_backend {
namespace {

/// JSON of what has strings in single quotes; of anything else nothing better than it was.
std::string with_double_quotes(std::string_view text) {
  std::string out;
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote == 0) {
      if (c == '\'' || c == '"') quote = c;
      out += c == '\'' ? '"' : c;
    } else if (c == '\\' && i + 1 < text.size()) {
      const char escaped = text[++i];
      if (escaped != '\'') out += '\\';
      out += escaped;
    } else if (c == quote) {
      quote = 0;
      out += '"';
    } else {
      if (c == '"') out += '\\';
      out += c;
    }
  }
  return out;
}

}  // namespace

Result<FirstMessage> first_message(const boost::json::object& data) {
  Fields fields(data);
  FirstMessage message;
  message.uuid = fields.required_text("uuid");
  message.gid = fields.required_text("room_gid");
  message.token = fields.text("token");
  if (!fields.good()) return fields.good().error();
  return message;
}

Result<FirstMessage> first_message(std::string_view text) {
  auto data = parse_object(text);
  if (!data && text.find('\'') != text.npos) data = parse_object(with_double_quotes(text));
  if (!data) return data.error();
  return first_message(*data);
}

std::optional<std::size_t> end_of_object(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t\r\n");
  if (begin == text.npos) return 0;
  if (text[begin] != '{') return std::nullopt;
  char quote = 0;
  std::size_t depth = 0;
  for (auto i = begin; i < text.size(); ++i) {
    const char c = text[i];
    if (quote != 0) {
      if (c == '\\') ++i;
      if (c == quote) quote = 0;
    } else if (c == '\'' || c == '"') {
      quote = c;
    } else if (c == '{') {
      ++depth;
    } else if (c == '}' && --depth == 0) {
      return i + 1;
    }
  }
  return 0;
}

}  // namespace confab::gateway::dialects::chat_backend

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

namespace confab::gateway::dialects::chat_backend {
namespace {

TEST(FirstMessage, IsReadInEitherQuotes) {
  for (const auto* text : {
           R"({"uuid": "99f0e998-1360-11e9-ab6c-00e04c681690", "room_gid": "wjLJb3Jo"})",
           R"({'uuid': "99f0e998-1360-11e9-ab6c-00e04c681690", 'room_gid': 'wjLJb3Jo'})",
           "{\n    'uuid': \"99f0e998-1360-11e9-ab6c-00e04c681690\",\n    'room_gid': "
           "'wjLJb3Jo'\n}\n",
       }) {
    const auto message = first_message(text);
    ASSERT_TRUE(message) << text;
    EXPECT_EQ(message->uuid, "99f0e998-1360-11e9-ab6c-00e04c681690");
    EXPECT_EQ(message->gid, "wjLJb3Jo");
    EXPECT_EQ(message->token, "");
  }
  const auto message = first_message(R"({'uuid':'a\'b','room_gid':'say "x"\n','token':"it's"})");
  ASSERT_TRUE(message);
  EXPECT_EQ(message->uuid, "a'b");
  EXPECT_EQ(message->gid, "say \"x\"\n");
  EXPECT_EQ(message->token, "it's");
}

TEST(FirstMessage, RefusesAnythingElse) {
  for (const auto* text :
       {"", "{}", "[]", "'", "{'", "{'uuid':'a'}", R"({"uuid":1,"room_gid":"x"})",
        "{'uuid':'a','room_gid':'b'", "{'uuid':'\\", "{'uuid':'\xff','room_gid':'b'}",
        "{'uuid':'a','room_gid':'b','token':{}}", "{uuid:'a',room_gid:'b'}"}) {
    EXPECT_FALSE(first_message(std::string_view(text))) << text;
  }
}

TEST(FirstMessage, EndsWithItsObject) {
  EXPECT_EQ(end_of_object("{}"), 2U);
  EXPECT_EQ(end_of_object(" \n{'a':{\"}\":'}'}} {"), 17U);
  EXPECT_EQ(end_of_object(R"({"\"}":1}x)"), 9U);
  for (const auto* text : {"", "  ", "{", "{'}", "{\"a\\", "{'a':{}"}) {
    EXPECT_EQ(end_of_object(text), 0U) << text;
  }
  for (const auto* text : {"x", "GET / HTTP/1.1", "[{}]", "}", "\xff"}) {
    EXPECT_FALSE(end_of_object(text)) << text;
  }
}

}  // namespace
}  // namespace confab::gateway::dialects::chat_backend
#endif
