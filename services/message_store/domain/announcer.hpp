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

  Announcer(People& people, Events& events, Dropped dropped)
      : people_(people), events_(events), dropped_(std::move(dropped)) {}

  /// The client's JSON of each entry, with what `states` say of it.
  [[nodiscard]] Result<std::vector<std::string>> render(std::span<const Entry> entries,
                                                        std::span<const MessageState> states = {});

  /// Never fails towards the sender: what gateways do not hear now, they notice by its seq.
  void committed(std::span<const Entry> entries);
  void notify(const UserNotice& notice) { events_.notify(notice); }
  void receipts(std::span<const Receipt> receipts) { events_.receipts(receipts); }

 private:
  People& people_;
  Events& events_;
  Dropped dropped_;
};

}  // namespace confab::message_store
