#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/result.hpp"
#include "gateway/domain/subscriber.hpp"

namespace confab::gateway::dialects {

/// A command as a frame brought it.
struct PlainCommand {
  std::optional<std::uint64_t> id;  ///< Without one no answer is wanted.
  std::string name;
  Result<boost::json::object> data = boost::json::object();  ///< Or what is wrong with the frame.
};

/// How the plain WebSocket's frames are written: one for each subprotocol, without a state.
class PlainWire {
 public:
  virtual ~PlainWire() = default;

  [[nodiscard]] virtual std::string_view subprotocol() const = 0;
  /// Whether frames are binary ones.
  [[nodiscard]] virtual bool binary() const = 0;

  /// An error when the frame is none and nobody can be told, because its id cannot be read.
  [[nodiscard]] virtual Result<PlainCommand> read(std::string_view frame) const = 0;

  /// `outcome`: the answer's JSON object, or the error.
  [[nodiscard]] virtual std::string answer(std::uint64_t id, std::string_view command,
                                           const Result<std::string>& outcome) const = 0;
  [[nodiscard]] virtual std::string event(const LiveEvent& event) const = 0;
  /// All of them as WebSocket frames end to end, made once for all who get the batch.
  [[nodiscard]] virtual const Shared& frames(const EventBatch& batch) const = 0;
};

/// {"id":1,"cmd":"send","data":{…}}, {"re":1,"ok":true,"data":{…}}, {"event":"message","data":{…}}
[[nodiscard]] const PlainWire& json_wire();
/// proto/confab/client/v1/client.proto
[[nodiscard]] const PlainWire& protobuf_wire();

}  // namespace confab::gateway::dialects
