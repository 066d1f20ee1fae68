// F: processes that die, stand still or fail at each step of a message (common/base/failpoint.hpp).
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { isStopped } from "./processes.js";

const steps = {
  gateways: ["frame_read", "admitted", "sent_to_store", "ack_queued", "ack_written"],
  stores: ["queued", "before_commit", "in_commit", "committed", "published", "answered"],
};
const errors = {
  gateways: "sent_to_store=error/60,ack_written=error/300",
  stores: "before_commit=error/20,committed=error/25,published=error/10",
};
const crashesAtEach = 20;
const stopsAtEach = 4;
const patienceMs = 40_000; // For one step.
const hangPatienceMs = 30_000; // For a probe to find that a loop hangs.

/** Why this machine cannot do it, or null. */
function needs({ bin }) {
  const built = ["gateway", "message-store"].every((kind) => existsSync(join(bin, "failpoints", `confab-${kind}`)));
  return built ? null : "the programs with failpoints are not built (./dev chaos without --bin does)";
}

const row = {
  needs,
  own: { failpoints: true },
  isSlow: true,
  hold: 0,
  share: 0.1,
  heal: async (lab) => {
    for (const { child } of [...lab.system.gateways, ...lab.system.stores]) await arm(child, "");
  },
};

/** Starts it anew so that it does that; "": nothing. */
async function arm(child, orders) {
  if (child.isRunning && (child.orders ?? "") === orders) return;
  await child.kill();
  const { CONFAB_FAILPOINTS: before, ...env } = child.env;
  child.env = orders ? { ...env, CONFAB_FAILPOINTS: orders } : env;
  child.orders = orders;
  child.spawn();
  if (orders) child.process.isAskedToEnd = true; // Its end is no crash that nobody asked for.
  // It may reach the step before it is ready.
  await child.ready().catch((error) => {
    if (child.isRunning) throw error;
  });
}

/** Lets any of the services die at the step, again and again; how often it did. */
async function crashAt(lab, services, step) {
  const end = lab.now() + patienceMs;
  let hits = 0;
  while (hits < crashesAtEach && lab.now() < end) {
    const ends = [];
    for (const { child } of services) {
      await arm(child, `${step}=crash@${1 + lab.random.below(20)}`);
      ends.push(child.ended);
    }
    const ended = await Promise.race([...ends, lab.pause(2000)]);
    await lab.pause(5);
    hits += services.filter(({ child }) => !child.isRunning).length;
    if (ended && ended.signal !== "SIGKILL") throw new Error(`it ended with ${ended.signal ?? ended.code} at ${step}`);
  }
  return hits;
}

/** Lets them stand still at the step for a moment, again and again; how often they did. */
async function stopAt(lab, services, step) {
  const end = lab.now() + patienceMs;
  let hits = 0;
  for (const { child } of services) await arm(child, `${step}=stop/15`);
  while (hits < stopsAtEach && lab.now() < end) {
    await lab.pause(50);
    for (const { child } of services) {
      if (!isStopped(child.pid)) continue;
      hits += 1;
      await lab.pause(200 + lab.random.below(1500));
      child.signal("SIGCONT");
    }
  }
  for (const { child } of services) child.signal("SIGCONT");
  return hits;
}

/** Does that at each step of `kinds`; a step that is not reached often enough is told of. */
const atEach = (kinds, act, least) => ({
  inject: async (lab) => {
    lab.hits = {};
    for (const kind of kinds) {
      for (const step of steps[kind]) {
        lab.hits[step] = await act(lab, lab.system[kind], step);
        lab.fired += lab.hits[step];
      }
      for (const { child } of lab.system[kind]) await arm(child, "");
    }
    lab.notes.hits = lab.hits;
  },
  extra: async (lab) =>
    Object.entries(lab.hits)
      .filter(([, hits]) => hits < least)
      .map(([step, hits]) => `the step ${step} was reached ${hits} times, and ${least} are needed`),
});

/** For how many ms until the page answers 503, and with what. */
async function untilRefused(lab, { admin }, page) {
  const begun = lab.now();
  while (lab.now() - begun < hangPatienceMs) {
    const answer = await fetch(`${admin}${page}`);
    if (answer.status === 503) return { ms: Math.round(lab.now() - begun), why: (await answer.text()).trim() };
    await lab.pause(100);
  }
  return null;
}

const told = ({ child }) => readFileSync(child.log, "utf8").match(/^failpoint \w+$/gm)?.length ?? 0;

export const failpointRows = [
  {
    id: "F1",
    fault: "a gateway is killed at each step of a message",
    tests: ["D1", "D2", "D5", "D6"],
    ...row,
    ...atEach(["gateways"], crashAt, crashesAtEach),
  },
  {
    id: "F2",
    fault: "a message-store is killed at each step of a message",
    tests: ["D1", "D2", "D5", "D9"],
    ...row,
    ...atEach(["stores"], crashAt, crashesAtEach),
  },
  {
    id: "F3",
    fault: "gateways and message-stores stand still at each step of a message",
    tests: ["D1", "D2", "D5", "D6"],
    ...row,
    ...atEach(["gateways", "stores"], stopAt, stopsAtEach),
  },
  {
    id: "F4",
    fault: "steps of a message fail: transactions, answers of commits, publishing, streams, connections",
    tests: ["D1", "D2", "D5", "D6", "D9"],
    ...row,
    isSlow: false,
    hold: 10_000,
    fires: 50,
    inject: async (lab) => {
      for (const kind of ["stores", "gateways"]) {
        for (const { child } of lab.system[kind]) await arm(child, errors[kind]);
      }
    },
    heal: async (lab) => {
      for (const service of [...lab.system.gateways, ...lab.system.stores]) lab.fired += told(service);
      await row.heal(lab);
    },
  },
  {
    id: "F5",
    fault: "an event loop of a gateway hangs, and its orchestrator restarts it for what /livez says",
    tests: ["D1", "D2", "D6"],
    ...row,
    isSlow: false,
    share: 0.3,
    inject: async (lab) => {
      lab.victim = lab.system.gateways[0];
      await arm(lab.victim.child, "frame_read=hang@30");
      lab.unready = await untilRefused(lab, lab.victim, "/readyz");
      lab.unalive = await untilRefused(lab, lab.victim, "/livez");
      lab.fired = told(lab.victim);
    },
    extra: async (lab) => {
      lab.notes.unready_after_ms = lab.unready?.ms;
      lab.notes.unalive_ms_later = lab.unalive?.ms;
      const says = ({ why } = {}) => /^event loop \d+ does not turn, for \d+ s$/.test(why ?? "");
      return [
        ...(says(lab.unready) ? [] : [`/readyz said ${lab.unready?.why ?? "that it may get traffic"}`]),
        ...(says(lab.unalive) ? [] : [`/livez said ${lab.unalive?.why ?? "that it works"}`]),
      ];
    },
  },
];
