#pragma once

#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "common/base/result.hpp"
#include "message_store/domain/limits.hpp"
#include "message_store/domain/types.hpp"

namespace confab::message_store {

[[nodiscard]] inline Error blocked_error() {
  return {ErrorCode::blocked, "the user does not want messages from you"};
}

/// Port: who wants no direct messages from whom. While one has blocked the other, the other neither
/// opens their direct room nor sends to it; both go on to read it. PgBlocks, FakeStore. Blocks.
class Blocks {
 public:
  virtual ~Blocks() = default;

  /// Also succeeds for the second time. too_many_blocks. The two differ.
  [[nodiscard]] virtual Result<> add(std::int64_t user_id, std::int64_t blocked_id) = 0;
  /// Also succeeds when there is no such block.
  [[nodiscard]] virtual Result<> remove(std::int64_t user_id, std::int64_t blocked_id) = 0;
  /// Whom the user has blocked, the latest first.
  [[nodiscard]] virtual Result<std::vector<std::int64_t>> blocked_by(std::int64_t user_id) = 0;
};

/// Port: how users are shown, set on purpose. PgProfiles, FakeProfiles. Blocks.
class Profiles {
 public:
  virtual ~Profiles() = default;

  /// The version of a deleted account: nothing is newer.
  static constexpr std::int64_t kLastVersion = std::numeric_limits<std::int64_t>::max();

  /// From now on no other call changes how the user is shown; nor does one with a lower version,
  /// whenever it comes. Whether this one did: false when a newer one had come before.
  [[nodiscard]] virtual Result<bool> save(const Person& person, std::int64_t version) = 0;

  struct Changes {
    std::vector<Person> people;
    std::int64_t cursor = 0;
  };
  /// Whom save() changed since the cursor (0: of late), by whatever process, and the cursor to pass
  /// next time. Some may be listed again; none is left out.
  [[nodiscard]] virtual Result<Changes> changed_since(std::int64_t cursor) = 0;
};

/// A deleted account of which something is left to do.
struct Erasure {
  Person ghost;  ///< How it is shown.
  bool redact = false;
  std::uint64_t last_room_id = 0;  ///< Rooms up to here are done.
  std::uint64_t last_seq = 0;      ///< In the room after it, messages up to here are redacted,
  std::uint64_t cleared_seq = 0;   ///< and entries up to here do not name the user.
};

/// A room that a deleted account is in, was in, or is banned from.
struct ErasureRoom {
  std::uint64_t room_id = 0;
  std::string gid;
  bool member = false;  ///< Now.
};

/// Port: what is left to do for deleted accounts. PgErasures, FakeErasures. Blocks.
class Erasures {
 public:
  virtual ~Erasures() = default;

  /// Also for the second time; then `redact` counts if it was said once.
  [[nodiscard]] virtual Result<> ask(std::int64_t user_id, bool redact) = 0;
  /// One that nobody has tried within the last half minute, and is said to be tried by this.
  [[nodiscard]] virtual Result<std::optional<Erasure>> next() = 0;
  /// The room after `last_room_id`, by id.
  [[nodiscard]] virtual Result<std::optional<ErasureRoom>> next_room(
      std::int64_t user_id, std::uint64_t last_room_id) = 0;
  /// Shows the user as `ghost` wherever one of the room's next `limit` entries after `after_seq`
  /// has a copy of how they were shown: members, mentions, who redacted. The last of the entries;
  /// nothing when there are none.
  [[nodiscard]] virtual Result<std::optional<std::uint64_t>> clear_names(std::uint64_t room_id,
                                                                         const Person& ghost,
                                                                         std::uint64_t after_seq,
                                                                         std::uint32_t limit) = 0;
  /// The user's messages in the room with a higher seq, rising, at most `limit`.
  [[nodiscard]] virtual Result<std::vector<std::uint64_t>> messages(std::uint64_t room_id,
                                                                    std::int64_t user_id,
                                                                    std::uint64_t after_seq,
                                                                    std::uint32_t limit) = 0;
  /// Keeps last_room_id and last_seq, and lets it be tried again at once.
  [[nodiscard]] virtual Result<> advance(const Erasure& erasure) = 0;
  [[nodiscard]] virtual Result<> finish(std::int64_t user_id) = 0;
};

}  // namespace confab::message_store
