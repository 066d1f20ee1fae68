#pragma once

#include "gateway/domain/hub.hpp"

namespace confab::gateway {

/// A subscriber on its way into a room. Keeps the room from being dropped while it waits. Those of
/// one subscriber and room pass one after the other.
class Hub::Visit {
 public:
  Visit(SlotPtr slot, const Subscriber& who) : slot_(std::move(slot)), who_(&who) {
    slot_->visits.push_back(this);
  }
  ~Visit() {
    std::erase(slot_->visits, this);
    if (over_) over_->open();
  }
  Visit(const Visit&) = delete;
  Visit& operator=(const Visit&) = delete;

  [[nodiscard]] const SlotPtr& slot() const { return slot_; }
  [[nodiscard]] RoomStream& stream() const { return *slot_->stream; }
  [[nodiscard]] bool is_of(const Subscriber& who) const { return who_ == &who; }
  [[nodiscard]] const Subscriber& who() const { return *who_; }

  /// The subscriber has left the room since: it must not be let in.
  void cancel() { cancelled_ = true; }
  [[nodiscard]] bool cancelled() const { return cancelled_; }

  /// From now on the others of this subscriber wait for `over`.
  void take_turn(std::shared_ptr<Gate> over) { over_ = std::move(over); }
  [[nodiscard]] const std::shared_ptr<Gate>& over() const { return over_; }

 private:
  SlotPtr slot_;
  const Subscriber* who_;  // Compared only.
  std::shared_ptr<Gate> over_;
  bool cancelled_ = false;
};

}  // namespace confab::gateway
