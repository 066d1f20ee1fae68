#include "ctl/rpc/provisioning_clients.hpp"

#include <optional>
#include <unordered_set>

#include "common/rpc/client.hpp"

namespace confab::ctl {
namespace {

namespace auth_v1 = auth::v1;
namespace store_v1 = message_store::v1;

constexpr std::chrono::minutes kDeadline{2};

/// How a service is called in help texts, and what sets its address.
struct Service {
  const char* name;
  const char* option;
  const char* provisioning;
};
constexpr Service kAuth{"auth service", "--auth-address", "CONFAB_AUTH_PROVISIONING"};
constexpr Service kStore{"message-store", "--message-stores", "CONFAB_MESSAGE_STORE_PROVISIONING"};

/// What went wrong and what to do about it.
Error explain(const grpc::Status& status, const Service& service, const std::string& address) {
  const auto where = std::string("the ") + service.name + " at " + address;
  if (status.error_code() == grpc::StatusCode::UNIMPLEMENTED) {
    return {ErrorCode::unknown_command, where +
                                            " does not provision: start it with --provisioning (" +
                                            service.provisioning + "=true)"};
  }
  auto error = rpc::to_error(status);
  if (error.code == ErrorCode::unavailable && status.error_details().empty()) {
    error.message = where + " cannot be reached: start it, or name another address by " +
                    service.option + " (after ./dev up: . .dev/env)";
  } else {
    error.message = where + ": " + error.message;
    if (error_traits(error.code).retryable) {
      error.message += "; run the same command again, what is there is found";
    }
  }
  return error;
}

template <typename Stub, typename Request, typename Response>
grpc::Status call(Stub& stub,
                  grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                  const Request& request, Response& response) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kDeadline);
  return (stub.*method)(&context, request, &response);
}

store_v1::ProvisionRoomsRequest to_request(Accounts accounts, std::span<const RoomPlan> rooms) {
  store_v1::ProvisionRoomsRequest request;
  std::unordered_set<std::size_t> named;
  for (const auto& room : rooms) {
    auto& plan = *request.add_rooms();
    plan.set_gid(room.gid);
    plan.set_name(room.name);
    plan.set_kind(room.kind);
    plan.set_topic(room.topic);
    plan.set_created_ms(room.created_ms);
    for (const auto member : room.members) {
      const auto& account = accounts[member];
      plan.add_member_ids(account.id);
      if (!named.insert(member).second) continue;
      auto& person = *request.add_people();
      person.set_id(account.id);
      person.set_uuid(account.uuid);
      person.set_username(account.username);
      person.set_name(account.name);
    }
  }
  return request;
}

}  // namespace

Result<std::unique_ptr<AccountsClient>> AccountsClient::open(const std::string& address) {
  const auto channel = rpc::make_channel(address);
  if (!channel) {
    return Error{ErrorCode::invalid_argument, "--auth-address: " + channel.error().message};
  }
  return std::unique_ptr<AccountsClient>(
      new AccountsClient(address, auth_v1::Provisioning::NewStub(*channel)));
}

Result<AccountDelivery> AccountsClient::make(const AccountOrder& order) {
  auth_v1::ProvisionAccountsRequest request;
  for (const auto& plan : order.accounts) {
    auto& account = *request.add_accounts();
    account.set_username(plan.username);
    account.set_name(plan.name);
    account.set_password(plan.password);
    account.set_password_hash(plan.hash);
  }
  request.set_password(order.password);
  request.set_hash_once(order.hash_once);
  request.set_access_token_life_s(static_cast<std::uint32_t>(order.token_life.count()));
  auth_v1::ProvisionAccountsResponse response;
  const auto status = call(*stub_, &Stub::ProvisionAccounts, request, response);
  if (!status.ok()) return explain(status, kAuth, address_);
  AccountDelivery out;
  out.expires_in = std::chrono::seconds(response.expires_in_s());
  for (const auto& account : response.accounts()) {
    const auto& user = account.user();
    out.accounts.push_back({user.id(), user.uuid(), user.username(), user.name(),
                            account.access_token(), account.made()});
  }
  return out;
}

Result<std::unique_ptr<RoomsClient>> RoomsClient::open(const std::vector<std::string>& addresses) {
  if (addresses.empty()) return Error{ErrorCode::invalid_argument, "--message-stores is empty"};
  auto client = std::make_unique<RoomsClient>();
  for (const auto& address : addresses) {
    const auto channel = rpc::make_channel(address);
    if (!channel) {
      return Error{ErrorCode::invalid_argument, "--message-stores: " + channel.error().message};
    }
    client->stores_.push_back({address, store_v1::Provisioning::NewStub(*channel)});
  }
  return client;
}

template <typename Request, typename Response>
Result<> RoomsClient::ask(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                       Response*),
                          const Request& request, Response& response) {
  std::optional<Error> failure;
  for (auto& store : stores_) {
    const auto status = call(*store.stub, method, request, response);
    if (status.ok()) return {};
    failure = explain(status, kStore, store.address);
    if (failure->code != ErrorCode::unavailable) break;
  }
  return *failure;
}

Result<RoomDelivery> RoomsClient::make(Accounts accounts, std::span<const RoomPlan> rooms) {
  store_v1::ProvisionRoomsResponse response;
  const auto asked = ask(&Stub::ProvisionRooms, to_request(accounts, rooms), response);
  if (!asked) return asked.error();
  return RoomDelivery{response.made(), {response.gids().begin(), response.gids().end()}};
}

Result<std::size_t> RoomsClient::add_past(Accounts accounts,
                                          std::span<const Conversation> conversations) {
  store_v1::ProvisionMessagesRequest request;
  for (const auto& conversation : conversations) {
    auto& room = *request.add_rooms();
    room.set_gid(conversation.gid);
    for (const auto& said : conversation.messages) {
      auto& message = *room.add_messages();
      message.set_sender_id(accounts[said.sender].id);
      message.set_client_msg_id(said.client_msg_id);
      message.set_text(said.text);
      message.set_attributes_json(said.attributes);
      message.set_created_ms(said.ms);
    }
  }
  store_v1::ProvisionMessagesResponse response;
  const auto asked = ask(&Stub::ProvisionMessages, request, response);
  if (!asked) return asked.error();
  return response.added();
}

}  // namespace confab::ctl
