#pragma once

#include "common/base/result.hpp"
#include "confab/message_store/v1/message_store.pb.h"
#include "message_store/domain/room_service.hpp"

namespace confab::message_store {

/// Between the types of message_store.proto and those of the domain.
[[nodiscard]] Person from_proto(const v1::Person& person);
[[nodiscard]] std::vector<Person> from_proto(
    const google::protobuf::RepeatedPtrField<v1::Person>& people);
/// What check_attributes() says.
[[nodiscard]] Result<NewMessage> from_proto(v1::NewMessage&& message);
[[nodiscard]] LogRange from_proto(const v1::ReadLogRequest& request);

void to_proto(const Person& person, v1::Person& out);
void to_proto(const Head& head, v1::Head& out);
void to_proto(const Member& member, v1::Member& out);
void to_proto(const Appended& appended, v1::Appended& out);
[[nodiscard]] v1::Room to_proto(const Room& room);
[[nodiscard]] v1::ReadLogResponse to_proto(const RenderedPage& page);

}  // namespace confab::message_store
