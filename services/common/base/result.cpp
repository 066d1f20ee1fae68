#include "common/base/result.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace confab {
namespace {

struct Row {
  ErrorCode code;
  ErrorTraits traits;
};

/// In the order of the enumeration: name, HTTP status, retryable, limit.
constexpr std::array kRows = std::to_array<Row>({
    {ErrorCode::invalid_argument, {"invalid_argument", 400, false, false}},
    {ErrorCode::unknown_command, {"unknown_command", 404, false, false}},
    {ErrorCode::empty_text, {"empty_text", 400, false, false}},
    {ErrorCode::text_too_long, {"text_too_long", 413, false, true}},
    {ErrorCode::payload_too_large, {"payload_too_large", 413, false, true}},
    {ErrorCode::too_many_mentions, {"too_many_mentions", 400, false, true}},
    {ErrorCode::unauthenticated, {"unauthenticated", 401, false, false}},
    {ErrorCode::invalid_credentials, {"invalid_credentials", 401, false, false}},
    {ErrorCode::permission_denied, {"permission_denied", 403, false, false}},
    {ErrorCode::not_a_member, {"not_a_member", 403, false, false}},
    {ErrorCode::blocked, {"blocked", 403, false, false}},
    {ErrorCode::not_found, {"not_found", 404, false, false}},
    {ErrorCode::room_not_found, {"room_not_found", 404, false, false}},
    {ErrorCode::user_not_found, {"user_not_found", 404, false, false}},
    {ErrorCode::message_not_found, {"message_not_found", 404, false, false}},
    {ErrorCode::already_exists, {"already_exists", 409, false, false}},
    {ErrorCode::username_taken, {"username_taken", 409, false, false}},
    {ErrorCode::redacted, {"redacted", 409, false, false}},
    {ErrorCode::edit_window_over, {"edit_window_over", 403, false, true}},
    {ErrorCode::too_many_edits, {"too_many_edits", 409, false, true}},
    {ErrorCode::too_many_reactions, {"too_many_reactions", 409, false, true}},
    {ErrorCode::too_many_pins, {"too_many_pins", 409, false, true}},
    {ErrorCode::too_many_members, {"too_many_members", 409, false, true}},
    {ErrorCode::too_many_rooms, {"too_many_rooms", 409, false, true}},
    {ErrorCode::too_many_invites, {"too_many_invites", 409, false, true}},
    {ErrorCode::too_many_blocks, {"too_many_blocks", 409, false, true}},
    {ErrorCode::too_many_subscriptions, {"too_many_subscriptions", 409, false, true}},
    {ErrorCode::rate_limited, {"rate_limited", 429, true, true}},
    {ErrorCode::send_rate_limited, {"send_rate_limited", 429, true, true}},
    {ErrorCode::room_send_rate_limited, {"room_send_rate_limited", 429, true, true}},
    {ErrorCode::room_rate_limited, {"room_rate_limited", 429, true, true}},
    {ErrorCode::change_rate_limited, {"change_rate_limited", 429, true, true}},
    {ErrorCode::page_rate_limited, {"page_rate_limited", 429, true, true}},
    {ErrorCode::search_rate_limited, {"search_rate_limited", 429, true, true}},
    {ErrorCode::create_rate_limited, {"create_rate_limited", 429, true, true}},
    {ErrorCode::settings_rate_limited, {"settings_rate_limited", 429, true, true}},
    {ErrorCode::sign_up_rate_limited, {"sign_up_rate_limited", 429, true, true}},
    {ErrorCode::login_rate_limited, {"login_rate_limited", 429, true, true}},
    {ErrorCode::connect_rate_limited, {"connect_rate_limited", 429, true, true}},
    {ErrorCode::too_many_commands, {"too_many_commands", 429, true, true}},
    {ErrorCode::too_many_connections, {"too_many_connections", 429, true, true}},
    {ErrorCode::overloaded, {"overloaded", 503, true, false}},
    {ErrorCode::unavailable, {"unavailable", 503, true, false}},
    {ErrorCode::unknown_outcome, {"unknown_outcome", 503, true, false}},
    {ErrorCode::internal, {"internal", 500, false, false}},
});
constexpr auto kAllCodes = [] {
  std::array<ErrorCode, kRows.size()> codes{};
  for (std::size_t i = 0; i < codes.size(); ++i) codes[i] = kRows[i].code;
  return codes;
}();

constexpr bool is_in_order() {
  for (std::size_t i = 0; i < kAllCodes.size(); ++i) {
    if (static_cast<std::size_t>(kAllCodes[i]) != i) return false;
  }
  return kAllCodes.back() == ErrorCode::internal;
}
static_assert(is_in_order());

}  // namespace

ErrorTraits error_traits(ErrorCode code) { return kRows[static_cast<std::size_t>(code)].traits; }

std::span<const ErrorCode> all_error_codes() { return kAllCodes; }

ErrorCode error_code_from_name(std::string_view name) {
  const auto* const row = std::find_if(kRows.begin(), kRows.end(),
                                       [&](const Row& one) { return one.traits.name == name; });
  return row == kRows.end() ? ErrorCode::internal : row->code;
}

void throw_exception_from_error(const Error& error, const boost::source_location& /*at*/) {
  throw std::runtime_error(std::string(error_traits(error.code).name) + ": " + error.message);
}

}  // namespace confab

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

namespace confab {
namespace {

TEST(ErrorCode, EveryNameLeadsBackToItsCode) {
  for (const auto code : all_error_codes()) {
    EXPECT_EQ(error_code_from_name(error_traits(code).name), code) << error_traits(code).name;
  }
}

TEST(ErrorCode, AnUnknownNameIsInternal) {
  EXPECT_EQ(error_code_from_name("from_the_future"), ErrorCode::internal);
}

}  // namespace
}  // namespace confab
#endif
