#include "ctl/domain/checker.hpp"

#include <algorithm>

namespace confab::ctl {
namespace {

double share(const std::vector<double>& sorted, double part) {
  if (sorted.empty()) return 0;
  const auto index = static_cast<std::size_t>(static_cast<double>(sorted.size()) * part);
  return sorted[std::min(index, sorted.size() - 1)];
}

RunFigures figures_of(const IndexedHistory& history) {
  RunFigures figures;
  figures.sends = history.ops().size();
  for (const auto& op : history.ops()) figures.acknowledged += op.oks.empty() ? 0 : 1;
  for (const auto& event : history.raw().events) {
    figures.refusals += event.kind == "nack" ? 1 : 0;
    figures.deliveries += event.kind == "dlv" ? 1 : 0;
    figures.resets += event.kind == "reset" ? 1 : 0;
    figures.breaks += event.kind == "down" ? 1 : 0;
  }
  std::vector<double> lates;
  for (const auto& sight : sights(history)) lates.push_back(sight.late);
  std::sort(lates.begin(), lates.end());
  figures.p50_ms = share(lates, 0.5);
  figures.p99_ms = share(lates, 0.99);
  figures.max_ms = lates.empty() ? 0 : lates.back();
  return figures;
}

}  // namespace

CheckVerdict check(const History& raw) {
  const IndexedHistory history(raw);
  CheckVerdict verdict;
  for (const auto rule :
       {check_acks, check_places, check_contents, check_sources, check_real_time, check_fifo,
        check_steps, check_seen, check_leaves, check_converged, check_stale, check_worth}) {
    rule(history, verdict.findings);
  }
  verdict.figures = figures_of(history);
  return verdict;
}

std::string at_place(const std::string& room, const LogPlace& place) {
  return room + " " + text(place);
}

}  // namespace confab::ctl
