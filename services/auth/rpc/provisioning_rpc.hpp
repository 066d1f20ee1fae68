#pragma once

#include "auth/auth_metrics.hpp"
#include "auth/domain/provisioning.hpp"
#include "common/base/worker_pool.hpp"
#include "common/logging/logger.hpp"
#include "confab/auth/v1/provisioning.grpc.pb.h"

namespace confab::auth {

/// The service of provisioning.proto, which a server only has when an operator wants it. A call
/// runs on a thread that hashes; `hashing` must outlive the server.
class ProvisioningRpc final : public v1::Provisioning::CallbackService {
 public:
  ProvisioningRpc(Provisioning& provisioning, WorkerPool& hashing, AuthMetrics& metrics,
                  logging::Logger& log)
      : provisioning_(provisioning), hashing_(hashing), metrics_(metrics), log_(log) {}

  grpc::ServerUnaryReactor* ProvisionAccounts(grpc::CallbackServerContext* context,
                                              const v1::ProvisionAccountsRequest* request,
                                              v1::ProvisionAccountsResponse* response) override;

 private:
  [[nodiscard]] Result<v1::ProvisionAccountsResponse> provision(
      const v1::ProvisionAccountsRequest& request);

  Provisioning& provisioning_;
  WorkerPool& hashing_;
  AuthMetrics& metrics_;
  logging::Logger& log_;
};

}  // namespace confab::auth
