#pragma once

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "gateway/domain/types.hpp"

namespace confab::gateway {

/// Bytes shared by all who send them.
using Shared = std::shared_ptr<const std::string>;

/// An event on its way to clients. Each wire form is made once, by the first subscriber that needs
/// it, and shared by all others.
class LiveEvent {
 public:
  /// The wire forms there are. A dialect that sends events its own way adds one.
  enum class Form { socketio, count };

  LiveEvent(std::string name, std::string json) : name_(std::move(name)), json_(std::move(json)) {}

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const std::string& json() const { return json_; }  ///< One JSON object.

  template <typename Encode>
  const Shared& form(Form form, Encode encode) const {
    auto& slot = forms_[static_cast<std::size_t>(form)];
    if (!slot) slot = encode();
    return slot;
  }

 private:
  std::string name_;
  std::string json_;
  mutable std::array<Shared, static_cast<std::size_t>(Form::count)> forms_;
};

/// A client's session, as rooms see it. Lives on the event loop; leaves every room (Hub::leave_all)
/// before it dies.
class Subscriber {
 public:
  virtual ~Subscriber() = default;
  [[nodiscard]] virtual std::int64_t user_id() const = 0;
  /// The client has left: it must not join rooms any more.
  [[nodiscard]] virtual bool gone() const = 0;
  /// Queues the event for the client; never blocks, never calls back into the hub.
  virtual void deliver(const std::shared_ptr<const LiveEvent>& event) = 0;
};

}  // namespace confab::gateway
