#pragma once

#include <array>
#include <span>
#include <string_view>
#include <vector>

#include "common/postgres/binary.hpp"
#include "message_store/storage/known_heads.hpp"

namespace confab::message_store {

/// Messages of a batch as parameters, without those that repeat another of the same batch.
class AppendQuestion {
 public:
  explicit AppendQuestion(std::span<const RoomDrafts> rooms);

  /// For each draft of a room, which of the room's drafts is the first with its sender and id.
  [[nodiscard]] const std::vector<std::size_t>& firsts(std::size_t room) const {
    return firsts_[room];
  }

  /// Of chat.append: one room waits for its lock; of several, none does.
  [[nodiscard]] std::array<std::string_view, 9> for_append() const;

  /// Of the statement for rooms whose heads are known; the result views into `places`.
  struct Places;
  [[nodiscard]] std::array<std::string_view, 13> for_known(const Places& places) const;

 private:
  using Array = postgres::ArrayParameter;

  void add(std::int32_t room, const Draft& draft);

  Array rooms_{Array::Type::int8};
  Array counts_{Array::Type::int4};
  Array last_msg_ids_{Array::Type::uuid};
  Array item_rooms_{Array::Type::int4};
  Array actors_{Array::Type::int8};
  Array client_msg_ids_{Array::Type::text};
  Array msg_ids_{Array::Type::uuid};
  Array bodies_{Array::Type::text};
  std::vector<std::vector<std::size_t>> firsts_;
};

/// The places that the messages get if the rooms end where they are known to.
struct AppendQuestion::Places {
  Places(std::span<const RoomDrafts> rooms, const AppendQuestion& question,
         std::span<const KnownHead> heads);

  Array old_heads{Array::Type::int8};
  Array old_msg_ids{Array::Type::uuid};
  Array new_heads{Array::Type::int8};
  Array epochs{Array::Type::int8};
  Array item_rooms{Array::Type::int8};
  Array item_seqs{Array::Type::int8};
  Array item_epochs{Array::Type::int8};
};

}  // namespace confab::message_store
