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

/// Back again. A status without details, made by gRPC itself, becomes unavailable when the call
/// cannot have reached the server's code, unknown_outcome when it may have, internal otherwise.
[[nodiscard]] Error to_error(const grpc::Status& status);

void to_proto(const Error& error, common::v1::Error& out);
[[nodiscard]] Error from_proto(const common::v1::Error& error);

}  // namespace confab::rpc
