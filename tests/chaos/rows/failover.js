// P: two PostgreSQL servers.
import { readHeads } from "../lab/final_logs.js";
import { failOver, makeSynchronous, startStandby, streaming } from "../lab/standby.js";

const lagMs = 1500;

async function waiting(lab) {
  const [{ count }] = await lab.system.postgres.query(
    "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'",
  );
  return Number(count);
}

/** The acks between two times. */
const acks = (lab, from, to) =>
  lab.recorder.events.filter(({ kind, t }) => kind === "ok" && t >= from && t <= to).length;

export const failoverRows = [
  {
    id: "P4",
    fault: "PostgreSQL fails over to an asynchronous standby that was behind",
    tests: ["D1", "D6"],
    hold: 2000,
    own: {},
    // Who is offline meanwhile is told nothing (docs/decisions/0006), and an acknowledged leave may be lost.
    isCalm: true,
    keepsMembers: true,
    prepare: async (lab) => {
      lab.standby = await startStandby(lab.system);
      await streaming(lab.system, lab, "async");
    },
    inject: async (lab) => {
      const { system } = lab;
      lab.standby.leg.blackhole();
      await lab.pause(lagMs);
      const before = await readHeads(system, lab.world);
      await system.postgres.kill();
      const kept = await readHeads(
        { chat: (sql, values) => lab.standby.postgres.query(sql, { database: "confab", values }) },
        lab.world,
      );
      lab.failover = {
        at: lab.now(),
        kept: Object.fromEntries(Object.entries(kept).map(([room, { seq }]) => [room, seq])),
      };
      lab.fired = Object.keys(kept).reduce((sum, room) => sum + before[room].seq - kept[room].seq, 0);
      lab.notes.entries_lost = lab.fired;
      await failOver(system, lab.standby);
    },
    extra: async (lab) => (lab.recorder.count("reset") > 0 ? [] : ["nobody was told to reset"]),
  },
  {
    id: "P5",
    fault: "PostgreSQL fails over to a synchronous standby",
    tests: ["D1", "D2"],
    hold: 2000,
    own: {},
    prepare: async (lab) => {
      lab.standby = await startStandby(lab.system);
      await makeSynchronous(lab.system, lab);
    },
    // With commits that wait for the standby in vain, and waits that are cancelled: none may be acknowledged.
    inject: async (lab) => {
      const { system } = lab;
      lab.standby.leg.blackhole();
      await lab.pause(1000);
      lab.fired = await waiting(lab);
      await system.postgres.query("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'");
      await lab.pause(500);
      await system.postgres.kill();
      lab.failover = { at: lab.now() }; // No ack may be lost.
      await failOver(system, lab.standby);
    },
  },
  {
    id: "P6",
    fault: "the synchronous standby is gone",
    tests: ["D1", "D9"],
    hold: 8000,
    own: {},
    prepare: async (lab) => {
      lab.standby = await startStandby(lab.system);
      await makeSynchronous(lab.system, lab);
    },
    inject: async (lab) => {
      await lab.standby.postgres.kill();
      await lab.pause(500);
      lab.since = lab.now();
      await lab.pause(2000);
      lab.fired = await waiting(lab);
      await lab.system.postgres.query(
        "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'",
      );
    },
    heal: async (lab) => {
      lab.falseAcks = acks(lab, lab.since, lab.now());
      await lab.standby.postgres.child.start();
    },
    extra: async (lab) => (lab.falseAcks === 0 ? [] : [`${lab.falseAcks} sends were acknowledged that no standby had`]),
  },
];
