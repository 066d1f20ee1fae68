#pragma once

#include "confab/message_store/v1/rooms.pb.h"
#include "message_store/domain/room_desk.hpp"
#include "message_store/domain/room_directory.hpp"

namespace confab::message_store {

/// Between the types of rooms.proto and those of the domain.
/// invalid_argument for a kind that is none.
[[nodiscard]] Result<RoomPatch> patch_from_proto(const v1::UpdateRoomRequest& request);
[[nodiscard]] std::vector<ReadMark> marks_from_proto(const v1::MarkReadRequest& request);

[[nodiscard]] v1::Member member_to_proto(const Member& member);
[[nodiscard]] v1::Invite to_proto(const RoomDesk::NewInvite& invite);
[[nodiscard]] v1::ListMineResponse to_proto(const MyRoomPage& page);
[[nodiscard]] v1::ListPublicResponse to_proto(const ListPage<PublicRoom>& page);
[[nodiscard]] v1::ListMembersResponse to_proto(const ListPage<Member>& page);
[[nodiscard]] v1::ListBansResponse to_proto(const ListPage<BanRow>& page);
[[nodiscard]] v1::GetStandingResponse to_proto(const Standing& standing);
[[nodiscard]] v1::MarkReadResponse to_proto(
    const std::vector<std::optional<ReadOutcome>>& outcomes);
[[nodiscard]] v1::ListReadersResponse to_proto(const ReaderPage& page);
[[nodiscard]] v1::FindMessageResponse to_proto(const std::optional<Appended>& place);

}  // namespace confab::message_store
