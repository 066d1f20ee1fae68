#include "gateway/dialects/flask_chat/words.hpp"

#include "gateway/dialects/times.hpp"
#include "gateway/dialects/v1/json_object.hpp"

namespace confab::gateway::dialects::flask_chat {
namespace {

/// 2010, so that 41 bits of milliseconds last until 2079.
constexpr std::int64_t kEpochMs = 1'262'304'000'000;
constexpr std::int64_t kPlaces = 4096;

}  // namespace

std::int64_t message_id(const Message& message) {
  return (message.ts - kEpochMs) * kPlaces + static_cast<std::int64_t>(message.seq % kPlaces);
}

std::string render(const User& user) {
  return Object()
      .number("id", user.id)
      .text("username", user.username)
      .text("name", user.name)
      .close();
}

std::string render(const std::vector<User>& users) {
  return array(users, [](const User& user) { return render(user); });
}

std::string render(const Message& message, std::int64_t to) {
  return Object()
      .number("id", message_id(message))
      .number("to", to)
      .number("from", message.sender.id)
      .text("date_created", date_text(message.ts))
      .text("body", message.text)
      .close();
}

std::string render(const Login& login) {
  return Object()
      .text("access_token", login.access_token)
      .number("expires_in", login.expires_in_s)
      .text("refresh_token", login.refresh_token)
      .close();
}

std::string told(std::string_view what) { return Object().text("msg", what).close(); }

std::string render(const Error& error) {
  return Object().text("msg", error.message).text("code", error_traits(error.code).name).close();
}

}  // namespace confab::gateway::dialects::flask_chat

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

namespace confab::gateway::dialects::flask_chat {
namespace {

Message said(std::int64_t ts, std::uint64_t seq) {
  Message message;
  message.ts = ts;
  message.seq = seq;
  message.sender = {4, "u", "ann", "Ann"};
  message.text = "hi \"bob\"";
  return message;
}

TEST(FlaskWords, SayAMessageAsTheReplacedAppDid) {
  const auto message = said(1'700'000'000'007, 3);
  EXPECT_EQ(render(message, 9), R"({"id":)" + std::to_string(message_id(message)) +
                                    R"(,"to":9,"from":4,"date_created":"2023-11-14T22:13:20.007Z",)"
                                    R"("body":"hi \"bob\""})");
}

TEST(FlaskWords, NumberMessagesSoThatTheyRiseWithTimeAndFitIntoADouble) {
  EXPECT_LT(message_id(said(1'700'000'000'007, 3)), message_id(said(1'700'000'000'007, 4)));
  EXPECT_LT(message_id(said(1'700'000'000'007, 4095)), message_id(said(1'700'000'000'008, 0)));
  EXPECT_LT(message_id(said(3'400'000'000'000, 4095)), 1LL << 53);  // 2077
}

}  // namespace
}  // namespace confab::gateway::dialects::flask_chat
#endif
