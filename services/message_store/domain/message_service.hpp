#pragma once

#include <functional>

#include "message_store/domain/rendered_page.hpp"
#include "message_store/domain/room_lanes.hpp"

namespace confab::message_store {

/// Changes of messages that are in a log already. Thread-safe.
class MessageService {
 public:
  /// `edit_window`: messages older than this cannot be edited; 0: all can.
  MessageService(RoomLog& log, RoomLanes& lanes, Announcer& announcer, Random& random,
                 std::chrono::milliseconds edit_window, const StoreLimits& limits = {})
      : log_(log),
        lanes_(lanes),
        announcer_(announcer),
        random_(random),
        edit_window_(edit_window),
        limits_(limits) {}

  /// What check_change() and RoomLog::change() say; overloaded. `done` is called once, on this or a
  /// writer's thread. Sets the change's msg_id and edit window.
  void change(MessageChange change, std::function<void(Result<ChangeOutcome>)> done);

  /// As RoomLog::pins(), at most kMaxPageBytes of them. Blocks.
  [[nodiscard]] Result<RenderedPage> pins(std::uint64_t room_id, std::int64_t reader_id);

 private:
  RoomLog& log_;
  RoomLanes& lanes_;
  Announcer& announcer_;
  Random& random_;
  const std::chrono::milliseconds edit_window_;
  const StoreLimits limits_;
};

}  // namespace confab::message_store
