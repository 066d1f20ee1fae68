#include "auth/rpc/profiles_rpc.hpp"

#include "auth/rpc/conversions.hpp"
#include "common/rpc/unary.hpp"

namespace confab::auth {
namespace {

Result<v1::User> to_response(const Result<User>& user) {
  if (!user) return user.error();
  v1::User out;
  fill(*user, out);
  return out;
}

Result<v1::EndedSessions> to_response(const Result<std::vector<std::string>>& ended) {
  if (!ended) return ended.error();
  v1::EndedSessions out;
  for (const auto& id : *ended) out.add_session_ids(id);
  return out;
}

std::int64_t milliseconds(Time time) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

}  // namespace

template <typename Response, typename Work>
grpc::ServerUnaryReactor* ProfilesRpc::answer(grpc::CallbackServerContext* context, Method method,
                                              WorkerPool& pool, Response* response, Work work) {
  const auto arrived = std::chrono::steady_clock::now();
  return rpc::answer(
      context, pool, response, [this, context, method, arrived, work]() -> Result<Response> {
        if (context->IsCancelled()) return Error{ErrorCode::unavailable, "the caller gave up"};
        auto result = work();
        metrics_.observe(method, std::chrono::steady_clock::now() - arrived);
        if (result) return result;
        const auto traits = error_traits(result.error().code);
        if (traits.http_status >= 500) {
          log_.warning(
              "call_failed",
              {{"method", name(method)}, {"code", traits.name}, {"why", result.error().message}});
        }
        return rpc::for_caller(result.error());
      });
}

grpc::ServerUnaryReactor* ProfilesRpc::FindUser(grpc::CallbackServerContext* context,
                                                const v1::FindUserRequest* request,
                                                v1::User* response) {
  return answer(context, Method::find_user, workers_, response,
                [this, request] { return to_response(profiles_.find(request->handle())); });
}

grpc::ServerUnaryReactor* ProfilesRpc::SearchUsers(grpc::CallbackServerContext* context,
                                                   const v1::SearchUsersRequest* request,
                                                   v1::SearchUsersResponse* response) {
  return answer(context, Method::search_users, workers_, response,
                [this, request]() -> Result<v1::SearchUsersResponse> {
                  const auto users = profiles_.search(request->prefix(), request->limit());
                  if (!users) return users.error();
                  v1::SearchUsersResponse out;
                  for (const auto& user : *users) fill(user, *out.add_users());
                  return out;
                });
}

grpc::ServerUnaryReactor* ProfilesRpc::Rename(grpc::CallbackServerContext* context,
                                              const v1::RenameRequest* request,
                                              v1::User* response) {
  return answer(context, Method::rename, workers_, response, [this, request] {
    const auto renamed = profiles_.rename(request->user_id(), request->name());
    auto out = to_response(renamed ? Result<User>(renamed->user) : renamed.error());
    if (out) out->set_name_version(renamed->version);
    return out;
  });
}

grpc::ServerUnaryReactor* ProfilesRpc::ChangePassword(grpc::CallbackServerContext* context,
                                                      const v1::ChangePasswordRequest* request,
                                                      v1::EndedSessions* response) {
  return answer(context, Method::change_password, hashing_, response, [this, request] {
    return to_response(profiles_.change_password(request->user_id(), request->session_id(),
                                                 request->old_password(), request->new_password()));
  });
}

grpc::ServerUnaryReactor* ProfilesRpc::DeleteAccount(grpc::CallbackServerContext* context,
                                                     const v1::DeleteAccountRequest* request,
                                                     v1::DeleteAccountResponse* response) {
  return answer(context, Method::delete_account, hashing_, response,
                [this, request]() -> Result<v1::DeleteAccountResponse> {
                  v1::DeleteAccountResponse out;
                  const auto ghost = profiles_.ghost(request->user_id(), request->password());
                  if (!ghost) return ghost.error();
                  fill(*ghost, *out.mutable_ghost());
                  if (request->only_check()) return out;
                  const auto ended = profiles_.erase(request->user_id(), request->password());
                  if (!ended) return ended.error();
                  for (const auto& id : *ended) out.add_session_ids(id);
                  return out;
                });
}

grpc::ServerUnaryReactor* ProfilesRpc::ListSessions(grpc::CallbackServerContext* context,
                                                    const v1::ListSessionsRequest* request,
                                                    v1::ListSessionsResponse* response) {
  return answer(context, Method::list_sessions, workers_, response,
                [this, request]() -> Result<v1::ListSessionsResponse> {
                  const auto sessions = sessions_.list(request->user_id());
                  if (!sessions) return sessions.error();
                  v1::ListSessionsResponse out;
                  for (const auto& session : *sessions) {
                    auto& added = *out.add_sessions();
                    added.set_id(session.id);
                    added.set_created_ms(milliseconds(session.created_at));
                    added.set_used_ms(milliseconds(session.used_at));
                  }
                  return out;
                });
}

grpc::ServerUnaryReactor* ProfilesRpc::LogoutAll(grpc::CallbackServerContext* context,
                                                 const v1::LogoutAllRequest* request,
                                                 v1::EndedSessions* response) {
  return answer(context, Method::logout_all, workers_, response,
                [this, request] { return to_response(sessions_.logout_all(request->user_id())); });
}

}  // namespace confab::auth
