#pragma once

#include <boost/json/object.hpp>
#include <string>

#include "gateway/dialects/v1/fields.hpp"
#include "gateway/domain/typing.hpp"
#include "gateway/domain/watching.hpp"

namespace confab::gateway::dialects {

/// The commands about typing and presence that need no connection. A part of Commands.
class PresenceCommands {
 public:
  PresenceCommands(Typing& typing, Watching& watching) : typing_(typing), watching_(watching) {}

  [[nodiscard]] static bool knows(const std::string& name);
  /// Only of a name that is there. invalid_argument for bad fields; else what the command says.
  [[nodiscard]] Task<Result<std::string>> run(User user, std::string name,
                                              boost::json::object data);

 private:
  Typing& typing_;
  Watching& watching_;
};

/// "after" and "limit" of a page of members.
[[nodiscard]] UserRange presence_range(Fields& fields);

[[nodiscard]] std::string render(const PresencePage& page);

}  // namespace confab::gateway::dialects
