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

/// As the sender would, also where they are no member any more.
Eraser::Redact redact(MessageService& messages) {
  return [&messages](std::uint64_t room_id, std::uint64_t seq, const Person& ghost) {
    MessageChange change;
    change.room_id = room_id;
    change.actor = ghost;
    change.target_seq = seq;
    change.what = Redact{.farewell = true};
    const auto done = std::make_shared<std::promise<Result<>>>();
    messages.change(std::move(change), [done](const Result<ChangeOutcome>& outcome) {
      done->set_value(outcome ? Result<>() : Result<>(outcome.error()));
    });
    return done->get_future().get();
  };
}

}  // namespace

Background::Background(PeopleService& people, Erasures& erasures, RoomService& rooms,
                       MessageService& messages, Reports& reports)
    : reports_(reports),
      eraser_(erasures, leave(rooms), redact(messages)),
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
