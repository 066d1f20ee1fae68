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
                     {plan.member_ids().begin(), plan.member_ids().end()}});
  }
  const auto made = import_.add(people, plans);
  if (!made) {
    failed_("ProvisionRooms", made.error());
    return rpc::for_caller(made.error());
  }
  v1::ProvisionRoomsResponse out;
  out.set_made(static_cast<std::uint32_t>(*made));
  return out;
}

}  // namespace confab::message_store
