// What clients may see.
#include <algorithm>

#include "ctl/domain/checker.hpp"

namespace confab::ctl {
namespace {

/// The last stay that had begun by then; null before the first.
const Stay* last_before(const std::vector<Stay>& stays, std::uint64_t seq) {
  const auto after = std::partition_point(stays.begin(), stays.end(),
                                          [&](const Stay& stay) { return stay.from <= seq; });
  return after == stays.begin() ? nullptr : &*std::prev(after);
}

/// Whether there was a stay after that one, and by then the user had asked for it.
bool may_have_entered(const IndexedHistory& history, const ClientView& view, std::size_t next_stay,
                      double t) {
  if (next_stay >= history.stays(view.room, view.user).size()) return false;
  const auto& leaves = history.leaves(view.room, view.user);
  const bool has_left = next_stay > 0 && next_stay - 1 < leaves.size();
  const auto& joins = history.joins(view.room, view.user);
  return std::any_of(joins.begin(), joins.end(), [&](double join) {
    return (!has_left || join > leaves[next_stay - 1]) && join <= t;
  });
}

bool is_same(const HistoryEvent& seen, const LoggedEntry& entry) {
  return seen.msg_id == entry.msg_id && seen.type == entry.type && seen.cmid == entry.cmid &&
         seen.hash == entry.hash;
}

}  // namespace

void check_steps(const IndexedHistory& history, Findings& findings) {
  for (const auto& view : history.views()) {
    std::optional<LogPlace> last;
    for (const auto* const event : view.events) {
      if (event->kind == "from" || event->kind == "reset") last = event->place;
      if (event->kind != "dlv") continue;
      const auto due = (last ? last->seq : 0) + 1;
      const auto where = at_place(view.room, event->place);
      if (!last) {
        findings.add("GAP_VISIBLE", view.client, where, "was seen before the view began");
      } else if (event->place.epoch != last->epoch) {
        findings.add("EPOCH_WITHOUT_RESET", view.client, where,
                     "came after " + text(*last) + " without a reset");
      } else if (event->place.seq != due) {
        findings.add(event->place.seq > due ? "GAP_VISIBLE" : "DUP_VISIBLE", view.client, where,
                     "came after " + text(*last));
      }
      last = event->place;
    }
  }
}

void check_seen(const IndexedHistory& history, Findings& findings) {
  for (const auto& view : history.views()) {
    for (const auto* const event : view.events) {
      if (event->kind != "dlv") continue;
      const auto where = at_place(view.room, event->place);
      const auto* const entry = history.at(view.room, event->place);
      if (entry == nullptr) {
        findings.add("DELIVERED_NOT_STORED", view.client, where,
                     "saw " + event->msg_id + ", and the log has nothing there");
      } else if (!is_same(*event, *entry)) {
        findings.add("DIVERGENT", view.client, where, "saw another entry than the log has there");
      }
    }
  }
}

void check_leaves(const IndexedHistory& history, Findings& findings) {
  for (const auto& view : history.views()) {
    const auto& stays = history.stays(view.room, view.user);
    for (const auto* const event : view.events) {
      if (event->kind != "dlv") continue;
      const auto* const before = last_before(stays, event->place.seq);
      if (before != nullptr && event->place.seq <= before->to) continue;
      const auto next = before == nullptr ? 0 : static_cast<std::size_t>(before - stays.data()) + 1;
      if (may_have_entered(history, view, next, event->t)) continue;
      findings.add("AFTER_LEAVE", view.client, at_place(view.room, event->place),
                   before == nullptr
                       ? "was seen before the user had entered"
                       : "was seen after the user had left with " + std::to_string(before->to));
    }
  }
}

}  // namespace confab::ctl
