#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "message_store/domain/search_query.hpp"
#include "message_store/domain/types.hpp"

namespace confab::message_store {

/// A place in the answers to a search, which go from the newest to the oldest.
struct SearchPlace {
  std::int64_t created_us = 0;
  std::uint64_t room_id = 0;
  std::uint64_t seq = 0;
};

struct SearchQuestion {
  std::int64_t user_id = 0;
  SearchTerms terms{};
  std::string gid{};           ///< Empty: all rooms of the user.
  std::int64_t sender_id = 0;  ///< 0: anybody.
  std::int64_t after_ms = 0;   ///< Not before this time; 0: any.
  std::int64_t before_ms = 0;  ///< Before this time; 0: any.
  std::uint32_t limit = 20;
  std::optional<SearchPlace> from{};  ///< Only what comes after this place.
};

struct SearchHit {
  std::string gid;
  SearchPlace place;
  Uuid msg_id;
  std::int64_t sender_id = 0;
  std::string text;  ///< As it reads now.
};

struct SearchHits {
  std::vector<SearchHit> hits;        ///< From the newest to the oldest.
  std::optional<SearchPlace> next{};  ///< Where others follow.
};

/// Port: finds messages. PgSearch implements it. Blocks.
class MessageSearch {
 public:
  virtual ~MessageSearch() = default;

  /// Only messages of rooms that the user is in at the moment; of the kMaxRooms joined last, unless
  /// one is named: then not_a_member or room_not_found. unavailable when it takes too long.
  static constexpr std::uint32_t kMaxRooms = 1000;
  [[nodiscard]] virtual Result<SearchHits> find(const SearchQuestion& question) = 0;
};

/// What one step of indexing did.
struct IndexedRooms {
  std::size_t entries = 0;
  std::vector<std::uint64_t> unfinished;   ///< Have more, or another process holds them.
  std::vector<std::uint64_t> not_reached;  ///< Nothing was done for these: the step was full.
};

/// Port: the index of messages, which follows the rooms' logs. PgSearchIndex implements it,
/// FakeSearchIndex in tests. Blocks.
class SearchIndex {
 public:
  virtual ~SearchIndex() = default;

  /// Takes the next entries of each of the rooms into the index, at most `entries` of each, and
  /// keeps how far it got, in one transaction. The rooms in this order, until what was taken is
  /// large. Each room is one process's at a time.
  [[nodiscard]] virtual Result<IndexedRooms> advance(std::span<const std::uint64_t> rooms,
                                                     std::size_t entries) = 0;

  /// Those of the `limit` rooms after `after`, by id, whose index is behind, and the last room
  /// looked at; 0 after the last of all.
  struct Behind {
    std::vector<std::uint64_t> rooms;
    std::uint64_t last = 0;
  };
  [[nodiscard]] virtual Result<Behind> behind(std::uint64_t after, std::uint32_t limit) = 0;
};

}  // namespace confab::message_store
