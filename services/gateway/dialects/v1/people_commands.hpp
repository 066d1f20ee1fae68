#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>

#include "gateway/domain/people.hpp"

namespace confab::gateway::dialects {

/// The commands about users and the search for messages: a part of Commands.
class PeopleCommands {
 public:
  explicit PeopleCommands(People& people) : people_(people) {}

  /// Whether the command is one of these.
  [[nodiscard]] static bool knows(const std::string& name);

  /// As Commands::run(), of a command that is one of these.
  [[nodiscard]] Task<Result<std::string>> run(User user, std::string name,
                                              boost::json::object data);

 private:
  using Data = const boost::json::object&;
  using Command = Task<Result<std::string>> (PeopleCommands::*)(const User&, Data);

  static Command find(const std::string& name);

  Task<Result<std::string>> me(const User& user, Data data);
  Task<Result<std::string>> update_me(const User& user, Data data);
  Task<Result<std::string>> user(const User& user, Data data);
  Task<Result<std::string>> users(const User& user, Data data);
  Task<Result<std::string>> block(const User& user, Data data);
  Task<Result<std::string>> unblock(const User& user, Data data);
  Task<Result<std::string>> blocks(const User& user, Data data);
  Task<Result<std::string>> search(const User& user, Data data);

  People& people_;
};

}  // namespace confab::gateway::dialects
