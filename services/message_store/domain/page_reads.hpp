#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <tuple>
#include <vector>

#include "message_store/domain/room_service.hpp"

namespace confab::message_store {

/// Pages of logs for gateways: those who ask for the same page at the same time share one query.
/// An asker joins a query that has not begun; one that is under way may have missed what the asker
/// knows to be stored, so then the next query is for all who have gathered meanwhile. A thousand
/// askers at once cost two queries. Thread-safe.
class PageReads {
 public:
  using Answer = Result<std::shared_ptr<const RenderedPage>>;
  using Done = std::function<void(const Answer&)>;
  struct Page {
    std::uint64_t room_id = 0;
    LogRange range;

    friend bool operator<(const Page& a, const Page& b) {
      const auto order = [](const Page& page) {
        const auto& range = page.range;
        return std::tuple(page.room_id, range.after, range.before, range.limit, range.from_start,
                          range.folded);
      };
      return order(a) < order(b);
    }
  };

  /// More than `max_waiting` askers: overloaded.
  PageReads(RoomService& rooms, std::size_t max_waiting)
      : rooms_(rooms), max_waiting_(max_waiting) {}

  /// As RoomService::read for `reader_id`. True when the caller is to have a thread that may block
  /// call run(page), or refuse(page) for lack of one; `done` is called by one of the three.
  [[nodiscard]] bool ask(const Page& page, std::int64_t reader_id, Done done);

  /// Reads the page until nobody waits for it. Blocks. This may be destroyed once the last has been
  /// answered, though run() has not returned.
  void run(const Page& page);

  /// Fails all who wait for the page with overloaded.
  void refuse(const Page& page);

 private:
  struct Asker {
    std::int64_t reader_id;
    Done done;
  };
  using Askers = std::vector<Asker>;

  /// Those pages that somebody is to read or reads, with who waits.
  struct Flights {
    /// Those who wait; when nobody does, the flight is over.
    [[nodiscard]] Askers take(const Page& page);

    std::mutex mutex;  // Guards the two below.
    std::map<Page, Askers> by_page;
    std::size_t waiting = 0;
  };

  void read_for(const Page& page, const Askers& askers);

  RoomService& rooms_;
  const std::size_t max_waiting_;
  const std::shared_ptr<Flights> flights_ = std::make_shared<Flights>();
};

}  // namespace confab::message_store
