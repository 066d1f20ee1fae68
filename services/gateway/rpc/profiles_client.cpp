#include "gateway/rpc/profiles_client.hpp"

#include "common/rpc/client.hpp"

namespace confab::gateway {
namespace {

namespace v1 = auth::v1;

// What hashes waits its turn on the pool for that.
constexpr std::chrono::milliseconds kHashingDeadline{10'000};
constexpr std::chrono::milliseconds kDeadline{3000};
constexpr auto kRead = rpc::WhenCut::unavailable;

User from_proto(const v1::User& user) {
  return {user.id(), user.uuid(), user.username(), user.name()};
}

template <typename Users>
std::vector<User> to_users(const Users& users) {
  std::vector<User> out;
  for (const auto& user : users) out.push_back(from_proto(user));
  return out;
}

Result<std::vector<std::string>> to_ids(const Result<v1::EndedSessions>& ended) {
  if (!ended) return ended.error();
  return std::vector<std::string>(ended->session_ids().begin(), ended->session_ids().end());
}

}  // namespace

template <typename Response, typename Request>
Task<Result<Response>> ProfilesClient::ask(Request request, std::chrono::milliseconds deadline,
                                           void (Async::*method)(grpc::ClientContext*,
                                                                 const Request*, Response*,
                                                                 std::function<void(grpc::Status)>),
                                           rpc::WhenCut when_cut) {
  co_return co_await rpc::call<Response>(
      calls_, std::move(request), deadline,
      [this, method](auto* context, auto* sent, auto* received, auto done) {
        ((*stub_.async()).*method)(context, sent, received, std::move(done));
      },
      when_cut);
}

Task<Result<User>> ProfilesClient::find(std::string handle) {
  v1::FindUserRequest request;
  request.set_handle(std::move(handle));
  const auto user = co_await ask<v1::User>(std::move(request), kDeadline, &Async::FindUser, kRead);
  if (!user) co_return user.error();
  co_return from_proto(*user);
}

Task<Result<std::vector<User>>> ProfilesClient::search(std::string prefix, std::uint32_t limit) {
  v1::SearchUsersRequest request;
  request.set_prefix(std::move(prefix));
  request.set_limit(limit);
  const auto found = co_await ask<v1::SearchUsersResponse>(std::move(request), kDeadline,
                                                           &Async::SearchUsers, kRead);
  if (!found) co_return found.error();
  co_return to_users(found->users());
}

Task<Result<Renamed>> ProfilesClient::rename(std::int64_t user_id, std::string name) {
  v1::RenameRequest request;
  request.set_user_id(user_id);
  request.set_name(std::move(name));
  const auto user = co_await ask<v1::User>(std::move(request), kDeadline, &Async::Rename);
  if (!user) co_return user.error();
  Renamed renamed;
  renamed.user = from_proto(*user);
  renamed.version = user->name_version();
  co_return renamed;
}

Task<Result<std::vector<std::string>>> ProfilesClient::change_password(std::int64_t user_id,
                                                                       std::string session_id,
                                                                       std::string old_password,
                                                                       std::string new_password) {
  v1::ChangePasswordRequest request;
  request.set_user_id(user_id);
  request.set_session_id(std::move(session_id));
  request.set_old_password(std::move(old_password));
  request.set_new_password(std::move(new_password));
  co_return to_ids(co_await ask<v1::EndedSessions>(std::move(request), kHashingDeadline,
                                                   &Async::ChangePassword));
}

Task<Result<Farewell>> ProfilesClient::erase(std::int64_t user_id, std::string password,
                                             bool only_check) {
  v1::DeleteAccountRequest request;
  request.set_user_id(user_id);
  request.set_password(std::move(password));
  request.set_only_check(only_check);
  const auto done = co_await ask<v1::DeleteAccountResponse>(std::move(request), kHashingDeadline,
                                                            &Async::DeleteAccount);
  if (!done) co_return done.error();
  Farewell farewell;
  farewell.ghost = from_proto(done->ghost());
  farewell.session_ids.assign(done->session_ids().begin(), done->session_ids().end());
  co_return farewell;
}

Task<Result<std::vector<SessionInfo>>> ProfilesClient::sessions(std::int64_t user_id) {
  v1::ListSessionsRequest request;
  request.set_user_id(user_id);
  const auto listed = co_await ask<v1::ListSessionsResponse>(std::move(request), kDeadline,
                                                             &Async::ListSessions, kRead);
  if (!listed) co_return listed.error();
  std::vector<SessionInfo> sessions;
  for (const auto& one : listed->sessions()) {
    sessions.push_back({one.id(), one.created_ms(), one.used_ms()});
  }
  co_return sessions;
}

Task<Result<std::vector<std::string>>> ProfilesClient::log_out_all(std::int64_t user_id) {
  v1::LogoutAllRequest request;
  request.set_user_id(user_id);
  co_return to_ids(
      co_await ask<v1::EndedSessions>(std::move(request), kDeadline, &Async::LogoutAll));
}

Task<Result<std::vector<User>>> ProfilesClient::of_ids(std::vector<std::int64_t> ids) {
  v1::LookupUsersRequest request;
  request.mutable_ids()->Assign(ids.begin(), ids.end());
  const auto found = co_await rpc::call<v1::LookupUsersResponse>(
      calls_, std::move(request), kDeadline,
      [this](auto* context, auto* sent, auto* received, auto done) {
        auth_.async()->LookupUsers(context, sent, received, std::move(done));
      },
      kRead);
  if (!found) co_return found.error();
  co_return to_users(found->users());
}

}  // namespace confab::gateway
