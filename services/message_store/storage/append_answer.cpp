#include "message_store/storage/append_answer.hpp"

namespace confab::message_store {
namespace {

using postgres::to_integer;

// Other heads below 0: there is no such room.
constexpr std::int64_t kHeldByAnother = -2;

std::uint64_t to_unsigned(std::optional<std::string_view> bytes) {
  return static_cast<std::uint64_t>(to_integer(bytes));
}

/// All zero for NULL.
Uuid to_uuid(std::optional<std::string_view> bytes) {
  return Uuid::from_bytes(bytes.value_or("")).value_or(Uuid{});
}

}  // namespace

AppendAnswer::AppendAnswer(const postgres::Row& row)
    : heads_(row.column(0).value_or("")),
      epochs_(row.column(1).value_or("")),
      gids_(row.column(2).value_or("")),
      head_msg_ids_(row.column(3).value_or("")),
      created_ms_(postgres::to_unix_ms(row.column(4))),
      odd_items_(row.column(5).value_or("")),
      odd_seqs_(row.column(6).value_or("")),
      odd_epochs_(row.column(7).value_or("")),
      odd_msg_ids_(row.column(8).value_or("")),
      odd_created_at_(row.column(9).value_or("")),
      next_odd_(odd_items_.left() > 0 ? to_integer(odd_items_.next()) : 0) {}

Result<KnownHead> AppendAnswer::next_room() {
  const auto head = to_integer(heads_.next());
  KnownHead known;
  known.epoch = to_unsigned(epochs_.next());
  known.seq = static_cast<std::uint64_t>(head);
  known.gid = gids_.next().value_or("");
  known.msg_id = to_uuid(head_msg_ids_.next());
  if (head >= 0) return known;
  if (head == kHeldByAnother) {
    return Error{ErrorCode::unavailable, "another session holds the room"};
  }
  return Error{ErrorCode::room_not_found, "there is no such room"};
}

std::optional<Result<Appended>> AppendAnswer::next_item() {
  if (++item_ != next_odd_) return std::nullopt;
  const auto seq = odd_seqs_.next();
  const auto epoch = odd_epochs_.next();
  const auto msg_id = odd_msg_ids_.next();
  const auto created_at = odd_created_at_.next();
  next_odd_ = odd_items_.left() > 0 ? to_integer(odd_items_.next()) : 0;
  if (!seq) {
    return Result<Appended>(Error{ErrorCode::not_a_member, "you are not a member of the room"});
  }
  if (to_integer(seq) <= 0) {
    const auto* why = to_integer(seq) == 0 ? "you may only read here" : "the room is archived";
    return Result<Appended>(Error{ErrorCode::permission_denied, why});
  }
  return Result<Appended>(Appended{to_unsigned(epoch), to_unsigned(seq), to_uuid(msg_id),
                                   postgres::to_unix_ms(created_at), true});
}

}  // namespace confab::message_store
