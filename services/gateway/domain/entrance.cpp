#include "gateway/domain/entrance.hpp"

namespace confab::gateway {

Task<Result<Login>> Entrance::sign_up(std::string username, std::string password, std::string name,
                                      CountedAddress address) {
  const auto within = limits_.sign_up(address);
  if (!within) co_return within.error();
  co_return co_await accounts_.sign_up(std::move(username), std::move(password), std::move(name));
}

Task<Result<Login>> Entrance::log_in(std::string username, std::string password,
                                     CountedAddress address) {
  const auto within = limits_.log_in(address, username);
  if (!within) co_return within.error();
  auto login = co_await accounts_.log_in(username, std::move(password));
  if (!login && login.error().code == ErrorCode::invalid_credentials) {
    limits_.login_failed(address, username);
  }
  co_return login;
}

Task<Result<Login>> Entrance::refresh(std::string refresh_token, CountedAddress address) {
  const auto within = limits_.log_in(address, "");
  if (!within) co_return within.error();
  co_return co_await accounts_.refresh(std::move(refresh_token));
}

}  // namespace confab::gateway
