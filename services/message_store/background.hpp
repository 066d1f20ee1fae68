#pragma once

#include "common/base/periodic_task.hpp"
#include "message_store/domain/eraser.hpp"
#include "message_store/domain/message_service.hpp"
#include "message_store/domain/people_service.hpp"
#include "message_store/domain/room_service.hpp"
#include "message_store/reports.hpp"

namespace confab::message_store {

/// What goes on by itself while the service runs: names that other processes saved are taken over,
/// and deleted accounts leave their rooms and, where they asked for it, their messages are
/// redacted. A failure is reported and waits for the next time.
class Background {
 public:
  static constexpr std::chrono::seconds kErasing{2};

  Background(PeopleService& people, Erasures& erasures, RoomService& rooms,
             MessageService& messages, Reports& reports);

 private:
  void erase();

  Reports& reports_;
  Eraser eraser_;
  PeriodicTask follow_;
  PeriodicTask erase_;
};

}  // namespace confab::message_store
