#include "message_store/storage/append_question.hpp"

#include <unordered_map>

namespace confab::message_store {
namespace {

using Identity = std::pair<std::int64_t, std::string_view>;

struct HashIdentity {
  std::size_t operator()(const Identity& identity) const {
    return std::hash<std::string_view>()(identity.second) ^
           static_cast<std::size_t>(identity.first);
  }
};

std::vector<std::size_t> firsts_of(std::span<const Draft> drafts) {
  if (drafts.size() == 1) return {0};
  std::unordered_map<Identity, std::size_t, HashIdentity> seen;
  std::vector<std::size_t> firsts;
  firsts.reserve(drafts.size());
  for (const auto& draft : drafts) {
    const auto first = seen.try_emplace({draft.sender_id, draft.client_msg_id}, firsts.size());
    firsts.push_back(first.first->second);
  }
  return firsts;
}

std::int64_t sql(std::uint64_t value) { return static_cast<std::int64_t>(value); }

}  // namespace

AppendQuestion::AppendQuestion(std::span<const RoomDrafts> rooms) {
  for (std::size_t room = 0; room < rooms.size(); ++room) {
    const auto drafts = rooms[room].drafts;
    auto firsts = firsts_of(drafts);
    std::int32_t count = 0;
    std::string_view last;
    for (std::size_t i = 0; i < drafts.size(); ++i) {
      if (firsts[i] != i) continue;
      add(static_cast<std::int32_t>(room + 1), drafts[i]);
      last = drafts[i].msg_id.view();
      ++count;
    }
    rooms_.add(sql(rooms[room].room_id));
    counts_.add(count);
    last_msg_ids_.add(last);
    firsts_.push_back(std::move(firsts));
  }
}

void AppendQuestion::add(std::int32_t room, const Draft& draft) {
  item_rooms_.add(room);
  actors_.add(draft.sender_id);
  client_msg_ids_.add(std::string_view(draft.client_msg_id));
  msg_ids_.add(draft.msg_id.view());
  bodies_.add(std::string_view(draft.body));
}

std::array<std::string_view, 9> AppendQuestion::for_append() const {
  return {std::string_view(firsts_.size() == 1 ? "\1" : "\0", 1),
          rooms_.bytes(),
          counts_.bytes(),
          last_msg_ids_.bytes(),
          item_rooms_.bytes(),
          actors_.bytes(),
          client_msg_ids_.bytes(),
          msg_ids_.bytes(),
          bodies_.bytes()};
}

std::array<std::string_view, 13> AppendQuestion::for_known(const Places& places) const {
  return {rooms_.bytes(),
          places.old_heads.bytes(),
          places.old_msg_ids.bytes(),
          places.new_heads.bytes(),
          places.epochs.bytes(),
          last_msg_ids_.bytes(),
          places.item_rooms.bytes(),
          places.item_seqs.bytes(),
          places.item_epochs.bytes(),
          actors_.bytes(),
          client_msg_ids_.bytes(),
          msg_ids_.bytes(),
          bodies_.bytes()};
}

AppendQuestion::Places::Places(std::span<const RoomDrafts> rooms, const AppendQuestion& question,
                               std::span<const KnownHead> heads) {
  for (std::size_t room = 0; room < rooms.size(); ++room) {
    const auto epoch = sql(heads[room].epoch);
    auto seq = sql(heads[room].seq);
    old_heads.add(seq);
    old_msg_ids.add(heads[room].msg_id.view());
    const auto& firsts = question.firsts(room);
    for (std::size_t i = 0; i < firsts.size(); ++i) {
      if (firsts[i] != i) continue;
      item_rooms.add(sql(rooms[room].room_id));
      item_seqs.add(++seq);
      item_epochs.add(epoch);
    }
    new_heads.add(seq);
    epochs.add(epoch);
  }
}

}  // namespace confab::message_store
