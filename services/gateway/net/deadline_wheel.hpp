#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace confab::gateway {

class DeadlineWheel;

/// Something that has a deadline, or none at the moment. Takes itself off the wheel when destroyed.
class DeadlineEntry {
 public:
  DeadlineEntry() = default;
  DeadlineEntry(const DeadlineEntry&) = delete;
  DeadlineEntry& operator=(const DeadlineEntry&) = delete;

  [[nodiscard]] bool scheduled() const { return wheel_ != nullptr; }

 protected:
  virtual ~DeadlineEntry();

 private:
  friend class DeadlineWheel;

  /// The deadline has passed; the entry is off the wheel. May set it again, set and cancel others,
  /// and destroy any. Must not throw.
  virtual void on_deadline() = 0;

  DeadlineWheel* wheel_ = nullptr;
  DeadlineEntry* next_ = nullptr;
  DeadlineEntry** link_ = nullptr;  ///< What points to this entry in its slot.
  std::int64_t due_ = 0;            ///< The tick of the deadline.
  std::int64_t visit_ = 0;          ///< The tick at which the slot is looked at; due_ or before.
};

/// A deadline that calls a member function: `Deadline<&Session::on_silence> silence_{*this};`
template <auto Call>
class Deadline;
template <typename Owner, void (Owner::*Call)()>
class Deadline<Call> final : public DeadlineEntry {
 public:
  explicit Deadline(Owner& owner) : owner_(owner) {}

 private:
  void on_deadline() override { (owner_.*Call)(); }

  Owner& owner_;
};

/// The deadlines of an event loop on one timer, which runs only while there are any. They fire
/// never early, and late by one tick of 10 ms, or for waits above 1.28 s by up to 1/64 of the wait
/// and at most 80 ms. Setting, pushing back and cancelling take constant time; pushing back one
/// that stands does nothing but note it.
class DeadlineWheel {
 public:
  using Clock = std::chrono::steady_clock;
  using TimePoint = Clock::time_point;

  /// Where the wheel reads the time. Tests bring a clock of their own, and call fire_due()
  /// themselves.
  using Now = TimePoint (*)();

  explicit DeadlineWheel(boost::asio::io_context& io, Now clock = &Clock::now);
  ~DeadlineWheel();
  DeadlineWheel(const DeadlineWheel&) = delete;
  DeadlineWheel& operator=(const DeadlineWheel&) = delete;

  /// Sets the entry's only deadline, whatever it was before. One that has passed fires soon, but
  /// not from inside this call.
  void set(DeadlineEntry& entry, TimePoint deadline);
  void set_after(DeadlineEntry& entry, Clock::duration wait) { set(entry, now_() + wait); }
  void cancel(DeadlineEntry& entry);

  /// Fires what is due at `now`.
  void fire_due(TimePoint now);

  /// The time by which deadlines are to be set.
  [[nodiscard]] TimePoint now() const { return now_(); }
  [[nodiscard]] bool empty() const { return count_ == 0; }

 private:
  static constexpr std::size_t kSlots = 256;

  /// 256 lists of entries, and which of them may hold some.
  struct Ring {
    std::array<DeadlineEntry*, kSlots> slots{};
    std::array<std::uint64_t, kSlots / 64> used{};

    [[nodiscard]] std::int64_t steps_to_next(std::int64_t from) const;
  };

  [[nodiscard]] std::int64_t tick_of(TimePoint time) const;
  [[nodiscard]] std::int64_t due_tick(TimePoint deadline, std::int64_t now) const;
  [[nodiscard]] std::int64_t next_visit() const;
  void link(DeadlineEntry& entry);
  void unlink(DeadlineEntry& entry);
  void visit(Ring& ring, std::int64_t index);
  void arm();

  const Now now_;
  const TimePoint start_;
  boost::asio::steady_timer timer_;
  std::int64_t current_ = 0;  ///< All ticks up to this have been looked at.
  std::int64_t armed_;        ///< The tick for which the timer is set.
  std::size_t count_ = 0;
  bool firing_ = false;
  Ring near_;  ///< A slot for each of the next 256 ticks.
  Ring far_;   ///< A slot for each 256 ticks after those; they move to near_ when their time comes.
};

}  // namespace confab::gateway
