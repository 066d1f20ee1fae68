#pragma once

#include <algorithm>
#include <map>
#include <mutex>

#include "message_store/domain/fake_room.hpp"

namespace confab::message_store {

/// Blocks in memory. Thread-safe.
class FakeBlocks : public Blocks {
 public:
  explicit FakeBlocks(const StoreLimits& limits = {}) : limits_(limits) {}

  Result<> add(std::int64_t user_id, std::int64_t blocked_id) override {
    const std::lock_guard lock(blocks_mutex_);
    auto& mine = blocks_[user_id];
    if (std::find(mine.begin(), mine.end(), blocked_id) != mine.end()) return {};
    if (mine.size() >= limits_.blocks) return too_many_blocks(limits_);
    mine.insert(mine.begin(), blocked_id);
    return {};
  }
  Result<> remove(std::int64_t user_id, std::int64_t blocked_id) override {
    const std::lock_guard lock(blocks_mutex_);
    std::erase(blocks_[user_id], blocked_id);
    return {};
  }
  Result<std::vector<std::int64_t>> blocked_by(std::int64_t user_id) override {
    const std::lock_guard lock(blocks_mutex_);
    return blocks_[user_id];
  }

 protected:
  const StoreLimits limits_;

  bool has_blocked(std::int64_t user_id, std::int64_t other_id) {
    const std::lock_guard lock(blocks_mutex_);
    const auto& mine = blocks_[user_id];
    return std::find(mine.begin(), mine.end(), other_id) != mine.end();
  }
  /// Gives the two of a direct room the roles that the blocks come to.
  void apply_blocks(FakeRoomRules::Stored& room) {
    if (room.room.kind != RoomKind::direct) return;
    const auto [low, high] = room.pair;
    for (auto& [id, member] : room.members) {
      member.role = has_blocked(id == low ? high : low, id) ? Role::blocked : Role::member;
    }
  }

 private:
  std::mutex blocks_mutex_;
  std::map<std::int64_t, std::vector<std::int64_t>> blocks_;  // The latest first.
};

/// Who was saved, in order, but for what came too late. For tests of one thread.
class FakeProfiles final : public Profiles {
 public:
  std::vector<Person> saved;
  std::map<std::int64_t, std::int64_t> versions;  ///< By user.
  std::optional<Error> failure;

  Result<bool> save(const Person& person, std::int64_t version) override {
    if (failure) return *failure;
    auto& newest = versions[person.id];
    if (version < newest) return false;
    newest = version;
    saved.push_back(person);
    return true;
  }
  Result<Changes> changed_since(std::int64_t cursor) override {
    if (failure) return *failure;
    const auto begin = std::min(saved.size(), static_cast<std::size_t>(cursor));
    return Changes{{saved.begin() + static_cast<std::ptrdiff_t>(begin), saved.end()},
                   static_cast<std::int64_t>(saved.size())};
  }
};

/// One erasure, of rooms and messages that the test lays out.
class FakeErasures final : public Erasures {
 public:
  std::optional<Erasure> waiting;
  std::map<std::uint64_t, ErasureRoom> rooms;
  std::map<std::uint64_t, std::vector<std::uint64_t>> seqs;  // By room.
  std::map<std::uint64_t, std::uint64_t> heads;              // By room.
  std::vector<std::string> cleared;
  std::optional<Error> failure;
  std::vector<std::uint64_t> progress;  // last_room_id of each advance().
  bool tried = false;

  Result<> ask(std::int64_t user_id, bool redact) override {
    if (failure) return *failure;
    const bool again = waiting && waiting->redact;
    waiting = Erasure{{user_id, "", "", ""}, redact || again, 0, 0};
    tried = false;
    return {};
  }
  Result<std::optional<Erasure>> next() override {
    if (failure) return *failure;
    if (tried) return std::optional<Erasure>();
    tried = waiting.has_value();
    return waiting;
  }
  Result<std::optional<ErasureRoom>> next_room(std::int64_t /*user_id*/,
                                               std::uint64_t last_room_id) override {
    if (failure) return *failure;
    const auto found = rooms.upper_bound(last_room_id);
    return found == rooms.end() ? std::optional<ErasureRoom>() : std::optional(found->second);
  }
  Result<std::optional<std::uint64_t>> clear_names(std::uint64_t room_id, const Person& ghost,
                                                   std::uint64_t after_seq,
                                                   std::uint32_t limit) override {
    if (failure) return *failure;
    const auto head = heads[room_id];
    if (after_seq >= head) return std::optional<std::uint64_t>();
    const auto last = std::min(head, after_seq + limit);
    cleared.push_back(std::to_string(ghost.id) + " in " + std::to_string(room_id) + " to " +
                      std::to_string(last));
    return std::optional(last);
  }
  Result<std::vector<std::uint64_t>> messages(std::uint64_t room_id, std::int64_t /*user_id*/,
                                              std::uint64_t after_seq,
                                              std::uint32_t limit) override {
    if (failure) return *failure;
    std::vector<std::uint64_t> found;
    for (const auto seq : seqs[room_id]) {
      if (seq > after_seq && found.size() < limit) found.push_back(seq);
    }
    return found;
  }
  Result<> advance(const Erasure& erasure) override {
    if (failure) return *failure;
    waiting = erasure;
    tried = false;
    progress.push_back(erasure.last_room_id);
    return {};
  }
  Result<> finish(std::int64_t /*user_id*/) override {
    if (failure) return *failure;
    waiting.reset();
    return {};
  }
};

}  // namespace confab::message_store
