#include "auth/rpc/auth_rpc.hpp"

#include "auth/rpc/conversions.hpp"
#include "common/rpc/unary.hpp"

namespace confab::auth {
namespace {

Result<v1::SessionResponse> to_response(const Result<SessionGrant>& grant) {
  if (!grant) return grant.error();
  v1::SessionResponse out;
  fill(grant->user, *out.mutable_user());
  out.set_access_token(grant->access_token);
  out.set_expires_in_s(static_cast<std::uint32_t>(grant->expires_in.count()));
  out.set_refresh_token(grant->refresh_token);
  return out;
}

}  // namespace

template <typename Response, typename Work>
grpc::ServerUnaryReactor* AuthRpc::answer(grpc::CallbackServerContext* context, Method method,
                                          WorkerPool& pool, Response* response, Work work) {
  const auto arrived = std::chrono::steady_clock::now();
  auto* reactor = rpc::answer(
      context, pool, response, [this, context, method, arrived, work]() -> Result<Response> {
        show_queues();
        if (context->IsCancelled()) return Error{ErrorCode::unavailable, "the caller gave up"};
        auto result = work();
        metrics_.observe(method, std::chrono::steady_clock::now() - arrived);
        if (!result) return failed(method, result.error());
        return result;
      });
  show_queues();
  return reactor;
}

void AuthRpc::show_queues() {
  metrics_.hash_queue_depth.Set(static_cast<double>(hashing_.queued()));
  metrics_.request_queue_depth.Set(static_cast<double>(workers_.queued()));
}

Error AuthRpc::failed(Method method, const Error& error) {
  const auto traits = error_traits(error.code);
  if (traits.http_status >= 500) {
    log_.warning("call_failed",
                 {{"method", name(method)}, {"code", traits.name}, {"why", error.message}});
  }
  return rpc::for_caller(error);
}

grpc::ServerUnaryReactor* AuthRpc::Register(grpc::CallbackServerContext* context,
                                            const v1::RegisterRequest* request,
                                            v1::SessionResponse* response) {
  return answer(context, Method::add_user, hashing_, response, [this, request] {
    return to_response(
        accounts_.add_user({request->username(), request->password(), request->name()}));
  });
}

grpc::ServerUnaryReactor* AuthRpc::Login(grpc::CallbackServerContext* context,
                                         const v1::LoginRequest* request,
                                         v1::SessionResponse* response) {
  return answer(context, Method::login, hashing_, response, [this, request] {
    return to_response(accounts_.login(request->username(), request->password()));
  });
}

grpc::ServerUnaryReactor* AuthRpc::Refresh(grpc::CallbackServerContext* context,
                                           const v1::RefreshRequest* request,
                                           v1::SessionResponse* response) {
  return answer(context, Method::refresh, workers_, response, [this, request] {
    return to_response(sessions_.refresh(request->refresh_token()));
  });
}

grpc::ServerUnaryReactor* AuthRpc::Logout(grpc::CallbackServerContext* context,
                                          const v1::LogoutRequest* request,
                                          v1::LogoutResponse* response) {
  return answer(context, Method::logout, workers_, response,
                [this, request]() -> Result<v1::LogoutResponse> {
                  if (auto ended = sessions_.logout(request->session_id()); !ended) {
                    return ended.error();
                  }
                  return v1::LogoutResponse();
                });
}

grpc::ServerUnaryReactor* AuthRpc::LookupUsers(grpc::CallbackServerContext* context,
                                               const v1::LookupUsersRequest* request,
                                               v1::LookupUsersResponse* response) {
  return answer(context, Method::lookup_users, workers_, response,
                [this, request]() -> Result<v1::LookupUsersResponse> {
                  const auto users =
                      accounts_.lookup({request->usernames().begin(), request->usernames().end()},
                                       {request->ids().begin(), request->ids().end()});
                  if (!users) return users.error();
                  v1::LookupUsersResponse out;
                  for (const auto& user : *users) fill(user, *out.add_users());
                  return out;
                });
}

grpc::ServerUnaryReactor* AuthRpc::GetKeys(grpc::CallbackServerContext* context,
                                           const v1::GetKeysRequest* /*request*/,
                                           v1::GetKeysResponse* response) {
  auto* reactor = context->DefaultReactor();
  response->set_jwks(tokens_.key_set());
  for (auto& key : tokens_.resume_keys()) response->add_resume_keys(std::move(key));
  reactor->Finish(grpc::Status::OK);
  return reactor;
}

grpc::ServerUnaryReactor* AuthRpc::ListRevocations(grpc::CallbackServerContext* context,
                                                   const v1::ListRevocationsRequest* request,
                                                   v1::ListRevocationsResponse* response) {
  return answer(context, Method::list_revocations, workers_, response,
                [this, request]() -> Result<v1::ListRevocationsResponse> {
                  const auto revocations = sessions_.revocations(request->cursor());
                  if (!revocations) return revocations.error();
                  v1::ListRevocationsResponse out;
                  for (const auto& id : revocations->session_ids) out.add_session_ids(id);
                  out.set_cursor(revocations->cursor);
                  return out;
                });
}

}  // namespace confab::auth
