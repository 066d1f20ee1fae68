#pragma once

#include <list>
#include <mutex>
#include <span>
#include <unordered_map>

#include "message_store/domain/ports.hpp"

namespace confab::message_store {

/// The people of recent events, so that rendering an event costs no query. Thread-safe.
class People {
 public:
  /// Persons remembered; the longest unused are forgotten first. About 200 bytes each.
  static constexpr std::size_t kRemembered = 100'000;

  explicit People(Rooms& rooms) : rooms_(rooms) {}

  /// What the store has of the person now. Not for what a caller says, which may be as old as an
  /// access token.
  void remember(const Person& person);
  /// The store may have learned something about the user: it is asked the next time.
  void forget(std::int64_t user_id);

  /// Those of the ids that exist, by id. Asks the store for the ones not remembered.
  [[nodiscard]] Result<std::unordered_map<std::int64_t, Person>> get(
      std::span<const std::int64_t> user_ids);

 private:
  using Order = std::list<Person>;  // Most recently used first.

  void insert(const Person& person);

  Rooms& rooms_;
  std::mutex mutex_;  // Guards the two below; not held while the store is asked.
  Order order_;
  std::unordered_map<std::int64_t, Order::iterator> by_id_;
};

}  // namespace confab::message_store
