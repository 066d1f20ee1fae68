#include "gateway/dialects/chat_backend/words.hpp"

#include "gateway/dialects/v1/json_object.hpp"
#include "gateway/dialects/v1/render.hpp"

namespace confab::gateway::dialects::chat_backend {
namespace {

/// 1546981723656 as 1546981723.656.
std::string seconds(std::int64_t ms) {
  const auto fraction = std::to_string(1000 + ms % 1000);
  return std::to_string(ms / 1000) + '.' + fraction.substr(1);
}

std::string person(const User& user) {
  return Object().text("uuid", user.uuid).text("username", shown_name(user)).close();
}

}  // namespace

const std::string& shown_name(const User& user) {
  return user.name.empty() ? user.username : user.name;
}

std::string render(const Message& message) {
  Object msg;
  msg.number("msgId", message.seq).text("txt", message.text).json("timestamp", seconds(message.ts));
  return Object().json("sender", person(message.sender)).json("msg", msg.close()).close();
}

std::string render(const std::vector<Message>& messages) {
  return array(messages, [](const Message& message) { return render(message); });
}

std::string render(const Login& login) {
  return Object()
      .text("username", shown_name(login.user))
      .text("uuid", login.user.uuid)
      .text("token", login.access_token)
      .number("expires_in", login.expires_in_s)
      .text("refresh_token", login.refresh_token)
      .close();
}

std::string ok(std::string_view data) {
  Object out;
  out.flag("ok", true);
  if (!data.empty()) out.json("data", data);
  return out.close();
}

std::string not_ok(const Error& error) {
  return Object().flag("ok", false).json("error", dialects::render(error)).close();
}

}  // namespace confab::gateway::dialects::chat_backend

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

namespace confab::gateway::dialects::chat_backend {
namespace {

TEST(Words, SayAMessageAsTheReplacedAppDid) {
  Message message;
  message.seq = 36;
  message.ts = 1548067274007;
  message.text = "asdf \"2\"!";
  message.sender = {5, "12731d50-1594-11e9-93de-de0058a9cc01", "mik", "Mikolaj"};
  EXPECT_EQ(render(message),
            R"({"sender":{"uuid":"12731d50-1594-11e9-93de-de0058a9cc01","username":"Mikolaj"},)"
            R"("msg":{"msgId":36,"txt":"asdf \"2\"!","timestamp":1548067274.007}})");
  message.sender.name.clear();
  message.ts = 1548067274000;
  EXPECT_NE(render(message).find(R"("username":"mik")"), std::string::npos);
  EXPECT_NE(render(message).find("1548067274.000}"), std::string::npos);
}

TEST(Words, SayWhatCameOfIt) {
  EXPECT_EQ(ok(), R"({"ok":true})");
  EXPECT_EQ(ok("[]"), R"({"ok":true,"data":[]})");
  EXPECT_EQ(not_ok({ErrorCode::room_not_found, "no"}),
            R"({"ok":false,"error":{"code":"room_not_found","message":"no","retryable":false}})");
}

}  // namespace
}  // namespace confab::gateway::dialects::chat_backend
#endif
