#pragma once

#include <boost/system/result.hpp>
#include <chrono>
#include <span>
#include <string>
#include <string_view>

namespace confab {

/// Why an operation failed, in the words every layer and every client shares; the names and their
/// meaning for clients are in docs/protocol.md, "Error codes". Each code has one gRPC status
/// (common/rpc/status.hpp) and one HTTP status (error_traits).
enum class ErrorCode {
  invalid_argument,     ///< Malformed input: wrong type, missing field, bad value.
  unknown_command,      ///< No such command or route.
  empty_text,           ///< A message with neither text nor attributes.
  text_too_long,        ///< A message text above the limit.
  payload_too_large,    ///< A request or event above the size limit.
  too_many_mentions,    ///< In one message.
  unauthenticated,      ///< No token, or one that is malformed, expired or revoked.
  invalid_credentials,  ///< Unknown user or wrong password; on purpose not told apart.
  permission_denied,    ///< The caller is known but may not do this.
  not_a_member,         ///< The caller is not a member of the room.
  blocked,              ///< The other of a direct room has blocked the caller.
  not_found,
  room_not_found,
  user_not_found,
  message_not_found,
  already_exists,
  username_taken,
  redacted,                ///< The message's content has been taken away for good.
  edit_window_over,        ///< The message is too old to be edited.
  too_many_edits,          ///< Of one message.
  too_many_reactions,      ///< Kinds of reaction to one message.
  too_many_pins,           ///< In one room.
  too_many_members,        ///< In one room.
  too_many_rooms,          ///< Of one user.
  too_many_invites,        ///< That are good, to one room.
  too_many_blocks,         ///< Of one user.
  too_many_subscriptions,  ///< Of one connection.
  // Rates: the caller, or all callers together, were faster than they may be. Time heals them.
  rate_limited,            ///< Commands of any kind, of one user.
  send_rate_limited,       ///< Messages of one user.
  room_send_rate_limited,  ///< Messages of one user to one room.
  room_rate_limited,       ///< Messages of all users to one room.
  change_rate_limited,     ///< Edits, redactions, reactions and pins of one user.
  page_rate_limited,       ///< Pages and lists that one user reads.
  search_rate_limited,     ///< Searches of one user.
  create_rate_limited,     ///< Rooms and invitations that one user makes.
  settings_rate_limited,   ///< Changes of rooms, members and profiles by one user.
  sign_up_rate_limited,    ///< Accounts made from one address.
  login_rate_limited,      ///< Logins, or failed ones, of one username or address.
  connect_rate_limited,    ///< Connections opened from one address.
  too_many_commands,       ///< Without an answer, on one connection.
  too_many_connections,    ///< Open, of one user or one address.
  overloaded,              ///< A bounded queue of the server is full.
  unavailable,             ///< A dependency is away; nothing was done.
  unknown_outcome,         ///< Nobody can tell whether it was done. Repeat with the same id.
  internal,
};

/// What the borders need to know of a code.
struct ErrorTraits {
  std::string_view name;  ///< As clients read it.
  int http_status;
  bool retryable;  ///< The same request may succeed later.
  bool limit;      ///< Refused by a limit that the operator may set; counted by its name.
};

[[nodiscard]] ErrorTraits error_traits(ErrorCode code);

/// Every code, in the order of the enumeration.
[[nodiscard]] std::span<const ErrorCode> all_error_codes();

/// The code of that name, or internal for a name this build does not know.
[[nodiscard]] ErrorCode error_code_from_name(std::string_view name);

struct Error {
  ErrorCode code = ErrorCode::internal;
  std::string message;  ///< One sentence for a developer. Never message bodies or tokens.
  std::chrono::milliseconds retry_after{0};  ///< 0: the caller chooses.
};

template <typename T = void>
using Result = boost::system::result<T, Error>;

/// Lets Result::value() throw; no code of the project calls it on a failed Result.
[[noreturn]] void throw_exception_from_error(const Error& error, const boost::source_location& at);

}  // namespace confab
