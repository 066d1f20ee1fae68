#pragma once

#include <memory>

#include "confab/auth/v1/provisioning.grpc.pb.h"
#include "confab/message_store/v1/provisioning.grpc.pb.h"
#include "ctl/domain/seeder.hpp"

namespace confab::ctl {

/// The auth service's accounts in bulk. Blocks, at most two minutes a call.
class AccountsClient final : public AccountMaker {
 public:
  /// invalid_argument for a malformed address. Connects to nothing yet.
  [[nodiscard]] static Result<std::unique_ptr<AccountsClient>> open(const std::string& address);

  [[nodiscard]] Result<AccountDelivery> make(const AccountOrder& order) override;

 private:
  using Stub = auth::v1::Provisioning::Stub;
  AccountsClient(std::string address, std::unique_ptr<Stub> stub)
      : address_(std::move(address)), stub_(std::move(stub)) {}

  std::string address_;
  std::unique_ptr<Stub> stub_;
};

/// The message-stores' rooms in bulk: any of them makes any room, and the next is asked when one
/// cannot be reached. Blocks, at most two minutes a call.
class RoomsClient final : public RoomMaker {
 public:
  /// invalid_argument for a malformed address, or none. Connects to nothing yet.
  [[nodiscard]] static Result<std::unique_ptr<RoomsClient>> open(
      const std::vector<std::string>& addresses);

  [[nodiscard]] Result<std::size_t> make(std::span<const Account> accounts,
                                         std::span<const SeedRoom> rooms) override;

 private:
  struct Store {
    std::string address;
    std::unique_ptr<message_store::v1::Provisioning::Stub> stub;
  };

  std::vector<Store> stores_;
};

}  // namespace confab::ctl
