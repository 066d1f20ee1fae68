#include "common/rpc/quiet.hpp"

#include <grpc/support/log.h>

namespace confab::rpc {

void silence_grpc() {
  gpr_set_log_function([](gpr_log_func_args* /*line*/) {});
}

}  // namespace confab::rpc
