#include "auth/rpc/provisioning_rpc.hpp"

#include "auth/rpc/conversions.hpp"
#include "common/rpc/unary.hpp"

namespace confab::auth {

grpc::ServerUnaryReactor* ProvisioningRpc::ProvisionAccounts(
    grpc::CallbackServerContext* context, const v1::ProvisionAccountsRequest* request,
    v1::ProvisionAccountsResponse* response) {
  const auto arrived = std::chrono::steady_clock::now();
  return rpc::answer(context, hashing_, response,
                     [this, request, arrived]() -> Result<v1::ProvisionAccountsResponse> {
                       auto done = provision(*request);
                       metrics_.observe(Method::provision,
                                        std::chrono::steady_clock::now() - arrived);
                       return done;
                     });
}

Result<v1::ProvisionAccountsResponse> ProvisioningRpc::provision(
    const v1::ProvisionAccountsRequest& request) {
  Provisioning::Order order{{request.usernames().begin(), request.usernames().end()},
                            request.password(),
                            request.hash_once(),
                            std::chrono::seconds(request.access_token_life_s())};
  for (const auto& plan : request.accounts()) {
    order.accounts.push_back({plan.username(), plan.name(), plan.password(), plan.password_hash()});
  }
  const auto delivery = provisioning_.provision(order);
  if (!delivery) {
    const auto traits = error_traits(delivery.error().code);
    if (traits.http_status >= 500) {
      log_.warning("call_failed", {{"method", "ProvisionAccounts"},
                                   {"code", traits.name},
                                   {"why", delivery.error().message}});
    }
    return rpc::for_caller(delivery.error());
  }
  v1::ProvisionAccountsResponse out;
  out.set_expires_in_s(static_cast<std::uint32_t>(delivery->expires_in.count()));
  for (const auto& account : delivery->accounts) {
    auto& added = *out.add_accounts();
    fill(account.user, *added.mutable_user());
    added.set_access_token(account.access_token);
    added.set_made(account.made);
  }
  return out;
}

}  // namespace confab::auth
