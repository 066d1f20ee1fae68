#pragma once

#include <boost/json/object.hpp>
#include <string>

#include "gateway/domain/read_marks.hpp"
#include "gateway/domain/rooms.hpp"

namespace confab::gateway::dialects {

/// The commands about rooms, members and read positions, but for those that make rooms and bring
/// members in. A part of Commands.
class RoomCommands {
 public:
  RoomCommands(Chat& chat, Rooms& rooms, ReadMarks& reads)
      : chat_(chat), rooms_(rooms), reads_(reads) {}

  [[nodiscard]] static bool has(const std::string& name);
  /// Only of a name that is there. invalid_argument for bad fields; else what the command says.
  [[nodiscard]] Task<Result<std::string>> run(User user, std::string name,
                                              boost::json::object data);

 private:
  using Data = const boost::json::object&;
  using Command = Task<Result<std::string>> (RoomCommands::*)(const User&, Data);

  [[nodiscard]] static Command find(const std::string& name);

  Task<Result<std::string>> list(const User& user, Data data);
  Task<Result<std::string>> list_public(const User& user, Data data);
  Task<Result<std::string>> update(const User& user, Data data);
  Task<Result<std::string>> archive(const User& user, Data data);
  Task<Result<std::string>> join(const User& user, Data data);
  Task<Result<std::string>> invite(const User& user, Data data);
  Task<Result<std::string>> revoke_invite(const User& user, Data data);
  Task<Result<std::string>> members(const User& user, Data data);
  Task<Result<std::string>> set_role(const User& user, Data data);
  Task<Result<std::string>> ban(const User& user, Data data);
  Task<Result<std::string>> unban(const User& user, Data data);
  Task<Result<std::string>> bans(const User& user, Data data);
  Task<Result<std::string>> read(const User& user, Data data);
  Task<Result<std::string>> readers(const User& user, Data data);
  Task<Result<std::string>> send_status(const User& user, Data data);

  Chat& chat_;
  Rooms& rooms_;
  ReadMarks& reads_;
};

}  // namespace confab::gateway::dialects
