#include "ctl/domain/indexed_history.hpp"

#include <algorithm>

namespace confab::ctl {
namespace {

template <typename Map, typename Key>
const typename Map::mapped_type& value_or_empty(const Map& map, const Key& key) {
  static const typename Map::mapped_type kEmpty{};
  const auto found = map.find(key);
  return found == map.end() ? kEmpty : found->second;
}

bool is_of_view(const std::string& kind) {
  return kind == "from" || kind == "dlv" || kind == "reset" || kind == "live" || kind == "out";
}

}  // namespace

bool SendOp::refused() const {
  const auto sure =
      std::count_if(nacks.begin(), nacks.end(), [](auto* nack) { return nack->sure; });
  return oks.empty() && static_cast<std::size_t>(sure) >= attempts.size();
}

bool SendOp::given_up() const {
  return oks.empty() &&
         std::any_of(nacks.begin(), nacks.end(), [](auto* nack) { return nack->final; });
}

IndexedHistory::IndexedHistory(const History& history) : raw_(history) {
  for (const auto& room : raw_.rooms) {
    for (const auto& entry : log(room.gid)) {
      placed_[{room.gid, entry.place}] = &entry;
      if (!entry.cmid.empty()) sent_[{room.gid, entry.cmid}] = &entry;
    }
  }
  sort_events();
  find_stays();
}

void IndexedHistory::sort_events() {
  std::map<std::pair<std::string, std::string>, std::size_t> ops;    // By room and cmid.
  std::map<std::pair<std::string, std::string>, std::size_t> views;  // By client and room.
  for (const auto& event : raw_.events) {
    const auto& kind = event.kind;
    if (kind == "inv" || kind == "again" || kind == "ok" || kind == "nack") {
      const auto [known, is_new] = ops.try_emplace({event.room, event.cmid}, ops_.size());
      if (is_new) ops_.emplace_back();
      auto& op = ops_[known->second];
      if (kind == "inv" || op.first == nullptr) op.first = &event;
      if (kind == "inv" || kind == "again") op.attempts.push_back(&event);
      if (kind == "ok") op.oks.push_back(&event);
      if (kind == "nack") op.nacks.push_back(&event);
      if (kind == "nack" && !event.final) refused_rooms_.insert(event.room);
    } else if (is_of_view(kind)) {
      const auto [known, is_new] = views.try_emplace({event.client, event.room}, views_.size());
      if (is_new) views_.push_back({event.client, event.user, event.room, {}});
      views_[known->second].events.push_back(&event);
    } else if (kind == "down") {
      breaks_[event.client].push_back(event.t);
    } else if (kind == "leave") {
      leaves_[{event.room, event.user}].push_back(event.t);
    } else if (kind == "join") {
      joins_[{event.room, event.user}].push_back(event.t);
    }
  }
}

void IndexedHistory::find_stays() {
  for (const auto& room : raw_.rooms) {
    for (const auto user : room.members) stays_[{room.gid, user}].push_back({});
    for (const auto& entry : log(room.gid)) {
      if (entry.subject == 0) continue;
      auto& stays = stays_[{room.gid, entry.subject}];
      const bool is_in = !stays.empty() && stays.back().to == Stay::kStill;
      if (entry.type == "member.left" && is_in) stays.back().to = entry.place.seq;
      if (entry.type == "member.joined" && !is_in) stays.push_back({entry.place.seq, Stay::kStill});
    }
  }
}

const History::Log& IndexedHistory::log(const std::string& room) const {
  return value_or_empty(value_or_empty(raw_.logs, raw_.truth), room);
}

const LoggedEntry* IndexedHistory::at(const std::string& room, const LogPlace& place) const {
  const auto found = placed_.find({room, place});
  return found == placed_.end() ? nullptr : found->second;
}

const LoggedEntry* IndexedHistory::stored(const SendOp& op) const {
  const auto found = sent_.find({op.first->room, op.first->cmid});
  return found == sent_.end() ? nullptr : found->second;
}

LogPlace IndexedHistory::head(const std::string& room) const {
  return log(room).empty() ? LogPlace{1, 0} : log(room).back().place;
}

const std::vector<Stay>& IndexedHistory::stays(const std::string& room, std::int64_t user) const {
  return value_or_empty(stays_, UserRoom(room, user));
}

bool IndexedHistory::is_member_at_end(const std::string& room, std::int64_t user) const {
  const auto& all = stays(room, user);
  return !all.empty() && all.back().to == Stay::kStill;
}

const std::vector<double>& IndexedHistory::breaks(const std::string& client) const {
  return value_or_empty(breaks_, client);
}

const std::vector<double>& IndexedHistory::leaves(const std::string& room,
                                                  std::int64_t user) const {
  return value_or_empty(leaves_, UserRoom(room, user));
}

const std::vector<double>& IndexedHistory::joins(const std::string& room, std::int64_t user) const {
  return value_or_empty(joins_, UserRoom(room, user));
}

}  // namespace confab::ctl
