// One row of the fault matrix: clients talk, the fault comes and goes, all settles, the checker judges.
import { setTimeout as pause } from "node:timers/promises";

import { check } from "../checker/check.js";
import { Recorder } from "../clients/recorder.js";
import { readLogs } from "./final_logs.js";
import { Generator } from "./generator.js";
import { World } from "./world.js";

const warmMs = 1500;
const coolMs = 1500;
const settleMs = 30_000; // Until it counts as not converged.
const staleMs = 5000;
const goneMs = 20_000; // Beyond a heartbeat and its answer.
/** Least of a second of a run, times the row's share, to mean anything: a third of what is usual. */
const least = { oksPerSecond: 10, deliveriesPerSecond: 40 };

/** What a row works with. */
class Lab {
  fired = 0;
  windows = [];
  notes = {};

  constructor(fields) {
    Object.assign(this, fields);
  }

  pause(ms) {
    return pause(ms);
  }

  now() {
    return this.recorder.now();
  }

  /** Any of the list, by the seed. */
  pick(list) {
    return this.random.pick(list);
  }

  /** Events of a kind recorded in the last window. */
  during(kind) {
    const { from, to } = this.windows.at(-1);
    return this.recorder.events.filter((event) => event.kind === kind && event.t >= from && event.t <= to);
  }
}

const openNames = ["confab_gateway_open_sessions", "confab_gateway_plain_connections"];

const gatewayCounts = [
  "gaps_found",
  "forks_found",
  "log_reads_failed",
  "slow_readers",
  "feed_payloads_refused",
  "task_failures",
];

/** By gateway: how often it was started, and its page. */
async function counts(system) {
  return Promise.all(
    system.gateways.map(async (gateway) => ({ starts: gateway.child.starts, page: await gateway.metrics() })),
  );
}

/** What gateways counted meanwhile; one that was started anew counts from 0. */
function grown(before, after) {
  return Object.fromEntries(
    gatewayCounts.map((name) => {
      const metric = `confab_gateway_${name}_total`;
      const sums = after.map(
        ({ starts, page }, i) => page.sum(metric) - (starts === before[i].starts ? before[i].page.sum(metric) : 0),
      );
      return [name, sums.reduce((sum, one) => sum + one, 0)];
    }),
  );
}

async function faults(row, lab) {
  for (let round = 0; round < (row.rounds ?? 1); round += 1) {
    const window = { from: lab.now(), to: Infinity };
    lab.windows.push(window);
    await row.inject(lab);
    await pause(row.hold ?? 1000);
    await row.heal?.(lab);
    window.to = lab.now();
    await pause(coolMs);
  }
}

async function settle(world) {
  const deadline = performance.now() + settleMs;
  while (performance.now() < deadline) {
    if (await world.isSettled()) return;
    await pause(100);
  }
}

function crashes(system) {
  return [system.postgres, system.redis, ...system.services].flatMap(({ child }) =>
    child.crashes
      .splice(0)
      .map(({ code, signal }) => `${child.name} ended by itself (${signal ?? code}):\n${child.lastLines(5)}`),
  );
}

/** Frames that are no JSON. */
const broken = ({ events }) =>
  events.filter(({ kind }) => kind === "broken").map(({ client, text }) => `${client} was sent ${text}`);

/** What the sanitizers of a program that has one have found. */
function reports(system) {
  return system.services.flatMap(({ child }) => child.reports().map((text) => `in ${child.name}:\n${text}`));
}

/** Whether gateways still hold connections after all clients have gone; cut ones cost a heartbeat. */
async function leftOpen({ gateways }) {
  const deadline = performance.now() + goneMs;
  for (;;) {
    const pages = await Promise.all(gateways.map((gateway) => gateway.metrics()));
    const open = pages.reduce((sum, page) => sum + openNames.reduce((all, name) => all + page.sum(name), 0), 0);
    if (open === 0) return [];
    if (performance.now() > deadline) return [`gateways still hold ${open} connections of clients that have gone`];
    await pause(100);
  }
}

/** Runs the row on the system: { id, seed, result, verdict, problems, fired, … }. */
export async function runRow(row, { system, random, options = {}, label = row.id }) {
  const recorder = new Recorder();
  const world = await World.make({ system, recorder, random, label });
  const lab = new Lab({ system, world, recorder, options, random: random.fork("nemesis") });
  const generator = new Generator(world, row);
  const before = await counts(system);
  const begun = lab.now();
  try {
    await row.prepare?.(lab);
    await world.connect();
    generator.start();
    await pause(warmMs);
    await faults(row, lab);
    const talkedMs = lab.now() - begun;
    generator.stop();
    const stopped = lab.now();
    await settle(world);
    lab.notes.settle_ms = Math.round(lab.now() - stopped);
    const problems = [...((await row.extra?.(lab)) ?? []), ...crashes(system), ...reports(system), ...broken(recorder)];
    const history = await toHistory(row, lab, talkedMs);
    world.close();
    problems.push(...(await leftOpen(system)));
    return await outcome(row, lab, { history, problems, before });
  } finally {
    generator.stop();
    world.close();
    await row.cleanUp?.(lab);
  }
}

async function toHistory(row, lab, talkedMs) {
  const end = lab.now();
  const seconds = (talkedMs / 1000) * (row.share ?? 0.3);
  return {
    rooms: lab.world.rooms,
    events: lab.recorder.events.filter(({ t }) => t <= end),
    end,
    logs: await readLogs(lab.system, lab.world),
    windows: row.isTimely ? [] : lab.windows,
    bounds: { stale: staleMs },
    expect: {
      oks: Math.floor(least.oksPerSecond * seconds),
      deliveries: Math.floor(least.deliveriesPerSecond * seconds),
      fired: row.fires ?? 1,
    },
    fired: lab.fired,
    failover: lab.failover,
  };
}

async function outcome(row, lab, { history, problems, before }) {
  const verdict = check(history);
  const gateways = grown(before, await counts(lab.system));
  if (gateways.task_failures > 0) problems.push(`${gateways.task_failures} unforeseen exceptions in gateways`);
  const passed = verdict.passed && problems.length === 0;
  return {
    id: row.id,
    fault: row.fault,
    seed: lab.random.seed.split("/")[0],
    result: passed ? "passed" : "FAILED",
    fired: lab.fired,
    problems,
    gateways,
    notes: lab.notes,
    verdict,
    history: passed ? undefined : history,
  };
}
