// The half of PgRoomLog that every message goes through: chat.append in the binary protocol.
#include <unordered_map>

#include "common/postgres/binary.hpp"
#include "message_store/storage/pg_room_log.hpp"
#include "message_store/storage/rows.hpp"

namespace confab::message_store {
namespace {

using postgres::ArrayParameter;
using postgres::ArrayReader;
using postgres::to_integer;
using postgres::to_unix_ms;
using Bytes = std::optional<std::string_view>;

// Plans that do not depend on what the statistics say, nor on the numbers of one batch: every look
// at a table is one into an index.
constexpr auto kSession =
    "SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; SET enable_hashjoin = off;"
    " SET enable_mergejoin = off; SET enable_bitmapscan = off; SET jit = off";
constexpr auto kAppend =
    "SELECT heads, epochs, gids, head_msg_ids, created_at, odd_items, odd_seqs, odd_epochs, "
    "odd_msg_ids, odd_created_at FROM chat.append($1, $2, $3, $4, $5, $6, $7, $8, $9)";

constexpr std::int64_t kHeldByAnother = -2;  // Other heads below 0: there is no such room.

struct ByIdentity {
  using Key = std::pair<std::int64_t, std::string_view>;
  std::size_t operator()(const Key& key) const {
    return std::hash<std::string_view>()(key.second) ^ static_cast<std::size_t>(key.first);
  }
};

/// The messages as they go to PostgreSQL, without those that repeat another of the same call.
class Question {
 public:
  explicit Question(std::span<const RoomDrafts> rooms) {
    for (std::size_t place = 0; place < rooms.size(); ++place) {
      std::unordered_map<ByIdentity::Key, std::size_t, ByIdentity> seen;
      std::vector<std::size_t> first_of;
      Uuid last;
      std::int32_t count = 0;
      const auto drafts = rooms[place].drafts;
      for (const auto& draft : drafts) {
        if (drafts.size() == 1) {
          first_of.push_back(0);
        } else {
          const auto [known, is_first] =
              seen.try_emplace({draft.sender_id, draft.client_msg_id}, first_of.size());
          first_of.push_back(known->second);
          if (!is_first) continue;
        }
        add(static_cast<std::int32_t>(place + 1), draft);
        last = draft.msg_id;
        ++count;
      }
      rooms_.add(static_cast<std::int64_t>(rooms[place].room_id));
      counts_.add(count);
      last_msg_ids_.add(last.view());
      firsts_.push_back(std::move(first_of));
    }
  }

  /// One room waits for its lock; of several, none does.
  [[nodiscard]] std::array<std::string_view, 9> parameters() const {
    return {std::string_view(firsts_.size() == 1 ? "\1" : "\0", 1),
            rooms_.bytes(),
            counts_.bytes(),
            last_msg_ids_.bytes(),
            places_.bytes(),
            actors_.bytes(),
            client_msg_ids_.bytes(),
            msg_ids_.bytes(),
            bodies_.bytes()};
  }

  /// For each draft of a room, which of the room's drafts is the first with its id.
  [[nodiscard]] const std::vector<std::size_t>& firsts(std::size_t room) const {
    return firsts_[room];
  }

 private:
  void add(std::int32_t place, const Draft& draft) {
    places_.add(place);
    actors_.add(draft.sender_id);
    client_msg_ids_.add(std::string_view(draft.client_msg_id));
    msg_ids_.add(draft.msg_id.view());
    bodies_.add(std::string_view(draft.body));
  }

  ArrayParameter rooms_{ArrayParameter::Type::int8};
  ArrayParameter counts_{ArrayParameter::Type::int4};
  ArrayParameter last_msg_ids_{ArrayParameter::Type::uuid};
  ArrayParameter places_{ArrayParameter::Type::int4};
  ArrayParameter actors_{ArrayParameter::Type::int8};
  ArrayParameter client_msg_ids_{ArrayParameter::Type::text};
  ArrayParameter msg_ids_{ArrayParameter::Type::uuid};
  ArrayParameter bodies_{ArrayParameter::Type::text};
  std::vector<std::vector<std::size_t>> firsts_;
};

/// A room's columns of the answer.
struct RoomAnswer {
  std::int64_t head;
  std::uint64_t epoch;
  Bytes gid;
  Bytes head_msg_id;
};

/// Messages that did not get a new place, in the order of the question.
class OddOnes {
 public:
  explicit OddOnes(const postgres::Row& row)
      : items_(row.column(5).value_or("")),
        seqs_(row.column(6).value_or("")),
        epochs_(row.column(7).value_or("")),
        msg_ids_(row.column(8).value_or("")),
        created_at_(row.column(9).value_or("")) {
    step();
  }

  /// Whether the item, the next in order, is an odd one; then what became of it.
  [[nodiscard]] std::optional<Result<Appended>> take(std::int64_t item) {
    if (item != next_) return std::nullopt;
    const auto seq = seqs_.next();
    const auto epoch = epochs_.next();
    const auto msg_id = msg_ids_.next();
    const auto created_at = created_at_.next();
    step();
    if (!seq) {
      return Result<Appended>(
          Error{ErrorCode::not_a_member, "you are not a member of the room"});
    }
    return Result<Appended>(Appended{static_cast<std::uint64_t>(to_integer(epoch)),
                                     static_cast<std::uint64_t>(to_integer(seq)),
                                     Uuid::from_bytes(*msg_id).value_or(Uuid{}),
                                     to_unix_ms(created_at), true});
  }

 private:
  void step() { next_ = items_.left() > 0 ? to_integer(items_.next()) : 0; }

  ArrayReader items_;
  ArrayReader seqs_;
  ArrayReader epochs_;
  ArrayReader msg_ids_;
  ArrayReader created_at_;
  std::int64_t next_ = 0;
};

Entry to_stored(const RoomDrafts& room, const RoomAnswer& answer, const Draft& draft,
                const Appended& place) {
  Entry entry;
  entry.room_id = room.room_id;
  entry.gid = answer.gid.value_or("");
  entry.epoch = place.epoch;
  entry.seq = place.seq;
  entry.msg_id = draft.msg_id;
  entry.actor_id = draft.sender_id;
  entry.client_msg_id = draft.client_msg_id;
  entry.body = draft.body;
  entry.created_ms = place.created_ms;
  return entry;
}

/// Reads the answer room by room, in the order of the question.
class Answers {
 public:
  explicit Answers(const postgres::Row& row)
      : heads_(*row.column(0)),
        epochs_(*row.column(1)),
        gids_(*row.column(2)),
        head_msg_ids_(*row.column(3)),
        created_ms_(to_unix_ms(row.column(4))),
        odd_(row) {}

  Result<AppendOutcome> next(const RoomDrafts& room, const std::vector<std::size_t>& firsts) {
    const RoomAnswer answer{to_integer(heads_.next()),
                            static_cast<std::uint64_t>(to_integer(epochs_.next())), gids_.next(),
                            head_msg_ids_.next()};
    if (answer.head >= 0) return outcome(room, answer, firsts);
    for (std::size_t i = 0; i < firsts.size(); ++i) {
      if (firsts[i] == i) ++item_;
    }
    if (answer.head == kHeldByAnother) {
      return Error{ErrorCode::unavailable, "another session holds the room"};
    }
    return Error{ErrorCode::room_not_found, "there is no such room"};
  }

 private:
  AppendOutcome outcome(const RoomDrafts& room, const RoomAnswer& answer,
                        const std::vector<std::size_t>& firsts) {
    AppendOutcome out;
    out.results.reserve(firsts.size());
    out.stored.reserve(firsts.size());
    auto seq = static_cast<std::uint64_t>(answer.head);
    for (std::size_t i = 0; i < firsts.size(); ++i) {
      if (firsts[i] != i) {
        auto first = out.results[firsts[i]];
        if (first) first->repeat = true;
        out.results.push_back(std::move(first));
      } else if (auto odd = odd_.take(++item_)) {
        out.results.push_back(std::move(*odd));
      } else {
        const auto& draft = room.drafts[i];
        const Appended place{answer.epoch, ++seq, draft.msg_id, created_ms_, false};
        out.stored.push_back(to_stored(room, answer, draft, place));
        out.results.emplace_back(place);
      }
    }
    link_entries(out.stored,
                 std::string(answer.head_msg_id.value_or("").substr(0, kCheckBytes)));
    return out;
  }

  ArrayReader heads_;
  ArrayReader epochs_;
  ArrayReader gids_;
  ArrayReader head_msg_ids_;
  std::int64_t created_ms_;
  OddOnes odd_;
  std::int64_t item_ = 0;
};

}  // namespace

PgRoomLog::PgRoomLog(postgres::Pool& writes, postgres::Pool& reads)
    : writes_(writes), reads_(reads), append_(writes.options(), kSession, kAppend) {}

Result<std::vector<Result<AppendOutcome>>> PgRoomLog::append_all(
    std::span<const RoomDrafts> rooms) {
  const Question question(rooms);
  const auto row = append_.execute(question.parameters());
  if (!row) return row.error();
  Answers answers(*row);
  std::vector<Result<AppendOutcome>> outcomes;
  outcomes.reserve(rooms.size());
  for (std::size_t i = 0; i < rooms.size(); ++i) {
    outcomes.push_back(answers.next(rooms[i], question.firsts(i)));
  }
  return outcomes;
}

}  // namespace confab::message_store
