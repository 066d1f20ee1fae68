#pragma once

#include "auth/auth_metrics.hpp"
#include "auth/domain/account_service.hpp"
#include "auth/domain/session_service.hpp"
#include "common/base/worker_pool.hpp"
#include "common/logging/logger.hpp"
#include "confab/auth/v1/auth.grpc.pb.h"

namespace confab::auth {

/// The service of auth.proto. gRPC's threads never block: calls that hash run on `hashing`, the
/// others on `workers`; a call that finds their queue full is answered with overloaded.
///
/// Both pools must outlive the server, which waits for the calls in them.
class AuthRpc final : public v1::Auth::CallbackService {
 public:
  AuthRpc(AccountService& accounts, SessionService& sessions, const TokenIssuer& tokens,
          WorkerPool& hashing, WorkerPool& workers, AuthMetrics& metrics, logging::Logger& log)
      : accounts_(accounts),
        sessions_(sessions),
        tokens_(tokens),
        hashing_(hashing),
        workers_(workers),
        metrics_(metrics),
        log_(log) {}

  grpc::ServerUnaryReactor* Register(grpc::CallbackServerContext* context,
                                     const v1::RegisterRequest* request,
                                     v1::SessionResponse* response) override;
  grpc::ServerUnaryReactor* Login(grpc::CallbackServerContext* context,
                                  const v1::LoginRequest* request,
                                  v1::SessionResponse* response) override;
  grpc::ServerUnaryReactor* Refresh(grpc::CallbackServerContext* context,
                                    const v1::RefreshRequest* request,
                                    v1::SessionResponse* response) override;
  grpc::ServerUnaryReactor* Logout(grpc::CallbackServerContext* context,
                                   const v1::LogoutRequest* request,
                                   v1::LogoutResponse* response) override;
  grpc::ServerUnaryReactor* LookupUsers(grpc::CallbackServerContext* context,
                                        const v1::LookupUsersRequest* request,
                                        v1::LookupUsersResponse* response) override;
  grpc::ServerUnaryReactor* GetKeys(grpc::CallbackServerContext* context,
                                    const v1::GetKeysRequest* request,
                                    v1::GetKeysResponse* response) override;
  grpc::ServerUnaryReactor* ListRevocations(grpc::CallbackServerContext* context,
                                            const v1::ListRevocationsRequest* request,
                                            v1::ListRevocationsResponse* response) override;

 private:
  /// Answers the call with what `work` returns, on a thread of `pool`.
  template <typename Response, typename Work>
  grpc::ServerUnaryReactor* answer(grpc::CallbackServerContext* context, Method method,
                                   WorkerPool& pool, Response* response, Work work);
  void show_queues();
  /// Logs what the service is to blame for; returns what the caller is told of it.
  [[nodiscard]] Error failed(Method method, const Error& error);

  AccountService& accounts_;
  SessionService& sessions_;
  const TokenIssuer& tokens_;
  WorkerPool& hashing_;
  WorkerPool& workers_;
  AuthMetrics& metrics_;
  logging::Logger& log_;
};

}  // namespace confab::auth
