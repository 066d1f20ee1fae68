#pragma once

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gateway/domain/types.hpp"

namespace confab::gateway {

/// Bytes shared by all who send them.
using Shared = std::shared_ptr<const std::string>;

/// An event on its way to clients. Each wire form is made once, by the first subscriber that needs
/// it, and shared by all others.
class LiveEvent {
 public:
  /// The wire forms there are. A dialect that sends events its own way adds one.
  enum class Form { socketio, socketio_offsets, chat_backend_tcp, chat_backend_socketio, count };

  /// `name` is a literal.
  LiveEvent(std::string_view name, std::string json)
      : LiveEvent(name, std::make_shared<const std::string>(std::move(json))) {}
  LiveEvent(std::string_view name, Shared json) : name_(name), json_(std::move(json)) {}
  /// The event of an entry, which it keeps.
  LiveEvent(std::string_view name, const std::shared_ptr<const Entry>& entry)
      : name_(name), json_(entry, &entry->json), entry_(entry.get()) {}

  [[nodiscard]] std::string_view name() const { return name_; }
  [[nodiscard]] const std::string& json() const { return *json_; }  ///< One JSON object.

  /// Null for what is not of a room's log.
  [[nodiscard]] const Entry* entry() const { return entry_; }

  template <typename Encode>
  const Shared& form(Form form, Encode encode) const {
    auto& slot = forms_[static_cast<std::size_t>(form)];
    if (!slot) slot = encode();
    return slot;
  }

 private:
  std::string_view name_;
  Shared json_;
  const Entry* entry_ = nullptr;
  mutable std::array<Shared, static_cast<std::size_t>(Form::count)> forms_;
};

using EventPtr = std::shared_ptr<const LiveEvent>;

/// What a room has to say at once: one or more events in order. Their frames for a wire are made
/// once, end to end in one piece, and sent to each subscriber as they are.
class EventBatch {
 public:
  /// Wires that take frames.
  enum class Wire { socketio, socketio_offsets, plain_json, plain_protobuf, count };

  /// `before`: where the room's log stood before the first event.
  EventBatch(const RoomRef& room, Position before, std::vector<EventPtr> events)
      : room_(room), before_(std::move(before)), events_(std::move(events)) {}

  [[nodiscard]] const RoomRef& room() const { return room_; }
  [[nodiscard]] const Position& before() const { return before_; }
  [[nodiscard]] const std::vector<EventPtr>& events() const { return events_; }

  /// `encode(events)` makes all of the frames.
  template <typename Encode>
  const Shared& frames(Wire wire, Encode encode) const {
    auto& slot = frames_[static_cast<std::size_t>(wire)];
    if (!slot) slot = encode(events_);
    return slot;
  }

 private:
  const RoomRef& room_;
  Position before_;
  std::vector<EventPtr> events_;
  mutable std::array<Shared, static_cast<std::size_t>(Wire::count)> frames_;
};

class RoomStream;

/// A client's session, as rooms see it. Lives on the event loop; leaves every room (Hub::leave_all)
/// before it dies.
class Subscriber {
 public:
  Subscriber() = default;
  virtual ~Subscriber() = default;
  Subscriber(const Subscriber&) = delete;
  Subscriber& operator=(const Subscriber&) = delete;

  [[nodiscard]] virtual std::int64_t user_id() const = 0;
  /// The client has left: it must not join rooms any more.
  [[nodiscard]] virtual bool gone() const = 0;
  [[nodiscard]] std::size_t rooms_heard() const { return seats_.size(); }
  /// Queues the events for the client; never blocks, never calls back into the hub. The batch is
  /// good during the call only, its events longer.
  virtual void deliver(const EventBatch& batch) = 0;
  /// The user has left the room by an entry of its log, which was the last that was delivered.
  /// Called by the room, which may not be left or joined meanwhile.
  virtual void put_out(std::uint64_t /*room_id*/) {}

 private:
  friend class RoomStream;
  /// Its place in a room's list of listeners.
  struct Seat {
    RoomStream* room;
    std::size_t index;
  };
  std::vector<Seat> seats_;  ///< One for each room it listens to; kept by RoomStream.
};

}  // namespace confab::gateway
