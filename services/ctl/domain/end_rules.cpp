// What must be so once all has settled, how soon, and whether the run was worth anything.
#include <algorithm>
#include <cmath>

#include "ctl/domain/checker.hpp"

namespace confab::ctl {
namespace {

void check_view(const IndexedHistory& history, const std::string& client, const std::string& room,
                const ClientView* view, Findings& findings) {
  const auto head = history.head(room);
  const HistoryEvent* last = nullptr;
  if (view != nullptr) {
    for (const auto* const event : view->events) {
      if (event->kind != "live") last = event;
    }
  }
  if (last == nullptr || last->kind == "out") {
    findings.add("NOT_CONVERGED", client, at_place(room, head),
                 "a member that does not hear the room at the end");
  } else if (last->place != head) {
    findings.add("NOT_CONVERGED", client, at_place(room, head),
                 "its view ends at " + text(last->place));
  }
}

/// When the sight was due: after the ack, the client's catching up, and the last fault that was
/// over by then.
double due_at(const IndexedHistory& history, double acked, double live, double seen) {
  auto since = std::max(acked, live);
  for (const auto& window : history.raw().windows) {
    if (window.from <= seen && window.to >= acked) since = std::max(since, window.to);
  }
  return since;
}

void add_sights(const IndexedHistory& history, const ClientView& view,
                const std::map<std::pair<std::string, std::string>, double>& acked,
                std::vector<Sight>& out) {
  const auto& breaks = history.breaks(view.client);
  auto next_break = breaks.begin();
  std::optional<double> live_since;
  for (const auto* const event : view.events) {
    for (; next_break != breaks.end() && *next_break <= event->t; ++next_break) live_since.reset();
    const auto& kind = event->kind;
    if (kind == "from" || kind == "reset" || kind == "out") live_since.reset();
    if (kind == "live") live_since = event->t;
    if (kind != "dlv" || !live_since || event->cmid.empty()) continue;
    const auto ack = acked.find({view.room, event->cmid});
    if (ack == acked.end()) continue;
    const auto due = due_at(history, ack->second, *live_since, event->t);
    out.push_back({&view, event, std::max(0.0, event->t - due)});
  }
}

}  // namespace

std::vector<Sight> sights(const IndexedHistory& history) {
  std::map<std::pair<std::string, std::string>, double> acked;
  for (const auto& op : history.ops()) {
    if (!op.oks.empty()) acked[{op.first->room, op.first->cmid}] = op.oks.front()->t;
  }
  std::vector<Sight> out;
  for (const auto& view : history.views()) add_sights(history, view, acked, out);
  return out;
}

void check_converged(const IndexedHistory& history, Findings& findings) {
  std::map<std::pair<std::string, std::string>, const ClientView*> views;
  for (const auto& view : history.views()) views[{view.client, view.room}] = &view;
  for (const auto& event : history.raw().events) {
    if (event.kind != "client") continue;
    for (const auto& room : history.raw().rooms) {
      if (!history.is_member_at_end(room.gid, event.user)) continue;
      const auto view = views.find({event.client, room.gid});
      check_view(history, event.client, room.gid, view == views.end() ? nullptr : view->second,
                 findings);
    }
  }
  for (const auto& op : history.ops()) {
    const bool is_settled = !op.oks.empty() || op.given_up();
    if (is_settled) continue;
    findings.add("NOT_CONVERGED", op.first->client, op.first->room,
                 op.first->cmid + " never got an answer that settled it");
  }
}

void check_stale(const IndexedHistory& history, Findings& findings) {
  for (const auto& [view, event, late] : sights(history)) {
    if (late <= history.raw().stale_ms) continue;
    findings.add("STALE", view->client, at_place(view->room, event->place),
                 "was seen " + std::to_string(std::lround(late)) + " ms after it could have been");
  }
}

void check_worth(const IndexedHistory& history, Findings& findings) {
  History::Counts found;
  found.fired = history.raw().fired;
  for (const auto& event : history.raw().events) {
    found.oks += event.kind == "ok" ? 1 : 0;
    found.deliveries += event.kind == "dlv" ? 1 : 0;
  }
  const auto& least = history.raw().expect;
  const auto judge = [&](const char* what, double count, double wanted) {
    if (count >= wanted) return;
    findings.add("VACUOUS", "run", what,
                 std::to_string(std::lround(count)) + ", and at least " +
                     std::to_string(std::lround(wanted)) + " are needed to mean anything");
  };
  judge("oks", found.oks, least.oks);
  judge("deliveries", found.deliveries, least.deliveries);
  judge("fired", found.fired, least.fired);
}

}  // namespace confab::ctl
