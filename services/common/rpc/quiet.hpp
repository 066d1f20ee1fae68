#pragma once

namespace confab::rpc {

/// Stops gRPC from writing lines of its own to standard error: what fails is told as an Error, and
/// written once where it is handled. Also from searching for deadlocks. Any thread, any number of
/// times.
void silence_grpc();

}  // namespace confab::rpc
