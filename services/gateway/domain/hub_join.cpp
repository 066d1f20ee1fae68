// The part of Hub by which a subscriber comes into a room.
#include <algorithm>

#include "gateway/domain/hub.hpp"
#include "gateway/domain/hub_visit.hpp"

namespace confab::gateway {
namespace {

Error away() { return {ErrorCode::unavailable, "the room cannot be joined now"}; }

/// Whether the log after `as_of` puts the user out and does not let them in again.
bool is_put_out(const std::vector<EntryPtr>& entries, const Position& as_of, std::int64_t user_id) {
  bool out = false;
  for (const auto& entry : entries) {
    if (entry->seq <= as_of.seq || entry->subject_id != user_id) continue;
    if (entry->kind == EntryKind::member_left) out = true;
    if (entry->kind == EntryKind::member_joined) out = false;
  }
  return out;
}

std::size_t json_bytes(const std::vector<EntryPtr>& entries) {
  std::size_t bytes = 0;
  for (const auto& entry : entries) bytes += entry->json.size();
  return bytes;
}

/// Whether each entry follows the one before, and the first the place `from`.
bool is_chain(const std::vector<EntryPtr>& entries, std::uint64_t from) {
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (entries[i]->seq != from + i + 1) return false;
    if (i > 0 && entries[i]->prev_check != entries[i - 1]->check) return false;
  }
  return true;
}

}  // namespace

Task<Result<>> Hub::join(std::shared_ptr<Subscriber> subscriber, std::vector<Admission> rooms) {
  const auto visits = visit(*subscriber, rooms);
  const auto opened = co_await open(visits);
  if (!opened) co_return opened;
  RoomStream::expect(*subscriber, rooms.size());
  for (std::size_t i = 0; i < rooms.size(); ++i) {
    const auto entered = co_await enter(*subscriber, *visits[i], rooms[i].as_of);
    if (!entered) co_return entered;
  }
  co_return Result<>();
}

Task<Result<Replay>> Hub::resume(std::shared_ptr<Subscriber> subscriber, Admission room,
                                 Position from) {
  const std::vector<Admission> only(1, room);
  const auto visits = visit(*subscriber, only);
  const auto opened = co_await open(visits);
  if (!opened) co_return opened.error();
  auto& visit = *visits.front();
  co_await wait_turn(visit);
  visit.take_turn(loop_.make_gate());
  // What comes meanwhile is part of the answer.
  const auto hold = visit.stream().hold(*subscriber);
  auto answer = co_await replay(visit, room.as_of, from);
  if (!answer && answer.error().code != ErrorCode::not_a_member) {
    visit.stream().release(*subscriber, hold);
    co_return answer;
  }
  visit.stream().leave(*subscriber);
  if (!answer) co_return answer;
  if (visit.cancelled()) co_return Error{ErrorCode::unavailable, "the room was left meanwhile"};
  if (!subscriber->gone()) attach(*subscriber, visit.stream(), room.as_of.seq);
  co_return answer;
}

Task<Result<bool>> Hub::recover(std::shared_ptr<Subscriber> subscriber, std::vector<Return> rooms,
                                ReplayTaker take) {
  std::vector<Admission> admissions;
  for (const auto& room : rooms) admissions.push_back(room.room);
  const auto visits = visit(*subscriber, admissions);
  const auto opened = co_await open(visits);
  if (!opened) co_return opened.error();
  RoomStream::expect(*subscriber, rooms.size());
  std::size_t entries = 0;
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < rooms.size(); ++i) {
    auto& visit = *visits[i];
    const auto& as_of = rooms[i].room.as_of;
    co_await wait_turn(visit);
    visit.take_turn(loop_.make_gate());
    visit.stream().leave(*subscriber);
    const auto missed = co_await replay(visit, as_of, rooms[i].from);
    const bool out = !missed && missed.error().code == ErrorCode::not_a_member;
    if (!missed && !out) co_return missed.error();
    if (missed) {
      entries += missed->events.size();
      bytes += json_bytes(missed->events);
      if (missed->reset || entries > kMaxRecovered || bytes > kMaxReplayBytes) co_return false;
    }
    if (visit.cancelled() || subscriber->gone()) continue;
    take(rooms[i], missed);
    if (missed) attach(*subscriber, visit.stream(), as_of.seq);
  }
  co_return true;
}

/// The subscriber's visits, which begin by this.
Hub::Visits Hub::visit(const Subscriber& subscriber, const std::vector<Admission>& rooms) {
  Visits visits;
  for (const auto& admission : rooms) {
    auto& slot = rooms_[admission.room.room_id];
    if (!slot) {
      slot = std::make_shared<Slot>();
      slot->room = admission.room;
    }
    visits.push_back(std::make_unique<Visit>(slot, subscriber));
  }
  return visits;
}

/// Returns when no other visit of the subscriber is reading what it missed in that room: else what
/// the two are given would overlap.
Task<> Hub::wait_turn(Visit& visit) {
  for (;;) {
    const auto& visits = visit.slot()->visits;
    const auto other = std::find_if(visits.begin(), visits.end(), [&](const Visit* one) {
      return one != &visit && one->is_of(visit.who()) && one->over();
    });
    if (other == visits.end()) co_return;
    const auto over = (*other)->over();
    co_await over->passed();
  }
}

Task<Result<>> Hub::enter(Subscriber& subscriber, Visit& visit, Position as_of) {
  co_await wait_turn(visit);
  if (as_of.epoch > visit.stream().last().epoch) co_await catch_up(visit.slot());
  const auto since = co_await chain(visit.slot(), as_of);
  if (!since) co_return since.error();
  if (!*since) co_return away();  // Whether they are still in must be asked again.
  const bool out = visit.cancelled() || is_put_out(**since, as_of, subscriber.user_id());
  if (!out && !subscriber.gone()) attach(subscriber, visit.stream(), as_of.seq);
  co_return Result<>();
}

/// The answer of resume(). Whether they have been put out is part of the same log.
Task<Result<Replay>> Hub::replay(Visit& visit, Position as_of, Position from) {
  auto& stream = visit.stream();
  // The client may have been ahead of this gateway on another.
  if (is_ahead(from, stream.last()) || as_of.epoch > stream.last().epoch) {
    co_await catch_up(visit.slot());
  }
  Replay answer;
  answer.reset = from.epoch != stream.last().epoch || from.seq > stream.last().seq ||
                 stream.last().seq - from.seq > kMaxReplay;
  const auto start = answer.reset || as_of.seq < from.seq ? as_of : from;
  auto events = co_await chain(visit.slot(), start);
  if (!events) co_return events.error();
  if (!*events && !answer.reset) {  // The log was replaced, or too much came meanwhile.
    answer.reset = true;
    events = co_await chain(visit.slot(), as_of);
    if (!events) co_return events.error();
  }
  if (!*events) co_return away();
  if (is_put_out(**events, as_of, visit.who().user_id())) {
    co_return Error{ErrorCode::not_a_member, "you are not a member of the room"};
  }
  answer.head = stream.last();
  if (!answer.reset) {
    std::erase_if(**events, [&](const EntryPtr& entry) { return entry->seq <= from.seq; });
    answer.reset = json_bytes(**events) > kMaxReplayBytes;
    if (!answer.reset) answer.events = std::move(**events);
  }
  co_return answer;
}

/// Everything after `from` up to where the stream stands when this returns. Nothing when that is
/// too much, or `from` is no place of the stream's log.
Task<Result<std::optional<Hub::Entries>>> Hub::chain(SlotPtr slot, Position from) {
  const std::optional<Entries> nothing;
  const auto& stream = *slot->stream;
  const auto resets = stream.resets();
  Entries entries;
  auto after = from.seq;
  for (;;) {
    const bool same_log = from.epoch == stream.last().epoch && resets == stream.resets();
    if (!same_log || entries.size() > 2 * kMaxReplay) co_return nothing;
    if (const auto rest = stream.since(after)) {
      entries.insert(entries.end(), rest->begin(), rest->end());
      break;
    }
    const LogRange range{after, std::nullopt, kMaxReplay};
    auto page = co_await store_.read(slot->room.room_id, 0, range);
    if (!page) co_return page.error();
    if (page->head.epoch != from.epoch) co_return nothing;
    if (page->entries.empty()) co_return away();
    for (auto& entry : page->entries) {
      after = entry.seq;
      entries.push_back(std::make_shared<Entry>(std::move(entry)));
    }
  }
  const auto last = stream.last().seq;
  std::erase_if(entries, [&](const EntryPtr& entry) { return entry->seq > last; });
  if (!is_chain(entries, from.seq)) co_return nothing;
  co_return std::optional<Entries>(std::move(entries));
}

void Hub::attach(Subscriber& subscriber, RoomStream& stream, std::uint64_t member_at) {
  stream.join(subscriber, member_at);
}

}  // namespace confab::gateway
