#pragma once

#include <grpcpp/support/status.h>

#include "common/base/result.hpp"
#include "confab/common/v1/error.pb.h"

namespace confab::rpc {

[[nodiscard]] grpc::StatusCode status_code(ErrorCode code);

/// What a caller is told: of internal and unavailable only that much. The details, which may quote
/// statements and addresses, are for the log.
[[nodiscard]] Error for_caller(const Error& error);

/// The error as a gRPC status; the code's name travels in the details.
[[nodiscard]] grpc::Status to_status(const Error& error);

/// What a call comes to that was cut off after it had been sent, so that nobody knows whether it
/// was done: unavailable, which says "not done, ask again", is only for calls to which that is the
/// same.
enum class WhenCut { unavailable, unknown_outcome };

/// Back again. A status without details, made by gRPC itself, becomes unavailable when nobody was
/// there to take the call, unknown_outcome when no answer came in time, internal otherwise.
/// `when_cut` is for a call that was sent: see was_sent().
[[nodiscard]] Error to_error(const grpc::Status& status, WhenCut when_cut = WhenCut::unavailable);

/// Whether a call with this grpc::ClientContext::peer() was given to a connection. Until then the
/// peer is what the channel was made with.
[[nodiscard]] bool was_sent(std::string_view peer);

void to_proto(const Error& error, common::v1::Error& out);
[[nodiscard]] Error from_proto(const common::v1::Error& error);

}  // namespace confab::rpc
