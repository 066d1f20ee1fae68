// Messages that reply to another or mention somebody. Others never wait for a look at the log, so
// these do not travel with them: each is a job of its own, in its turn of the room's lane.
#include <algorithm>

#include "message_store/domain/event_json.hpp"
#include "message_store/domain/room_lanes.hpp"

namespace confab::message_store {

std::optional<Error> RoomLanes::append_referring(const NewMessage& message, Sender& sender) {
  const auto start = std::chrono::steady_clock::now();
  const auto outcome = append_checked(message);
  report_({1, 1, std::chrono::steady_clock::now() - start, queued(), !outcome});
  if (outcome && !outcome->stored.empty()) stored_(outcome->stored);
  const Settled settled[] = {{message.correlation, outcome ? outcome->results.front()
                                                           : Result<Appended>(outcome.error())}};
  sender.settle(settled);
  if (outcome) return std::nullopt;
  return outcome.error();
}

/// What a message refers to is looked up before the room is locked: an entry never stops being a
/// message, and who leaves in between has been mentioned a moment ago.
Result<AppendOutcome> RoomLanes::append_checked(const NewMessage& message) {
  std::vector<std::int64_t> users{message.sender_id};
  for (const auto& person : message.mentions) users.push_back(person.id);
  const auto found = log_.look_up(message.room_id, message.reply_to, users);
  if (!found) return found.error();
  const auto& members = found->members;
  const bool is_member =
      std::find(members.begin(), members.end(), message.sender_id) != members.end();
  // Others are told by append() that they are none, unless it is a repeat.
  if (is_member && message.reply_to > 0 && !found->reply_to_exists) {
    return Error{ErrorCode::message_not_found, "\"reply_to\" must be the seq of a message"};
  }
  Content content{message.text, message.attributes, message.reply_to, message.mentions};
  keep_members(content.mentions, members);
  const Draft draft{message.sender_id, message.client_msg_id, Uuid::make(random_),
                    message_body(content)};
  return log_.append(message.room_id, {&draft, 1});
}

}  // namespace confab::message_store
