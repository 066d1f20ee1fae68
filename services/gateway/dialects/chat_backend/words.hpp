#pragma once

#include <string>
#include <vector>

#include "common/base/result.hpp"
#include "gateway/dialects/message.hpp"

namespace confab::gateway::dialects::chat_backend {

/// A user's name as the replaced app shows it: the one they chose, else the one they log in with.
[[nodiscard]] const std::string& shown_name(const User& user);

/// {"sender":{"uuid":…,"username":…},"msg":{"msgId":…,"txt":…,"timestamp":…}}: the time in seconds.
[[nodiscard]] std::string render(const Message& message);
/// Messages, as a history has them.
[[nodiscard]] std::string render(const std::vector<Message>& messages);
/// What a login is answered: {"username":…,"uuid":…}, and what the replaced app did not know of:
/// the token, how many seconds it is good for, and what brings a new one at /v1/token.
[[nodiscard]] std::string render(const Login& login);

/// {"ok":true}, or with "data", which is JSON.
[[nodiscard]] std::string ok(std::string_view data = {});
/// {"ok":false,"error":{"code":…,"message":…,…}}
[[nodiscard]] std::string not_ok(const Error& error);

}  // namespace confab::gateway::dialects::chat_backend
