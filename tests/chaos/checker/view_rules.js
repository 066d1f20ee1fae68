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

/** DIVERGENT, DELIVERED_NOT_STORED: each event seen is that of the final log. */
export function checkSeen(history, findings) {
  for (const { client, room, events } of history.views) {
    const forgiven = history.mayLose[room] === undefined ? -1 : events.findLastIndex(({ kind }) => kind === "reset");
    const placed = history.placed.get(room);
    events.forEach((event, i) => {
      if (event.kind !== "dlv" || i < forgiven) return;
      const entry = placed.get(place(event));
      if (!entry) {
        findings.add("DELIVERED_NOT_STORED", client, at(room, event), `saw ${event.msg_id}, and the log has nothing there`);
        return;
      }
      const differs = ["msg_id", "type", "cmid", "hash"].filter((field) => (event[field] ?? null) !== (entry[field] ?? null));
      if (differs.length > 0) {
        findings.add("DIVERGENT", client, at(room, event), `saw another ${differs.join(", ")} than the log has there`);
      }
    });
  }
}

/** AFTER_LEAVE: what came while the user was out is not seen before they enter again. */
export function checkLeaves(history, findings) {
  for (const { client, user, room, events } of history.views) {
    const stays = history.stays(room, user);
    const joins = history.joins.get(`${room} ${user}`) ?? [];
    for (const event of events) {
      if (event.kind !== "dlv") continue;
      const before = lastBefore(stays, event.seq);
      if (before && event.seq <= before.to) continue;
      const left = before ? `after the user had left with ${before.to}` : "before the user had entered";
      const later = stays[stays.indexOf(before) + 1];
      if (later && joins.some((join) => join.t <= event.t && join.t > (leftAt(events, before) ?? -Infinity))) continue;
      findings.add("AFTER_LEAVE", client, at(room, event), `was seen ${left}`);
    }
  }
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

function leftAt(events, stay) {
  return stay && events.find(({ kind, seq }) => kind === "dlv" && seq === stay.to)?.t;
}
