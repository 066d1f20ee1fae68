#pragma once

#include <memory>

#include "confab/auth/v1/provisioning.grpc.pb.h"
#include "confab/message_store/v1/provisioning.grpc.pb.h"
#include "ctl/domain/provisioner.hpp"

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

  [[nodiscard]] Result<RoomDelivery> make(Accounts accounts,
                                          std::span<const RoomPlan> rooms) override;
  [[nodiscard]] Result<std::size_t> add_past(Accounts accounts,
                                             std::span<const Conversation> conversations) override;

 private:
  using Stub = message_store::v1::Provisioning::Stub;
  struct Store {
    std::string address;
    std::unique_ptr<Stub> stub;
  };

  template <typename Request, typename Response>
  [[nodiscard]] Result<> ask(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                          Response*),
                             const Request& request, Response& response);

  std::vector<Store> stores_;
};

}  // namespace confab::ctl
