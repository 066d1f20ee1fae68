#pragma once

#include <string>
#include <vector>

#include "common/base/result.hpp"
#include "gateway/dialects/message.hpp"

namespace confab::gateway::dialects::flask_chat {

/// A number for a message: rises with its time, and within a room with its place. Two messages have
/// the same only if they were said in the same millisecond in two rooms, and seldom then. Fits
/// into a double.
[[nodiscard]] std::int64_t message_id(const Message& message);

/// {"id":…,"username":…,"name":…}
[[nodiscard]] std::string render(const User& user);
[[nodiscard]] std::string render(const std::vector<User>& users);

/// {"id":…,"to":…,"from":…,"date_created":…,"body":…}
[[nodiscard]] std::string render(const Message& message, std::int64_t to);

/// {"access_token":…,"expires_in":…,"refresh_token":…}
[[nodiscard]] std::string render(const Login& login);

/// {"msg":…}: what happened, or with "code" what went wrong.
[[nodiscard]] std::string told(std::string_view what);
[[nodiscard]] std::string render(const Error& error);

}  // namespace confab::gateway::dialects::flask_chat
