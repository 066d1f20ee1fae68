#pragma once

#include <chrono>
#include <mutex>

#include "message_store/domain/people.hpp"
#include "message_store/domain/people_ports.hpp"

namespace confab::message_store {

/// What becomes of users beside their rooms: names, blocks, deletion. Blocks; thread-safe.
class PeopleService {
 public:
  PeopleService(Profiles& profiles, Blocks& blocks, Erasures& erasures, People& people)
      : profiles_(profiles), blocks_(blocks), erasures_(erasures), people_(people) {}

  /// From now on events show the user so; those of other message-stores by follow(). Nothing when
  /// one with a higher version came before, or the user was forgotten.
  [[nodiscard]] Result<> save(const Person& person, std::int64_t version);

  /// invalid_argument for oneself and for too many.
  [[nodiscard]] Result<> block(std::int64_t user_id, std::int64_t blocked_id);
  [[nodiscard]] Result<> unblock(std::int64_t user_id, std::int64_t blocked_id);
  /// Ids of those whom the user has blocked, the latest first.
  [[nodiscard]] Result<std::vector<std::int64_t>> blocked_by(std::int64_t user_id);

  /// The account was deleted: it is shown as `ghost`, and leaves its rooms in the background; with
  /// `redact` its messages lose their texts. May be asked again.
  [[nodiscard]] Result<> forget(const Person& ghost, bool redact);

  /// Takes over names that other processes saved. To be called every kFollow.
  [[nodiscard]] Result<> follow();
  static constexpr std::chrono::seconds kFollow{2};

 private:
  Profiles& profiles_;
  Blocks& blocks_;
  Erasures& erasures_;
  People& people_;
  std::mutex mutex_;         // Guards cursor_.
  std::int64_t cursor_ = 0;  // Of Profiles::changed_since.
};

}  // namespace confab::message_store
