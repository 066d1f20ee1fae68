#pragma once

#include <boost/json/object.hpp>
#include <string>

#include "gateway/dialects/v1/message_commands.hpp"
#include "gateway/dialects/v1/people_commands.hpp"
#include "gateway/dialects/v1/room_commands.hpp"
#include "gateway/domain/chat.hpp"

namespace confab::gateway::dialects {

/// The commands of docs/protocol.md that need a user but no connection. One place for all doors:
/// each turns its input into a name and an object, and gets the answer's JSON object.
class Commands {
 public:
  Commands(Chat& chat, MessageChanges& changes, RoomCommands rooms, People& people,
           CallLimits& limits)
      : chat_(chat), messages_(changes), rooms_(rooms), people_(people), limits_(limits) {}

  /// Counts the command, whoever runs it, as one of the user's: the error of the limit that was
  /// reached. run() asks by itself.
  [[nodiscard]] Result<> admit(const User& user, std::string_view name);

  /// What admit() says; unknown_command for a name that is not there; invalid_argument for bad
  /// fields; else what the command says. Sends of one caller keep the order of the calls.
  [[nodiscard]] Task<Result<std::string>> run(User user, std::string name,
                                              boost::json::object data);

 private:
  using Data = const boost::json::object&;
  using Command = Task<Result<std::string>> (Commands::*)(const User&, Data);

  Task<Result<std::string>> send(const User& user, Data data);
  Task<Result<std::string>> history(const User& user, Data data);
  Task<Result<std::string>> room(const User& user, Data data);
  Task<Result<std::string>> create_room(const User& user, Data data);
  Task<Result<std::string>> direct(const User& user, Data data);
  Task<Result<std::string>> add_member(const User& user, Data data);
  Task<Result<std::string>> remove_member(const User& user, Data data);
  Task<Result<std::string>> leave_room(const User& user, Data data);

  Chat& chat_;
  MessageCommands messages_;
  RoomCommands rooms_;
  PeopleCommands people_;
  CallLimits& limits_;
};

}  // namespace confab::gateway::dialects
