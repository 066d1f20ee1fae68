#pragma once

#include <boost/json/object.hpp>
#include <string>

#include "gateway/domain/message_changes.hpp"

namespace confab::gateway::dialects {

/// The part of Commands that is about messages in a log already: `edit`, `redact`, `react`, `pin`
/// and `pins`.
class MessageCommands {
 public:
  explicit MessageCommands(MessageChanges& changes) : changes_(changes) {}

  [[nodiscard]] static bool knows(std::string_view name);
  /// Of a name that knows() knows, as Commands::run().
  [[nodiscard]] Task<Result<std::string>> run(User user, std::string name,
                                              boost::json::object data);

 private:
  using Data = const boost::json::object&;
  using Command = Task<Result<std::string>> (MessageCommands::*)(const User&, Data);

  static Command find(std::string_view name);

  Task<Result<std::string>> edit(const User& user, Data data);
  Task<Result<std::string>> redact(const User& user, Data data);
  Task<Result<std::string>> react(const User& user, Data data);
  Task<Result<std::string>> pin(const User& user, Data data);
  Task<Result<std::string>> pins(const User& user, Data data);

  MessageChanges& changes_;
};

}  // namespace confab::gateway::dialects
