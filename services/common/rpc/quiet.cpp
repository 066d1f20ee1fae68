#include "common/rpc/quiet.hpp"

#include <absl/synchronization/mutex.h>
#include <grpc/support/log.h>

namespace confab::rpc {

void silence_grpc() {
  gpr_set_log_function([](gpr_log_func_args* /*line*/) {});
  // Debian's build looks for deadlocks at every lock of gRPC, which costs a twentieth of its time.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
}

}  // namespace confab::rpc
