// What must be so once all has settled, how soon, and whether the run was worth anything.
import { at, place } from "./history.js";

/** NOT_CONVERGED */
export function checkConverged(history, findings) {
  const views = new Map(history.views.map((view) => [`${view.client} ${view.room}`, view]));
  for (const { client, user } of history.events.filter(({ kind }) => kind === "client")) {
    for (const { room } of history.rooms) {
      if (history.isMemberAtEnd(room, user)) checkView(history, client, room, views.get(`${client} ${room}`), findings);
    }
  }
  for (const op of history.ops) {
    if (op.oks.length > 0 || op.isVoid || op.nacks.some(({ final }) => final)) continue;
    findings.add("NOT_CONVERGED", op.client, op.room, `${op.cmid} never got an answer that settled it`);
  }
}

function checkView(history, client, room, view, findings) {
  const head = history.head(room);
  const events = view?.events.filter(({ kind }) => kind !== "live") ?? [];
  const last = events.at(-1);
  if (!last || last.kind === "out") {
    findings.add("NOT_CONVERGED", client, at(room, head), "a member that does not hear the room at the end");
  } else if (place(last) !== place(head)) {
    findings.add("NOT_CONVERGED", client, at(room, head), `its view ends at ${place(last)}`);
  }
}

/**
 * What was seen and when: [{ view, event, late, afterHeal }], in ms. `late` counts from the ack, the
 * end of a fault or the client's catching up, whichever was last; it is absent where the client was
 * not connected. `afterHeal` counts from the end of the fault alone, where one was.
 */
export function* delays(history) {
  const acked = new Map();
  for (const op of history.ops) {
    if (op.oks.length > 0) acked.set(`${op.room} ${op.cmid}`, op.oks[0].t);
  }
  const windows = [...history.windows].sort((a, b) => a.from - b.from);
  for (const view of history.views) {
    const breaks = history.breaks.get(view.client) ?? [];
    let nextBreak = 0;
    let liveSince = null;
    for (const event of view.events) {
      for (; nextBreak < breaks.length && breaks[nextBreak].t <= event.t; nextBreak += 1) liveSince = null;
      if (event.kind === "from" || event.kind === "reset" || event.kind === "out") liveSince = null;
      if (event.kind === "live") liveSince = event.t;
      if (event.kind !== "dlv" || !acked.has(`${view.room} ${event.cmid}`)) continue;
      yield { view, event, ...delay(acked.get(`${view.room} ${event.cmid}`), event.t, liveSince, windows) };
    }
  }
}

function delay(ackedAt, seenAt, liveSince, windows) {
  const healed = windows.filter(({ from, to }) => from <= seenAt && to >= ackedAt).map(({ to }) => to);
  const since = Math.max(ackedAt, ...healed);
  return {
    late: liveSince === null ? undefined : Math.max(0, seenAt - Math.max(since, liveSince)),
    afterHeal: healed.length > 0 ? Math.max(0, seenAt - since) : undefined,
  };
}

/** STALE */
export function checkStale(history, findings) {
  for (const { view, event, late } of delays(history)) {
    if (late === undefined || late <= history.bounds.stale) continue;
    findings.add(
      "STALE",
      view.client,
      at(view.room, event),
      `was seen ${Math.round(late)} ms after it could have been`,
    );
  }
}

/** VACUOUS */
export function checkWorth(history, findings) {
  const oks = history.events.filter(({ kind }) => kind === "ok").length;
  const deliveries = history.events.filter(({ kind }) => kind === "dlv").length;
  for (const [what, found] of Object.entries({ oks, deliveries, fired: history.fired ?? 0 })) {
    const least = history.expect[what] ?? 0;
    if (found < least)
      findings.add("VACUOUS", "run", what, `${found}, and at least ${least} are needed to mean anything`);
  }
}
