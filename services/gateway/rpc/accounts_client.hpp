#pragma once

#include <memory>

#include "common/rpc/call_window.hpp"
#include "common/rpc/peer.hpp"
#include "confab/auth/v1/auth.grpc.pb.h"
#include "gateway/domain/ports.hpp"

namespace confab::gateway {

/// The auth service by gRPC. Event loop only.
class AccountsClient final : public Accounts {
 public:
  using Stub = rpc::StubOf<auth::v1::Auth>;

  AccountsClient(Stub& stub, rpc::CallWindow& calls) : stub_(stub), calls_(calls) {}

  [[nodiscard]] Task<Result<Login>> sign_up(std::string username, std::string password,
                                            std::string name) override;
  [[nodiscard]] Task<Result<Login>> log_in(std::string username, std::string password) override;
  [[nodiscard]] Task<Result<Login>> refresh(std::string refresh_token) override;
  [[nodiscard]] Task<Result<>> log_out(std::string session_id) override;
  [[nodiscard]] Task<Result<std::vector<User>>> find(std::vector<std::string> usernames) override;

 private:
  Stub& stub_;
  rpc::CallWindow& calls_;
};

}  // namespace confab::gateway
