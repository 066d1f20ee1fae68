#pragma once

#include <optional>
#include <string>

#include "ctl/domain/findings.hpp"
#include "ctl/domain/indexed_history.hpp"

namespace confab::ctl {

/// What a run came to. Times in ms, from an ack, or from when the client was there, to the sight.
struct RunFigures {
  std::size_t sends = 0;
  std::size_t acknowledged = 0;
  std::size_t refusals = 0;
  std::size_t deliveries = 0;
  std::size_t resets = 0;
  std::size_t breaks = 0;
  double p50_ms = 0;
  double p99_ms = 0;
  double max_ms = 0;
};

struct CheckVerdict {
  Findings findings;
  RunFigures figures;
  [[nodiscard]] bool passed() const { return findings.counts().empty(); }
};

/// Judges a history by the rules of tests/chaos/checker, which a test of it compares: the same
/// findings, as often. O(n log n).
[[nodiscard]] CheckVerdict check(const History& history);

// The rules; each adds what it finds.

void check_acks(const IndexedHistory& history, Findings& findings);
void check_places(const IndexedHistory& history, Findings& findings);
void check_contents(const IndexedHistory& history, Findings& findings);
void check_sources(const IndexedHistory& history, Findings& findings);
void check_real_time(const IndexedHistory& history, Findings& findings);
void check_fifo(const IndexedHistory& history, Findings& findings);
void check_steps(const IndexedHistory& history, Findings& findings);
void check_seen(const IndexedHistory& history, Findings& findings);
void check_leaves(const IndexedHistory& history, Findings& findings);
void check_converged(const IndexedHistory& history, Findings& findings);
void check_stale(const IndexedHistory& history, Findings& findings);
void check_worth(const IndexedHistory& history, Findings& findings);

/// How late what was acknowledged was seen, each time, in ms.
struct Sight {
  const ClientView* view;
  const HistoryEvent* event;
  double late;
};
[[nodiscard]] std::vector<Sight> sights(const IndexedHistory& history);

/// A room and a place in it, for people.
[[nodiscard]] std::string at_place(const std::string& room, const LogPlace& place);

}  // namespace confab::ctl
