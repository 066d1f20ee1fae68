// In which order sends must be in the log.
import { at, isAfter, place } from "./history.js";

/** REALTIME_ORDER: by time, what was sent after an ack has the larger place. */
export function checkRealTime(history, findings) {
  const stored = history.ops.map((op) => ({ ...op, entry: history.stored(op) })).filter(({ entry }) => entry);
  for (const [room, ops] of byRoom(stored)) {
    const sends = [...ops].sort((a, b) => a.t - b.t);
    const acks = ops.flatMap((op) => op.oks.slice(0, 1)).sort((a, b) => a.t - b.t);
    let highest = null;
    let next = 0;
    for (const send of sends) {
      for (; next < acks.length && acks[next].t < send.t; next += 1) {
        if (!highest || isAfter(acks[next], highest)) highest = acks[next];
      }
      if (!highest || highest.cmid === send.cmid || isAfter(send.entry, highest)) continue;
      findings.add(
        "REALTIME_ORDER",
        send.client,
        at(room, send.entry),
        `${send.cmid} was sent after ${highest.cmid} had been acknowledged at ${place(highest)}`,
      );
    }
  }
}

function byRoom(ops) {
  const rooms = new Map();
  for (const op of ops) {
    if (!rooms.has(op.room)) rooms.set(op.room, []);
    rooms.get(op.room).push(op);
  }
  return rooms;
}

/**
 * FIFO. A send has the rank of its first attempt, however often it is sent again after a break: that
 * is done in order. Only in a room where somebody was told to try again may a send have come in by any
 * of its attempts: the earlier ones may have been refused, with answers that were lost, while what
 * followed them on the same connection was not.
 */
export function checkFifo(history, findings) {
  const clients = new Map();
  for (const op of history.ops) {
    const entry = history.stored(op);
    if (!entry || op.isVoid || isGivenUp(op)) continue; // A void one may be stored again, late, by a repeat.
    const key = `${op.client} ${op.room}`;
    if (!clients.has(key)) clients.set(key, []);
    clients.get(key).push({ op, entry });
  }
  for (const sends of clients.values()) {
    sends.sort((a, b) => (isAfter(a.entry, b.entry) ? 1 : -1));
    let last = -Infinity;
    let before = null;
    for (const { op, entry } of sends) {
      const rank = ranks(history, op).find((one) => one > last);
      if (rank === undefined) {
        findings.add(
          "FIFO",
          op.client,
          at(op.room, entry),
          `${op.cmid} was sent before ${before.cmid} and is stored after it`,
        );
        continue;
      }
      last = rank;
      before = op;
    }
  }
}

/**
 * Refused for good when it was sent again; an earlier attempt may still be under way, in a gateway that
 * stands still, and come in at any time.
 */
const isGivenUp = (op) => op.oks.length === 0 && op.nacks.some(({ final }) => final);

function ranks(history, op) {
  const keys = op.attempts.map(({ key }) => key).filter((key) => key !== undefined);
  return history.refusedRooms.has(op.room) ? keys : keys.slice(0, 1);
}
