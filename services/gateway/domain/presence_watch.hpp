#pragma once

#include <functional>
#include <map>
#include <memory>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "common/base/clock.hpp"
#include "common/base/random.hpp"
#include "gateway/domain/presence_events.hpp"
#include "gateway/domain/presence_ports.hpp"
#include "gateway/domain/room_ports.hpp"
#include "gateway/domain/session_book.hpp"

namespace confab::gateway {

/// A page of a room's members as somebody may see them.
struct PresencePage {
  std::string gid;
  std::vector<Shown> members;  ///< By user id.
  std::int64_t next = 0;       ///< `after` of the next page; 0: no more.
};

/// Who is connected, of the pages of members that somebody here looks at. Nobody announces coming
/// or going: the marks of those who are looked at are read every `poll`, each once however many
/// rooms and watchers show them, and watchers of a page are told what has become different, no more
/// often than spacing_for() them. Event loop only.
class PresenceWatch {
 public:
  /// Members of a page.
  static constexpr std::uint32_t kMaxPage = 200;
  /// Members on all pages that are looked at; more: overloaded.
  static constexpr std::size_t kMaxShown = 50'000;
  /// Marks read at once.
  static constexpr std::size_t kMaxRead = 500;
  /// Pages whose members are asked for again in one poll.
  static constexpr std::size_t kMaxLists = 50;
  /// And how often at least, should changes of membership go unheard.
  static constexpr std::chrono::milliseconds kListLife{60'000};

  struct Options {
    std::chrono::milliseconds poll{3300};
    std::chrono::milliseconds online_for{50'000};  ///< How long a mark says "online".
  };
  struct Counters {
    std::function<void(std::size_t users)> read = [](auto) {};
    std::function<void()> read_failed = [] {};
    std::function<void(std::size_t watchers)> told = [](auto) {};
  };

  PresenceWatch(PresenceBoard& board, RoomStore& store, Loop& loop, const Clock& clock,
                Random& random, Options options, Counters counters)
      : board_(board),
        store_(store),
        loop_(loop),
        clock_(clock),
        random_(random),
        options_(options),
        counters_(std::move(counters)) {}

  /// The page as it is now, for somebody who may see the room's members. Where `see_nothing`, and
  /// while marks cannot be read, it tells of nobody whether they are connected.
  [[nodiscard]] Task<Result<PresencePage>> look(std::int64_t reader_id, std::string gid,
                                                UserRange range, bool see_nothing);
  /// The page as its watchers know it, whom the session joins until unwatch(), which is due before
  /// the session's end. unavailable if it is not `wanted` any more when the page is there.
  [[nodiscard]] Task<Result<PresencePage>> watch(std::shared_ptr<Session> session, RoomRef room,
                                                 UserRange range, std::function<bool()> wanted);
  /// From all pages of the room.
  void unwatch(const Session& session, std::uint64_t room_id);

  /// Entries of a room's log: who is in it may have changed.
  void on_entries(std::uint64_t room_id, const std::vector<std::shared_ptr<const Entry>>& entries);
  /// Reads marks and tells of changes, for ever.
  [[nodiscard]] Task<> poll();

  /// Pages that are looked at.
  [[nodiscard]] std::size_t pages() const { return pages_.size(); }

 private:
  using Time = std::chrono::steady_clock::time_point;
  using Key = std::tuple<std::uint64_t, std::int64_t, std::uint32_t>;  // Room, after, limit.
  struct Watcher {
    std::shared_ptr<Session> session;
    bool behind = false;  ///< What was last to be told was lost: the whole page is due.
  };
  struct Page {
    RoomRef room;
    UserRange range;
    std::vector<Shown> told;  ///< As watchers know it.
    std::int64_t next = 0;
    std::unordered_map<const Session*, Watcher> watchers;
    Time tell_at{};
    Time list_at{};
  };
  using PagePtr = std::shared_ptr<Page>;

  [[nodiscard]] Task<Result<PagePtr>> make_page(std::int64_t reader_id, RoomRef room,
                                                UserRange range);
  [[nodiscard]] std::optional<bool> is_online(std::int64_t mark) const;
  [[nodiscard]] bool is_fresh(std::int64_t mark) const;
  void doubt();
  void drop(std::map<Key, PagePtr>::iterator page);

  // One poll.
  [[nodiscard]] Task<> renew_lists();
  [[nodiscard]] Task<> renew_list(PagePtr page);
  [[nodiscard]] Task<> read_marks();
  [[nodiscard]] std::vector<std::int64_t> looked_at() const;
  void learn(std::int64_t user_id, std::int64_t mark);
  void tell(Page& page);
  [[nodiscard]] std::chrono::milliseconds spread(std::chrono::milliseconds time);

  PresenceBoard& board_;
  RoomStore& store_;
  Loop& loop_;
  const Clock& clock_;
  Random& random_;
  const Options options_;
  Counters counters_;
  std::map<Key, PagePtr> pages_;
  std::size_t shown_ = 0;                                 // Members on all pages.
  std::unordered_map<std::int64_t, std::int64_t> marks_;  // Of those who are looked at.
  /// Redis was away, or has lost marks: until they are all renewed an old one says nothing.
  Time doubted_until_{};
};

}  // namespace confab::gateway
