#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <vector>

#include "common/base/result.hpp"
#include "gateway/dialects/message.hpp"

namespace confab::gateway::dialects::chat_socketio {

/// A page of a conversation: of `rows` messages, 1 the latest.
struct Meta {
  std::size_t rows = 0;
  std::size_t page = 0;
};

/// What a client says in one event: the objects of its arguments, as one. An argument is an object,
/// the JSON text of one, or a list of such.
struct Payload {
  std::optional<Meta> meta;
  boost::json::object data;
};

inline constexpr std::size_t kMostRows = 200;

/// invalid_argument naming what is wrong.
[[nodiscard]] Result<Payload> parse_payload(const std::string& args_json);

struct UserAuth {
  std::string username;
  std::string password;
};
[[nodiscard]] Result<UserAuth> user_auth_of(const boost::json::object& data);

/// A message as a client gives it. Users are named by id or username.
struct OldMessage {
  std::string sid;  ///< Empty: whoever is logged in.
  std::string rid;
  std::string text;
  std::string attributes;  ///< Those of a message here: a JSON object, or empty.
};

/// `only_users`: without text and attributes, of a client that asks for a page.
[[nodiscard]] Result<OldMessage> message_of(const boost::json::object& data, bool only_users);

/// {"type":"login","id":…,"user_auth":{"username":…}} in {"data":…}
[[nodiscard]] std::string render_login(const User& user);
/// {"data":{"type":"msg","id":…,"message":{"message_data":…,"date":…,"sid":…,"rid":…,
/// "attributes":{…}}}}
[[nodiscard]] std::string render(const Message& message, std::int64_t rid);
/// {"meta":{"rows":…,"page":…},"data":[…]}: messages in rising order between `me` and `other`.
[[nodiscard]] std::string render(const Meta& meta, const std::vector<Message>& messages,
                                 std::int64_t me, std::int64_t other);
/// {"errors":{"code":…,"detail":…}}: the code is the HTTP status of such an error.
[[nodiscard]] std::string render(const Error& error);

}  // namespace confab::gateway::dialects::chat_socketio
