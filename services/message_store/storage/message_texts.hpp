#pragma once

#include <optional>
#include <pqxx/pqxx>
#include <vector>

#include "message_store/domain/types.hpp"

namespace confab::message_store {

/// A message as it reads now.
struct MessageText {
  std::uint64_t room_id = 0;
  std::uint64_t seq = 0;
  std::int64_t actor_id = 0;
  std::int64_t created_us = 0;
  Uuid msg_id;
  std::string text;
};

struct MessagePlace {
  std::uint64_t room_id = 0;
  std::uint64_t seq = 0;
};

/// Those of the places at which there is a message with a text, each once, in no order. This is the
/// one place where search learns what a message says: the latest text of an edited one, nothing of
/// a redacted one.
[[nodiscard]] std::vector<MessageText> message_texts(pqxx::transaction_base& transaction,
                                                     const std::vector<MessagePlace>& places);

}  // namespace confab::message_store
