#include "common/rpc/status.hpp"

namespace confab::rpc {

grpc::StatusCode status_code(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_argument:
    case ErrorCode::empty_text:
    case ErrorCode::text_too_long:
    case ErrorCode::payload_too_large:
    case ErrorCode::too_many_mentions:
      return grpc::StatusCode::INVALID_ARGUMENT;
    case ErrorCode::unknown_command:
      return grpc::StatusCode::UNIMPLEMENTED;
    case ErrorCode::unauthenticated:
    case ErrorCode::invalid_credentials:
      return grpc::StatusCode::UNAUTHENTICATED;
    case ErrorCode::permission_denied:
    case ErrorCode::not_a_member:
    case ErrorCode::blocked:
      return grpc::StatusCode::PERMISSION_DENIED;
    case ErrorCode::not_found:
    case ErrorCode::room_not_found:
    case ErrorCode::user_not_found:
    case ErrorCode::message_not_found:
      return grpc::StatusCode::NOT_FOUND;
    case ErrorCode::already_exists:
    case ErrorCode::username_taken:
      return grpc::StatusCode::ALREADY_EXISTS;
    case ErrorCode::redacted:
    case ErrorCode::edit_window_over:
    case ErrorCode::too_many_edits:
    case ErrorCode::too_many_reactions:
    case ErrorCode::too_many_pins:
    case ErrorCode::too_many_members:
    case ErrorCode::too_many_rooms:
    case ErrorCode::too_many_invites:
    case ErrorCode::too_many_blocks:
    case ErrorCode::too_many_subscriptions:
      return grpc::StatusCode::FAILED_PRECONDITION;
    case ErrorCode::rate_limited:
    case ErrorCode::send_rate_limited:
    case ErrorCode::room_send_rate_limited:
    case ErrorCode::room_rate_limited:
    case ErrorCode::change_rate_limited:
    case ErrorCode::page_rate_limited:
    case ErrorCode::search_rate_limited:
    case ErrorCode::create_rate_limited:
    case ErrorCode::settings_rate_limited:
    case ErrorCode::sign_up_rate_limited:
    case ErrorCode::login_rate_limited:
    case ErrorCode::connect_rate_limited:
    case ErrorCode::too_many_commands:
    case ErrorCode::too_many_connections:
    case ErrorCode::overloaded:
      return grpc::StatusCode::RESOURCE_EXHAUSTED;
    case ErrorCode::unavailable:
      return grpc::StatusCode::UNAVAILABLE;
    case ErrorCode::unknown_outcome:
      return grpc::StatusCode::ABORTED;
    case ErrorCode::internal:
      return grpc::StatusCode::INTERNAL;
  }
  return grpc::StatusCode::INTERNAL;
}

Error for_caller(const Error& error) {
  if (error.code == ErrorCode::internal) {
    return {error.code, "the service failed; its log says why"};
  }
  if (error.code == ErrorCode::unavailable) {
    return {error.code, "the service's storage is away", std::chrono::seconds(1)};
  }
  return error;
}

void to_proto(const Error& error, common::v1::Error& out) {
  out.set_code(std::string(error_traits(error.code).name));
  out.set_message(error.message);
  out.set_retry_after_ms(static_cast<std::uint32_t>(error.retry_after.count()));
}

Error from_proto(const common::v1::Error& error) {
  return {error_code_from_name(error.code()), error.message(),
          std::chrono::milliseconds(error.retry_after_ms())};
}

grpc::Status to_status(const Error& error) {
  common::v1::Error details;
  to_proto(error, details);
  return {status_code(error.code), error.message, details.SerializeAsString()};
}

bool was_sent(std::string_view peer) {
  return peer.starts_with("ipv4:") || peer.starts_with("ipv6:") || peer.starts_with("unix:");
}

Error to_error(const grpc::Status& status, WhenCut when_cut) {
  common::v1::Error details;
  if (!status.error_details().empty() && details.ParseFromString(status.error_details())) {
    return from_proto(details);
  }
  switch (status.error_code()) {
    case grpc::StatusCode::UNAVAILABLE:
      if (when_cut == WhenCut::unknown_outcome) {
        return {ErrorCode::unknown_outcome, "the connection to the service broke during the call"};
      }
      return {ErrorCode::unavailable, "the service cannot be reached"};
    case grpc::StatusCode::DEADLINE_EXCEEDED:
    case grpc::StatusCode::CANCELLED:
      return {ErrorCode::unknown_outcome, "the service did not answer in time"};
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
      return {ErrorCode::payload_too_large, "the request is larger than the service accepts"};
    default:
      return {ErrorCode::internal, "the service failed: " + status.error_message()};
  }
}

}  // namespace confab::rpc

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

namespace confab::rpc {
namespace {

TEST(RpcStatus, CarriesCodeMessageAndRetryThroughGrpc) {
  const auto error = to_error(
      to_status({ErrorCode::rate_limited, "too many logins", std::chrono::milliseconds(1500)}));
  EXPECT_EQ(error.code, ErrorCode::rate_limited);
  EXPECT_EQ(error.message, "too many logins");
  EXPECT_EQ(error.retry_after, std::chrono::milliseconds(1500));
}

TEST(RpcStatus, TellsARefusedCallFromOneWithAnUnknownOutcome) {
  EXPECT_EQ(to_error({grpc::StatusCode::UNAVAILABLE, ""}).code, ErrorCode::unavailable);
  EXPECT_EQ(to_error({grpc::StatusCode::DEADLINE_EXCEEDED, ""}).code, ErrorCode::unknown_outcome);
  const grpc::Status cut(grpc::StatusCode::UNAVAILABLE, "Socket closed");
  EXPECT_EQ(to_error(cut, WhenCut::unknown_outcome).code, ErrorCode::unknown_outcome);
  const auto told = to_status({ErrorCode::unavailable, "its storage is away"});
  EXPECT_EQ(to_error(told, WhenCut::unknown_outcome).code, ErrorCode::unavailable);
}

}  // namespace
}  // namespace confab::rpc
#endif
