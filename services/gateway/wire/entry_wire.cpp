#include "gateway/wire/entry_wire.hpp"

#include "common/base/encoding.hpp"

namespace confab::gateway {
namespace {

constexpr std::size_t kCheckBytes = 8;

EntryKind to_kind(event::v1::Kind kind) {
  switch (kind) {
    case event::v1::KIND_MESSAGE:
      return EntryKind::message;
    case event::v1::KIND_MEMBER_JOINED:
      return EntryKind::member_joined;
    case event::v1::KIND_MEMBER_LEFT:
      return EntryKind::member_left;
    case event::v1::KIND_MESSAGE_EDITED:
      return EntryKind::message_edited;
    case event::v1::KIND_MESSAGE_REDACTED:
      return EntryKind::message_redacted;
    case event::v1::KIND_REACTION:
      return EntryKind::reaction;
    case event::v1::KIND_PIN:
      return EntryKind::pin;
    case event::v1::KIND_MEMBER_UPDATED:
      return EntryKind::member_updated;
    case event::v1::KIND_ROOM_UPDATED:
      return EntryKind::room_updated;
    default:
      return EntryKind::unknown;
  }
}

/// As far as it can be told without parsing.
bool is_object(const std::string& json) {
  return json.size() >= 2 && json.front() == '{' && json.back() == '}' && is_utf8(json);
}

}  // namespace

std::optional<Entry> from_wire(event::v1::Entry wire) {
  if (wire.seq() == 0 || wire.msg_id().size() != 16 || !is_object(wire.json())) {
    return std::nullopt;
  }
  return Entry{wire.room_id(),
               wire.epoch(),
               wire.seq(),
               wire.msg_id().substr(0, kCheckBytes),
               std::move(*wire.mutable_prev_check()),
               to_kind(wire.kind()),
               wire.subject_id(),
               wire.target_seq(),
               std::move(*wire.mutable_json()),
               wire.actor_id()};
}

std::optional<Receipt> from_wire(event::v1::Receipt wire) {
  if (wire.seq() == 0 || !is_object(wire.json())) return std::nullopt;
  return Receipt{wire.room_id(), wire.user_id(), wire.seq(), std::move(*wire.mutable_json())};
}

std::optional<UserNotice> from_wire(const event::v1::UserNotice& wire) {
  if (!is_object(wire.json()) || !is_utf8(wire.gid())) return std::nullopt;
  return UserNotice{wire.user_id(), {wire.room_id(), wire.gid()},
                    wire.added(),   wire.epoch(),
                    wire.seq(),     wire.json()};
}

}  // namespace confab::gateway
