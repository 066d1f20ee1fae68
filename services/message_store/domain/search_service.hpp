#pragma once

#include "message_store/domain/people.hpp"
#include "message_store/domain/search_ports.hpp"

namespace confab::message_store {

inline constexpr std::uint32_t kMaxSearchPage = 50;

/// A search as a client asks for it.
struct SearchRequest {
  std::int64_t user_id = 0;
  std::string text{};
  std::string gid{};
  std::int64_t sender_id = 0;
  std::int64_t after_ms = 0;
  std::int64_t before_ms = 0;
  std::uint32_t limit = 20;
  std::string cursor{};  ///< Of the page before; empty: from the newest.
};

struct SearchPage {
  std::vector<SearchHit> hits;
  std::vector<Person> senders;  ///< One a hit.
  std::string cursor;           ///< For the next page; empty when this is the last.
};

/// Finds messages for users. Blocks; thread-safe.
class SearchService {
 public:
  SearchService(MessageSearch& search, People& people) : search_(search), people_(people) {}

  /// invalid_argument for a bad text (see search_query.hpp), limit or cursor; else as
  /// MessageSearch::find.
  [[nodiscard]] Result<SearchPage> find(const SearchRequest& request);

 private:
  MessageSearch& search_;
  People& people_;
};

}  // namespace confab::message_store
