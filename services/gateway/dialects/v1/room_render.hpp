#pragma once

#include <string>

#include "gateway/dialects/v1/render.hpp"
#include "gateway/domain/rooms.hpp"

namespace confab::gateway::dialects {

/// Answers of the commands about rooms as JSON objects (docs/protocol.md): the same on every door.
[[nodiscard]] std::string render(const MyRooms& page);
[[nodiscard]] std::string render(const ListPage<PublicRoom>& page);
[[nodiscard]] std::string render(const std::string& gid, const ListPage<Member>& page);
[[nodiscard]] std::string render(const std::string& gid, const ListPage<Ban>& page);
[[nodiscard]] std::string render(const std::string& gid, const Invite& invite);
[[nodiscard]] std::string render(const std::string& gid, std::uint64_t seq, const Readers& page);
[[nodiscard]] std::string render(const SendStatus& status);
/// {"room":…,"seq":…}
[[nodiscard]] std::string render_place(const std::string& gid, std::uint64_t seq);

}  // namespace confab::gateway::dialects
