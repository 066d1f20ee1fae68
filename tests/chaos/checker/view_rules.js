// What clients may see.
import { at, place } from "./history.js";

/** GAP_VISIBLE, DUP_VISIBLE, EPOCH_WITHOUT_RESET */
export function checkSteps(history, findings) {
  for (const { client, room, events } of history.views) {
    let last = null;
    for (const event of events) {
      if (event.kind === "from" || event.kind === "reset") last = { epoch: event.epoch, seq: event.seq };
      if (event.kind !== "dlv") continue;
      const step = event.seq - (last?.seq ?? 0);
      if (!last) findings.add("GAP_VISIBLE", client, at(room, event), "was seen before the view began");
      else if (event.epoch !== last.epoch) {
        findings.add("EPOCH_WITHOUT_RESET", client, at(room, event), `came after ${place(last)} without a reset`);
      } else if (step > 1) findings.add("GAP_VISIBLE", client, at(room, event), `came after ${place(last)}`);
      else if (step < 1) findings.add("DUP_VISIBLE", client, at(room, event), `came after ${place(last)}`);
      last = { epoch: event.epoch, seq: event.seq };
    }
  }
}

/** How much of a view a failover took back: all before the last reset, or the end of an earlier stay. */
function lastForgiven(history, events) {
  if (!history.failover) return -1;
  const reset = events.findLastIndex(({ kind, t }) => kind === "reset" && t > history.failover.at);
  const out = events.findLastIndex(({ kind, t }) => kind === "out" && t <= history.failover.at);
  return Math.max(reset, out);
}

/** DIVERGENT, DELIVERED_NOT_STORED: each event seen is that of the final log. */
export function checkSeen(history, findings) {
  for (const { client, room, events } of history.views) {
    const forgiven = lastForgiven(history, events);
    const placed = history.placed.get(room);
    events.forEach((event, i) => {
      if (event.kind !== "dlv" || i < forgiven) return;
      const entry = placed.get(place(event));
      if (!entry) {
        findings.add(
          "DELIVERED_NOT_STORED",
          client,
          at(room, event),
          `saw ${event.msg_id}, and the log has nothing there`,
        );
        return;
      }
      const differs = ["msg_id", "type", "cmid", "hash"].filter(
        (field) => (event[field] ?? null) !== (entry[field] ?? null),
      );
      if (differs.length > 0) {
        findings.add("DIVERGENT", client, at(room, event), `saw another ${differs.join(", ")} than the log has there`);
      }
    });
  }
}

/**
 * AFTER_LEAVE: what came while the user was out is not seen before they enter again; from then on they
 * may read it.
 */
export function checkLeaves(history, findings) {
  for (const { client, user, room, events } of history.views) {
    const stays = history.stays(room, user);
    for (const event of events.slice(lastForgiven(history, events) + 1)) {
      if (event.kind !== "dlv") continue;
      const before = lastBefore(stays, event.seq);
      if (before && event.seq <= before.to) continue;
      if (mayHaveEntered(history, room, user, stays.indexOf(before), event.t)) continue;
      const left = before ? `after the user had left with ${before.to}` : "before the user had entered";
      findings.add("AFTER_LEAVE", client, at(room, event), `was seen ${left}`);
    }
  }
}

/** Whether there was a stay after that one, and by then the user had asked for it. */
function mayHaveEntered(history, room, user, stay, t) {
  if (!history.stays(room, user)[stay + 1]) return false;
  // A stay is ended by a leave, so the leave of the stay of that index is not before the leave of that index.
  const key = `${room} ${user}`;
  const leftAt = history.leaves.get(key)?.[stay]?.t ?? -Infinity;
  return (history.joins.get(key) ?? []).some((join) => join.t > leftAt && join.t <= t);
}

/** The last stay that had begun by then. */
function lastBefore(stays, seq) {
  let [low, high] = [0, stays.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (stays[middle].from <= seq) low = middle + 1;
    else high = middle;
  }
  return stays[low - 1];
}
