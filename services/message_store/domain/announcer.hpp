#pragma once

#include <functional>

#include "message_store/domain/people.hpp"
#include "message_store/domain/ports.hpp"

namespace confab::message_store {

/// Renders committed entries as clients see them and hands them to the gateways. Thread-safe.
class Announcer {
 public:
  /// So many entries were not published, because their people could not be looked up.
  using Dropped = std::function<void(std::size_t entries, const Error& why)>;
  /// The body of the entry, or of its last edit, is not what this program stored.
  using Unreadable = std::function<void(const Entry& entry)>;

  Announcer(
      People& people, Events& events, Dropped dropped, Unreadable unreadable = [](const Entry&) {})
      : people_(people),
        events_(events),
        dropped_(std::move(dropped)),
        unreadable_(std::move(unreadable)) {}

  /// The client's JSON of each entry, with what `states` say of it. What cannot be read keeps its
  /// place, and says so (kUnreadableBody).
  [[nodiscard]] Result<std::vector<std::string>> render(std::span<const Entry> entries,
                                                        std::span<const MessageState> states = {});

  /// Never fails towards the sender: what gateways do not hear now, they notice by its seq.
  void committed(std::span<const Entry> entries);
  void notify(const UserNotice& notice) { events_.notify(notice); }
  void receipts(std::span<const Receipt> receipts) { events_.receipts(receipts); }

 private:
  [[nodiscard]] std::string render_one(const Entry& entry, const Person& actor,
                                       const MessageState* state);

  People& people_;
  Events& events_;
  Dropped dropped_;
  Unreadable unreadable_;
};

}  // namespace confab::message_store
