#pragma once

#include "message_store/domain/people.hpp"
#include "message_store/domain/ports.hpp"

namespace confab::message_store {

/// Renders committed entries as clients see them and hands them to the gateways. Thread-safe.
class Announcer {
 public:
  Announcer(People& people, Events& events) : people_(people), events_(events) {}

  /// The client's JSON of each entry.
  [[nodiscard]] Result<std::vector<std::string>> render(std::span<const Entry> entries);

  /// Never fails towards the sender: what gateways do not hear now, they notice by its seq.
  void committed(std::span<const Entry> entries);
  void notify(const UserNotice& notice) { events_.notify(notice); }

 private:
  People& people_;
  Events& events_;
};

}  // namespace confab::message_store
