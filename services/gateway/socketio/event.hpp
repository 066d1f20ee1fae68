#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/net/shared_bytes.hpp"

namespace confab::gateway {

/// An event ready to be sent, encoded once and shared by all its receivers.
struct EncodedEvent {
  SharedBytes packet;                    ///< With the Engine.IO type digit: "42[...]".
  std::vector<SharedBytes> attachments;  ///< In the order of their placeholders; mostly none.
};

/// Encodes an event of namespace `nsp` ("/" for the main one). `args_json` is its arguments as JSON
/// separated by commas ("" for none) and is sent as it is. With attachments, it holds a
/// {"_placeholder":true,"num":N} for each. `ack_id`: what the client is to answer with.
[[nodiscard]] EncodedEvent encode_event(std::string_view nsp, std::string_view name,
                                        std::string_view args_json,
                                        std::vector<SharedBytes> attachments = {},
                                        std::optional<std::uint64_t> ack_id = {});

/// An event from a client.
struct IncomingEvent {
  std::string name;
  std::string
      args_json;  ///< A JSON array as sent, without the name: [{"a":1}]. Checked, depth <= 16.
  std::optional<std::uint64_t> ack_id;   ///< The client waits for Socket::ack() with this id.
  std::vector<std::string> attachments;  ///< Binary data, by the placeholders' num. At most 10.

  /// The arguments without the brackets, as encode_event() takes them.
  [[nodiscard]] std::string_view args() const {
    return std::string_view(args_json).substr(1, args_json.size() - 2);
  }
};

}  // namespace confab::gateway
