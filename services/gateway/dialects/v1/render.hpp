#pragma once

#include <string>
#include <vector>

#include "common/base/result.hpp"
#include "gateway/domain/chat.hpp"
#include "gateway/domain/hub.hpp"
#include "gateway/domain/message_changes.hpp"

namespace confab::gateway::dialects {

/// Answers as JSON objects (docs/protocol.md): the same on every door.
[[nodiscard]] std::string render(const User& user);
[[nodiscard]] std::string render(const Sent& sent);
[[nodiscard]] std::string render(const History& history);
[[nodiscard]] std::string render(const ChangeAnswer& answer);
[[nodiscard]] std::string render(const Room& room);
[[nodiscard]] std::string render(const Member& member);
/// The same with the room whose member it is.
[[nodiscard]] std::string render(const std::string& gid, const Member& member);
/// Of a role: owners are admins, too.
[[nodiscard]] bool is_admin(std::string_view role);
[[nodiscard]] std::string render(const Login& login);
[[nodiscard]] std::string render(const std::string& gid, const Replay& replay);
/// What `room.added` and `room.removed` say: {"room":gid,"name":…,"kind":…}
[[nodiscard]] std::string render_notice(const Room& room);
/// {"code":…,"message":…,"retryable":…,"retry_after_ms":…}
[[nodiscard]] std::string render(const Error& error);
/// RFC 9457 problem details with the code of docs/protocol.md.
[[nodiscard]] std::string render_problem(const Error& error, int status);

/// {"name":<object>}
[[nodiscard]] std::string wrapped(std::string_view name, const std::string& object);

}  // namespace confab::gateway::dialects
