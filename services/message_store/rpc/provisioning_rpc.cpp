#include "message_store/rpc/provisioning_rpc.hpp"

#include "common/rpc/unary.hpp"
#include "message_store/rpc/conversions.hpp"

namespace confab::message_store {

grpc::ServerUnaryReactor* ProvisioningRpc::ProvisionRooms(grpc::CallbackServerContext* context,
                                                          const v1::ProvisionRoomsRequest* request,
                                                          v1::ProvisionRoomsResponse* response) {
  return rpc::answer(context, workers_, response, [this, request] { return provision(*request); });
}

Result<v1::ProvisionRoomsResponse> ProvisioningRpc::provision(
    const v1::ProvisionRoomsRequest& request) {
  std::vector<Person> people;
  for (const auto& person : request.people()) people.push_back(from_proto(person));
  std::vector<RoomPlan> plans;
  for (const auto& plan : request.rooms()) {
    plans.push_back({plan.gid(),
                     plan.name(),
                     plan.kind(),
                     {plan.member_ids().begin(), plan.member_ids().end()},
                     plan.topic(),
                     plan.created_ms()});
  }
  const auto made = import_.add(people, plans);
  if (!made) {
    failed_("ProvisionRooms", made.error());
    return rpc::for_caller(made.error());
  }
  v1::ProvisionRoomsResponse out;
  out.set_made(static_cast<std::uint32_t>(made->made));
  for (const auto& gid : made->gids) out.add_gids(gid);
  return out;
}

grpc::ServerUnaryReactor* ProvisioningRpc::ProvisionMessages(
    grpc::CallbackServerContext* context, const v1::ProvisionMessagesRequest* request,
    v1::ProvisionMessagesResponse* response) {
  return rpc::answer(context, workers_, response, [this, request] { return add_past(*request); });
}

Result<v1::ProvisionMessagesResponse> ProvisioningRpc::add_past(
    const v1::ProvisionMessagesRequest& request) {
  std::vector<RoomPast> rooms;
  for (const auto& room : request.rooms()) {
    auto& past = rooms.emplace_back(RoomPast{room.gid(), {}});
    for (const auto& one : room.messages()) {
      past.messages.push_back({one.sender_id(), one.client_msg_id(), one.text(),
                               one.attributes_json(), one.created_ms()});
    }
  }
  const auto added = import_.add_past(rooms);
  if (!added) {
    failed_("ProvisionMessages", added.error());
    return rpc::for_caller(added.error());
  }
  v1::ProvisionMessagesResponse out;
  out.set_added(static_cast<std::uint32_t>(*added));
  return out;
}

}  // namespace confab::message_store
