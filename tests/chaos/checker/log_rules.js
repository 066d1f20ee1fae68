// What the final log must be, by what was sent and acknowledged.
import { at, isRefused, place } from "./history.js";

/** LOST_ACKED, ACK_POS_MISMATCH, ACK_UNSTABLE */
export function checkAcks(history, findings) {
  for (const op of history.ops) {
    const [first, ...repeats] = op.oks;
    if (!first) continue;
    const entry = history.stored(op);
    if (!entry) {
      findings.add("LOST_ACKED", op.client, at(op.room, first), `${op.cmid} was acknowledged and is not in the log`);
    }
    if (entry && place(entry) !== place(first)) {
      findings.add("ACK_POS_MISMATCH", op.client, at(op.room, first), `${op.cmid} is stored at ${place(entry)}`);
    }
    for (const repeat of repeats) {
      if (place(repeat) === place(first) && repeat.msg_id === first.msg_id) continue;
      findings.add(
        "ACK_UNSTABLE",
        op.client,
        at(op.room, repeat),
        `the first ack of ${op.cmid} said ${place(first)} and ${first.msg_id}, this one ${repeat.msg_id}`,
      );
    }
  }
}

function checkOnce(truth, room, log, findings) {
  const places = new Map();
  const sends = new Map();
  for (const entry of log) {
    const before = places.get(place(entry));
    if (before) {
      findings.add("POS_REUSED", truth, at(room, entry), `has the entries ${before.msg_id} and ${entry.msg_id}`);
    }
    places.set(place(entry), entry);
    if (!entry.cmid) continue;
    const sent = `${entry.user} ${entry.cmid}`;
    if (sends.has(sent)) {
      findings.add("DUP_STORED", truth, at(room, entry), `${entry.cmid} is also stored at ${sends.get(sent)}`);
    }
    sends.set(sent, place(entry));
  }
}

/** DUP_STORED, POS_REUSED, HOLE */
export function checkPlaces(history, findings) {
  for (const [room, log] of history.log) {
    checkOnce(history.truth, room, log, findings);
    log.forEach((entry, i) => {
      const due = (log[i - 1]?.seq ?? 0) + 1;
      if (entry.seq > due)
        findings.add("HOLE", history.truth, at(room, entry), `the entry before it should be ${entry.seq - 1}, is ${due - 1}`);
    });
  }
  const acked = new Map();
  for (const op of history.ops) {
    for (const ok of op.oks) {
      const other = acked.get(at(op.room, ok));
      if (other && other !== op.cmid) {
        findings.add("POS_REUSED", op.client, at(op.room, ok), `was acknowledged for ${other} and for ${op.cmid}`);
      }
      acked.set(at(op.room, ok), op.cmid);
    }
  }
}

/** PHANTOM, CORRUPT, ABORTED_BUT_STORED */
export function checkContents(history, findings) {
  const sent = new Map(history.ops.map((op) => [`${op.room} ${op.cmid}`, op]));
  for (const [room, log] of history.log) {
    for (const entry of log) {
      if (entry.type !== "message") continue;
      const op = sent.get(`${room} ${entry.cmid}`);
      if (!op || op.user !== entry.user) {
        findings.add("PHANTOM", history.truth, at(room, entry), `nobody sent ${entry.cmid} as ${entry.user}`);
      } else if (op.hash !== entry.hash) {
        findings.add("CORRUPT", history.truth, at(room, entry), `the content of ${entry.cmid} is not what was sent`);
      } else if (isRefused(op)) {
        const [{ code }] = op.nacks;
        findings.add("ABORTED_BUT_STORED", op.client, at(room, entry), `${entry.cmid} was refused with ${code}`);
      }
    }
  }
}

/** DIVERGENT, of what gateways answer: row by row what PostgreSQL has. */
export function checkSources(history, findings) {
  for (const [source, rooms] of Object.entries(history.logs)) {
    if (source === history.truth) continue;
    for (const [room, log] of Object.entries(rooms)) compareLogs(source, room, log, history.log.get(room), findings);
  }
}

function compareLogs(source, room, log, stored, findings) {
  if (log.length !== stored.length) {
    findings.add("DIVERGENT", source, room, `its history has ${log.length} entries, the log ${stored.length}`);
  }
  for (let i = 0; i < Math.min(log.length, stored.length); i += 1) {
    const differs = ["epoch", "seq", "msg_id", "type", "cmid", "hash", "user"].filter(
      (field) => (log[i][field] ?? null) !== (stored[i][field] ?? null),
    );
    if (differs.length === 0) continue;
    findings.add(
      "DIVERGENT",
      source,
      at(room, stored[i]),
      `its history differs from the log in ${differs.join(", ")}`,
    );
  }
}
