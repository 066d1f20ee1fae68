#include "message_store/background.hpp"

#include <future>

namespace confab::message_store {
namespace {

/// Pieces of erasing worked off at once; then others have their turn.
constexpr int kSteps = 50;

/// Leaves by the rules that hold for everybody.
Eraser::Leave leave(RoomService& rooms) {
  return [&rooms](const ErasureRoom& room, const Person& ghost) {
    const auto done = std::make_shared<std::promise<Result<>>>();
    rooms.remove_member(room.gid, ghost, ghost.id,
                        [done](const Result<>& left) { done->set_value(left); });
    return done->get_future().get();
  };
}

}  // namespace

// Nothing redacts messages yet: an erasure that asks for it stays open until something does.
Background::Background(PeopleService& people, Erasures& erasures, RoomService& rooms,
                       Reports& reports)
    : reports_(reports),
      eraser_(erasures, leave(rooms), nullptr),
      follow_(PeopleService::kFollow,
              [this, &people] {
                if (const auto done = people.follow(); !done) {
                  reports_.names_not_followed(done.error());
                }
              }),
      erase_(kErasing, [this] { erase(); }) {}

void Background::erase() {
  for (int i = 0; i < kSteps; ++i) {
    const auto more = eraser_.step();
    if (!more) return reports_.not_erased(more.error());
    if (!*more) return;
  }
}

}  // namespace confab::message_store
