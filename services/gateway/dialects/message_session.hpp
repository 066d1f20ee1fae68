#pragma once

#include "gateway/dialects/v1/client_session.hpp"

namespace confab::gateway::dialects {

/// A connection of a replaced app's client, which knows of nothing but messages. It hears rooms,
/// lives as long as its token and counts as its user being online like any other; but it is never
/// told to read what it missed: one that reads too slowly is cut off when its outbox is full, and
/// comes back. A subclass writes welcome(), say() and close().
class MessageSession : public ClientSession {
 public:
  using ClientSession::ClientSession;

 protected:
  /// A message of a room that it hears, with its entry.
  virtual void say(const LiveEvent& event) = 0;
  /// The user was taken out of a room; {"room":gid,…}.
  virtual void removed(const LiveEvent& /*event*/) {}

 private:
  static constexpr std::uint16_t kComeBack = 4000;

  void write(const LiveEvent& event) final {
    if (event.entry() != nullptr && event.entry()->kind == EntryKind::message) return say(event);
    if (event.name() == "room.removed") return removed(event);
    // What it has of the room is not to be gone on from: it comes back, and reads anew.
    if (event.name() == "reset") close(kComeBack, "read the room anew");
  }
  [[nodiscard]] bool write(const EventBatch& batch) final {
    for (const auto& event : batch.events()) write(*event);
    return true;
  }
  void write_answer(std::uint64_t, std::string_view, const Result<std::string>&) final {}
};

}  // namespace confab::gateway::dialects
