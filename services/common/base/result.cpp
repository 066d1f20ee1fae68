#include "common/base/result.hpp"

#include <array>
#include <stdexcept>

namespace confab {
namespace {

constexpr std::array kAllCodes = {
    ErrorCode::invalid_argument,  ErrorCode::unknown_command,
    ErrorCode::empty_text,        ErrorCode::text_too_long,
    ErrorCode::payload_too_large, ErrorCode::unauthenticated,
    ErrorCode::permission_denied, ErrorCode::invalid_credentials,
    ErrorCode::not_a_member,      ErrorCode::blocked,
    ErrorCode::not_found,         ErrorCode::room_not_found,
    ErrorCode::user_not_found,    ErrorCode::message_not_found,
    ErrorCode::already_exists,    ErrorCode::username_taken,
    ErrorCode::redacted,          ErrorCode::edit_window_over,
    ErrorCode::too_many_edits,    ErrorCode::too_many_reactions,
    ErrorCode::too_many_pins,     ErrorCode::rate_limited,
    ErrorCode::overloaded,        ErrorCode::unavailable,
    ErrorCode::unknown_outcome,   ErrorCode::internal,
};

}  // namespace

ErrorTraits error_traits(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_argument:
      return {"invalid_argument", 400, false};
    case ErrorCode::unknown_command:
      return {"unknown_command", 404, false};
    case ErrorCode::empty_text:
      return {"empty_text", 400, false};
    case ErrorCode::text_too_long:
      return {"text_too_long", 413, false};
    case ErrorCode::payload_too_large:
      return {"payload_too_large", 413, false};
    case ErrorCode::unauthenticated:
      return {"unauthenticated", 401, false};
    case ErrorCode::invalid_credentials:
      return {"invalid_credentials", 401, false};
    case ErrorCode::permission_denied:
      return {"permission_denied", 403, false};
    case ErrorCode::not_a_member:
      return {"not_a_member", 403, false};
    case ErrorCode::blocked:
      return {"blocked", 403, false};
    case ErrorCode::not_found:
      return {"not_found", 404, false};
    case ErrorCode::room_not_found:
      return {"room_not_found", 404, false};
    case ErrorCode::user_not_found:
      return {"user_not_found", 404, false};
    case ErrorCode::message_not_found:
      return {"message_not_found", 404, false};
    case ErrorCode::already_exists:
      return {"already_exists", 409, false};
    case ErrorCode::username_taken:
      return {"username_taken", 409, false};
    case ErrorCode::redacted:
      return {"redacted", 409, false};
    case ErrorCode::edit_window_over:
      return {"edit_window_over", 403, false};
    case ErrorCode::too_many_edits:
      return {"too_many_edits", 409, false};
    case ErrorCode::too_many_reactions:
      return {"too_many_reactions", 409, false};
    case ErrorCode::too_many_pins:
      return {"too_many_pins", 409, false};
    case ErrorCode::rate_limited:
      return {"rate_limited", 429, true};
    case ErrorCode::overloaded:
      return {"overloaded", 503, true};
    case ErrorCode::unavailable:
      return {"unavailable", 503, true};
    case ErrorCode::unknown_outcome:
      return {"unknown_outcome", 503, true};
    case ErrorCode::internal:
      return {"internal", 500, false};
  }
  return {"internal", 500, false};
}

ErrorCode error_code_from_name(std::string_view name) {
  for (const auto code : kAllCodes) {
    if (error_traits(code).name == name) return code;
  }
  return ErrorCode::internal;
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
  for (const auto code : kAllCodes) {
    EXPECT_EQ(error_code_from_name(error_traits(code).name), code) << error_traits(code).name;
  }
}

TEST(ErrorCode, AnUnknownNameIsInternal) {
  EXPECT_EQ(error_code_from_name("from_the_future"), ErrorCode::internal);
}

}  // namespace
}  // namespace confab
#endif
