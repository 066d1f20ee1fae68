#include "gateway/rpc/accounts_client.hpp"

#include "common/rpc/client.hpp"

namespace confab::gateway {
namespace {

namespace v1 = auth::v1;

// A login waits its turn on the hashing pool of the auth service.
constexpr std::chrono::milliseconds kLoginDeadline{10'000};
constexpr std::chrono::milliseconds kDeadline{3000};

User from_proto(const v1::User& user) {
  return {user.id(), user.uuid(), user.username(), user.name()};
}

Result<Login> to_login(const Result<v1::SessionResponse>& response) {
  if (!response) return response.error();
  return Login{from_proto(response->user()), response->access_token(), response->expires_in_s(),
               response->refresh_token()};
}

}  // namespace

Task<Result<Login>> AccountsClient::sign_up(std::string username, std::string password,
                                            std::string name) {
  v1::RegisterRequest request;
  request.set_username(std::move(username));
  request.set_password(std::move(password));
  request.set_name(std::move(name));
  co_return to_login(co_await rpc::call<v1::SessionResponse>(
      calls_, std::move(request), kLoginDeadline,
      [this](auto* context, auto* sent, auto* received, auto done) {
        stub_.async()->Register(context, sent, received, std::move(done));
      }));
}

Task<Result<Login>> AccountsClient::log_in(std::string username, std::string password) {
  v1::LoginRequest request;
  request.set_username(std::move(username));
  request.set_password(std::move(password));
  co_return to_login(co_await rpc::call<v1::SessionResponse>(
      calls_, std::move(request), kLoginDeadline,
      [this](auto* context, auto* sent, auto* received, auto done) {
        stub_.async()->Login(context, sent, received, std::move(done));
      }));
}

Task<Result<Login>> AccountsClient::refresh(std::string refresh_token) {
  v1::RefreshRequest request;
  request.set_refresh_token(std::move(refresh_token));
  co_return to_login(co_await rpc::call<v1::SessionResponse>(
      calls_, std::move(request), kDeadline,
      [this](auto* context, auto* sent, auto* received, auto done) {
        stub_.async()->Refresh(context, sent, received, std::move(done));
      }));
}

Task<Result<>> AccountsClient::log_out(std::string session_id) {
  v1::LogoutRequest request;
  request.set_session_id(std::move(session_id));
  const auto response = co_await rpc::call<v1::LogoutResponse>(
      calls_, std::move(request), kDeadline,
      [this](auto* context, auto* sent, auto* received, auto done) {
        stub_.async()->Logout(context, sent, received, std::move(done));
      });
  if (!response) co_return response.error();
  co_return Result<>();
}

Task<Result<std::vector<User>>> AccountsClient::find(std::vector<std::string> usernames) {
  v1::LookupUsersRequest request;
  for (auto& username : usernames) request.add_usernames(std::move(username));
  const auto response = co_await rpc::call<v1::LookupUsersResponse>(
      calls_, std::move(request), kDeadline,
      [this](auto* context, auto* sent, auto* received, auto done) {
        stub_.async()->LookupUsers(context, sent, received, std::move(done));
      },
      rpc::WhenCut::unavailable);
  if (!response) co_return response.error();
  std::vector<User> users;
  for (const auto& user : response->users()) users.push_back(from_proto(user));
  co_return users;
}

}  // namespace confab::gateway
