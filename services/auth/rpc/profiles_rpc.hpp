#pragma once

#include "auth/auth_metrics.hpp"
#include "auth/domain/profile_service.hpp"
#include "auth/domain/session_service.hpp"
#include "common/base/worker_pool.hpp"
#include "common/logging/logger.hpp"
#include "confab/auth/v1/profiles.grpc.pb.h"

namespace confab::auth {

/// The service of profiles.proto. As AuthRpc: calls that hash run on `hashing`, others on
/// `workers`.
class ProfilesRpc final : public v1::Profiles::CallbackService {
 public:
  ProfilesRpc(ProfileService& profiles, SessionService& sessions, WorkerPool& hashing,
              WorkerPool& workers, AuthMetrics& metrics, logging::Logger& log)
      : profiles_(profiles),
        sessions_(sessions),
        hashing_(hashing),
        workers_(workers),
        metrics_(metrics),
        log_(log) {}

  grpc::ServerUnaryReactor* FindUser(grpc::CallbackServerContext* context,
                                     const v1::FindUserRequest* request,
                                     v1::User* response) override;
  grpc::ServerUnaryReactor* SearchUsers(grpc::CallbackServerContext* context,
                                        const v1::SearchUsersRequest* request,
                                        v1::SearchUsersResponse* response) override;
  grpc::ServerUnaryReactor* Rename(grpc::CallbackServerContext* context,
                                   const v1::RenameRequest* request, v1::User* response) override;
  grpc::ServerUnaryReactor* ChangePassword(grpc::CallbackServerContext* context,
                                           const v1::ChangePasswordRequest* request,
                                           v1::EndedSessions* response) override;
  grpc::ServerUnaryReactor* DeleteAccount(grpc::CallbackServerContext* context,
                                          const v1::DeleteAccountRequest* request,
                                          v1::DeleteAccountResponse* response) override;
  grpc::ServerUnaryReactor* ListSessions(grpc::CallbackServerContext* context,
                                         const v1::ListSessionsRequest* request,
                                         v1::ListSessionsResponse* response) override;
  grpc::ServerUnaryReactor* LogoutAll(grpc::CallbackServerContext* context,
                                      const v1::LogoutAllRequest* request,
                                      v1::EndedSessions* response) override;

 private:
  template <typename Response, typename Work>
  grpc::ServerUnaryReactor* answer(grpc::CallbackServerContext* context, Method method,
                                   WorkerPool& pool, Response* response, Work work);

  ProfileService& profiles_;
  SessionService& sessions_;
  WorkerPool& hashing_;
  WorkerPool& workers_;
  AuthMetrics& metrics_;
  logging::Logger& log_;
};

}  // namespace confab::auth
