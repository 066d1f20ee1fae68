#include "message_store/domain/check_message.hpp"

#include "common/base/encoding.hpp"

namespace confab::message_store {
namespace {

bool is_clean(const std::string& text) {
  return is_utf8(text) && text.find('\0') == std::string::npos;
}

}  // namespace

bool is_blank(const std::string& text) {
  return text.find_first_not_of(" \t\r\n\v\f") == std::string::npos;
}

Result<> check_message(const NewMessage& message, const StoreLimits& limits) {
  if (message.text.size() > limits.text_bytes) {
    return Error{ErrorCode::text_too_long,
                 "the text is longer than " + std::to_string(limits.text_bytes) + " bytes"};
  }
  if (message.attributes.size() > limits.attributes_bytes) {
    return Error{
        ErrorCode::payload_too_large,
        "the attributes are longer than " + std::to_string(limits.attributes_bytes) + " bytes"};
  }
  if (is_blank(message.text) && message.attributes.empty()) {
    return Error{ErrorCode::empty_text, "the text is empty"};
  }
  if (message.client_msg_id.empty() || message.client_msg_id.size() > kMaxClientMsgIdBytes) {
    return Error{ErrorCode::invalid_argument, "client_msg_id must have 1 to 64 bytes"};
  }
  if (message.mentions.size() > limits.mentions) {
    return too_many(ErrorCode::too_many_mentions, limits.mentions, "users are mentioned");
  }
  if (!is_clean(message.text) || !is_clean(message.client_msg_id)) {
    return Error{ErrorCode::invalid_argument, "text must be UTF-8 without NUL"};
  }
  return {};
}

}  // namespace confab::message_store

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

namespace confab::message_store {
namespace {

ErrorCode refusal(const NewMessage& message) {
  const auto checked = check_message(message);
  return checked ? ErrorCode::internal : checked.error().code;
}

TEST(CheckMessage, TakesWhatIsWithinTheLimits) {
  EXPECT_TRUE(check_message({1, 1, "c", "hi", ""}));
  EXPECT_TRUE(check_message(
      {1, 1, std::string(64, 'c'), std::string(16 * 1024, 'x'), std::string(8 * 1024, ' ')}));
  EXPECT_TRUE(check_message({1, 1, "c", "", "{\"image\":{}}"})) << "attributes alone are enough";
  EXPECT_TRUE(check_message({1, 1, "c", "\xF0\x9F\x98\x80\n{}\\\"", ""}));
}

TEST(CheckMessage, RefusesWhatIsOutsideThem) {
  EXPECT_EQ(refusal({1, 1, "c", "", ""}), ErrorCode::empty_text);
  EXPECT_EQ(refusal({1, 1, "c", " \t\r\n\v\f", ""}), ErrorCode::empty_text);
  EXPECT_EQ(refusal({1, 1, "c", std::string(16 * 1024 + 1, 'x'), ""}), ErrorCode::text_too_long);
  EXPECT_EQ(refusal({1, 1, "c", "hi", std::string(8 * 1024 + 1, ' ')}),
            ErrorCode::payload_too_large);
  EXPECT_EQ(refusal({1, 1, "", "hi", ""}), ErrorCode::invalid_argument);
  EXPECT_EQ(refusal({1, 1, std::string(65, 'c'), "hi", ""}), ErrorCode::invalid_argument);
}

TEST(CheckMessage, HoldsToTheLimitsThatAreSet) {
  const StoreLimits limits{.text_bytes = 2, .attributes_bytes = 3, .mentions = 1};
  NewMessage message{1, 1, "c", "hi", "{ }"};
  message.mentions.resize(1);
  EXPECT_TRUE(check_message(message, limits));
  const auto refusal = [&](auto change) {
    auto changed = message;
    change(changed);
    return check_message(changed, limits).error().code;
  };
  EXPECT_EQ(refusal([](auto& one) { one.text = "hi!"; }), ErrorCode::text_too_long);
  EXPECT_EQ(refusal([](auto& one) { one.attributes = "{  }"; }), ErrorCode::payload_too_large);
  EXPECT_EQ(refusal([](auto& one) { one.mentions.resize(2); }), ErrorCode::too_many_mentions);
}

TEST(CheckMessage, RefusesWhatIsNoCleanText) {
  const std::string nul("a\0b", 3);
  for (const std::string& text : {nul, std::string("\xFF"), std::string("\xED\xA0\x80")}) {
    EXPECT_EQ(refusal({1, 1, "c", text, ""}), ErrorCode::invalid_argument);
    EXPECT_EQ(refusal({1, 1, text, "hi", ""}), ErrorCode::invalid_argument);
  }
}

}  // namespace
}  // namespace confab::message_store
#endif
