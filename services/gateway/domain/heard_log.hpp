#pragma once

#include <map>
#include <optional>

#include "gateway/domain/hub.hpp"
#include "gateway/domain/kept_pages.hpp"
#include "gateway/domain/session_book.hpp"

namespace confab::gateway {

/// History for users who listen to the room on this gateway, so that it is known without asking
/// that they are in it: from the latest entries in memory where they suffice, else from the store,
/// once for all who ask for the same page until something is added to the room. Event loop only.
class HeardLog {
 public:
  HeardLog(MessageStore& store, Hub& hub, const SessionBook& sessions, Loop& loop)
      : store_(store), hub_(hub), sessions_(sessions), loop_(loop) {}

  /// Nothing when the user does not listen to the room: then the store is to be asked in their
  /// name.
  [[nodiscard]] Task<std::optional<Result<LogPage>>> page(std::int64_t user_id,
                                                          std::uint64_t room_id, LogRange range);

  /// The store has answered that the entry is there: pages without it are out of date.
  void stored(std::uint64_t room_id, const Ack& ack);
  /// The same of a change of a message.
  void changed(std::uint64_t room_id, const Ack& ack);
  /// The same where the place was not told.
  void changed(std::uint64_t room_id);
  /// Gives back what was kept for long enough; to be called every few seconds.
  void sweep() { kept_.sweep(loop_.now()); }

 private:
  using Key = KeptPages::Key;
  using Page = KeptPages::Page;
  /// A page on its way, and who waits for it.
  struct Flight {
    std::shared_ptr<Gate> over;
    Result<Page> page = Page();
    std::uint64_t changes = 0;  ///< Heard of the room when it began.
  };

  /// The page as it is for everybody.
  [[nodiscard]] Task<Result<Page>> shared_page(Key key);
  /// Pages of the room on their way are for those only who have asked already.
  void outdate(std::uint64_t room_id);
  [[nodiscard]] Task<> fly(Key key, std::shared_ptr<Flight> flight);
  /// Up to where the user is known to have been in the room; nothing when none of theirs listens.
  [[nodiscard]] std::optional<Position> heard(std::int64_t user_id, std::uint64_t room_id) const;

  MessageStore& store_;
  Hub& hub_;
  const SessionBook& sessions_;
  Loop& loop_;
  std::map<Key, std::shared_ptr<Flight>> flights_;
  KeptPages kept_;
};

}  // namespace confab::gateway
