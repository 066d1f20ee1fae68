#pragma once

#include <string>
#include <string_view>

#include "gateway/net/shared_bytes.hpp"

namespace confab::gateway {

/// Events of one namespace as WebSocket frames end to end, to be shared by all who get them
/// (Socket::emit_frames).
class EventFrames {
 public:
  /// `nsp`: "/" for the main namespace.
  explicit EventFrames(std::string_view nsp);

  /// `args_json` as encode_event() takes it.
  void add(std::string_view name, std::string_view args_json);

  [[nodiscard]] SharedBytes take();

 private:
  std::string head_;  ///< What a packet begins with: "42[" or "42/nsp,[".
  std::string frames_;
};

}  // namespace confab::gateway
