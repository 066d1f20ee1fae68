// The checker: a history in, a verdict out. Pure, in O(n log n).
import { Findings } from "./codes.js";
import { checkConverged, checkStale, checkWorth, delays } from "./end_rules.js";
import { History } from "./history.js";
import { checkAcks, checkContents, checkPlaces, checkSources } from "./log_rules.js";
import { checkFifo, checkRealTime } from "./order_rules.js";
import { checkLeaves, checkSeen, checkSteps } from "./view_rules.js";

const rules = [
  checkAcks,
  checkPlaces,
  checkContents,
  checkSources,
  checkRealTime,
  checkFifo,
  checkSteps,
  checkSeen,
  checkLeaves,
  checkConverged,
  checkStale,
  checkWorth,
];

const share = (sorted, part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;

function figures(history) {
  const count = (kind) => history.events.filter((event) => event.kind === kind).length;
  const lates = [];
  let longestAfterHeal = 0;
  for (const { late, afterHeal } of delays(history)) {
    if (late !== undefined) lates.push(late);
    if (afterHeal !== undefined) longestAfterHeal = Math.max(longestAfterHeal, afterHeal);
  }
  lates.sort((a, b) => a - b);
  return {
    sends: history.ops.length,
    acknowledged: history.ops.filter((op) => op.oks.length > 0).length,
    repeats: history.events.filter(({ kind }) => kind === "again").length,
    refusals: count("nack"),
    deliveries: count("dlv"),
    resets: count("reset"),
    breaks: count("down"),
    entries: [...history.log.values()].reduce((sum, log) => sum + log.length, 0),
    delay_ms: { p50: share(lates, 0.5), p99: share(lates, 0.99), max: lates.at(-1) ?? 0 },
    longest_after_heal_ms: longestAfterHeal,
  };
}

/** { passed, counts: { CODE: n }, violations: [{ code, clause, who, where, what }], figures } */
export function check(raw) {
  const history = new History(raw);
  const findings = new Findings();
  for (const rule of rules) rule(history, findings);
  const { counts, violations } = findings;
  return { passed: violations.length === 0, counts, violations, figures: figures(history) };
}
