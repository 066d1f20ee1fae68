// P9: a backup is restored, by the procedure of docs/operations.md.
import { join } from "node:path";

import { readHeads } from "../lab/final_logs.js";
import { Postgres } from "../lab/postgres.js";
import { signUp } from "../lab/rest.js";
import { baseBackup, replacePostgres } from "../lab/standby.js";

const lostMs = 2000; // What clients say after the backup.
const lostUsers = 40; // More than the ids that PostgreSQL notes ahead (SEQ_LOG_VALS).

/** A server on the backup, with all that it had when it was made. */
async function restored(system, data) {
  const postgres = await Postgres.make({ name: "restored", folder: system.data, logs: system.logs, data });
  system.onStop(() => postgres.kill());
  await postgres.child.start();
  return postgres;
}

/** Whom the backup does not have. */
async function signUpLost({ system, world }) {
  const ids = [];
  for (let i = 0; i < lostUsers; i += 1) {
    ids.push((await signUp(system.doors[0], `${world.owner.username}-lost-${i}`)).user.id);
  }
  return ids;
}

/** The places at which the view goes on from the reset that ended the old log; null without one. */
function resetAfter({ events }, at) {
  return events.find(({ kind, t, epoch }) => kind === "reset" && t > at && epoch > 1) ?? null;
}

/** Members that had seen what is gone, and were not told; by the recorder's events alone. */
function notTold(lab) {
  const { at, kept } = lab.failover;
  const views = new Map();
  for (const event of lab.recorder.events) {
    if (event.kind !== "dlv" && event.kind !== "reset") continue;
    const key = `${event.client} in ${event.room}`;
    if (!views.has(key)) views.set(key, { room: event.room, events: [] });
    views.get(key).events.push(event);
  }
  const saw = ({ room, events }) => events.some(({ kind, t, seq }) => kind === "dlv" && t <= at && seq > kept[room]);
  lab.notes.views_cut = [...views.values()].filter(saw).length;
  return [...views].filter(([, view]) => saw(view) && !resetAfter(view, at)).map(([key]) => key);
}

export const restoreRows = [
  {
    id: "P9",
    fault: "an older backup is restored",
    tests: ["D1", "D6"],
    hold: 2000,
    own: {},
    keepsMembers: true, // An acknowledged leave may be among what is lost.
    inject: async (lab) => {
      const { system } = lab;
      const data = await baseBackup(system, "restored", system.postgres.port);
      lab.lostUsers = await signUpLost(lab);
      await lab.pause(lostMs);
      await Promise.all(system.stores.map(({ child }) => child.stop()));
      const before = await readHeads(system, lab.world);
      await system.postgres.kill();
      replacePostgres(system, await restored(system, data));
      const kept = await readHeads(system, lab.world);
      lab.failover = {
        at: lab.now(),
        kept: Object.fromEntries(Object.entries(kept).map(([room, { seq }]) => [room, seq])),
      };
      lab.fired = Object.keys(kept).reduce((sum, room) => sum + before[room].seq - kept[room].seq, 0);
      lab.notes.entries_lost = lab.fired;
      await system.auth.run("skip-ids");
      await system.stores[0].run("bump-epoch", "--confirm");
      await Promise.all(system.stores.map(({ child }) => child.start()));
    },
    extra: async (lab) => {
      const heads = Object.values(await readHeads(lab.system, lab.world));
      const silent = notTold(lab);
      const { user } = await signUp(lab.system.doors[0], `${lab.world.owner.username}-next`);
      return [
        ...(lab.lostUsers.includes(user.id) ? ["a new user has the id of one who is forgotten"] : []),
        ...heads.filter(({ epoch }) => epoch === 1).map(() => "a room is still in the old epoch"),
        ...(lab.notes.views_cut > 0 ? [] : ["nobody had seen what was lost"]),
        ...silent.map((view) => `${view} saw entries that are gone, and was not told to reset`),
      ];
    },
  },
];
