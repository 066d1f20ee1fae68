#pragma once

#include <string>
#include <string_view>

#include "ctl/domain/numbers.hpp"

namespace confab::ctl {

/// What people write to each other, out of a small grammar: sentences with gaps, that words and
/// other sentences fill.
class SmallTalk {
 public:
  explicit SmallTalk(Numbers& numbers) : numbers_(numbers) {}

  struct Line {
    std::string text;
    bool asks = false;  ///< Somebody should answer it.
  };

  /// The first line of a conversation, or the first after a while.
  [[nodiscard]] Line open();
  /// What somebody says to that, who may call the speaker by `name`.
  [[nodiscard]] Line reply(const Line& line, std::string_view name);

  /// Of a room: "Garden club", and what it is about.
  [[nodiscard]] std::string room_name();
  [[nodiscard]] std::string room_topic();

 private:
  [[nodiscard]] std::string fill(std::string_view pattern, int depth = 0);

  Numbers& numbers_;
};

}  // namespace confab::ctl
