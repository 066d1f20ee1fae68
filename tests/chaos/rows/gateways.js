// G: gateways.
import { connect } from "node:net";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

import { PlainLink } from "../clients/plain_link.js";
import { faultRefusals, killsAny, pausesAny } from "./processes.js";

const gateways = (lab) => lab.system.gateways;
const graceMs = 10_000; // The laboratory's --drain-delay and --drain-window, and what follows them.
const crowdSize = 40;
const memoryLimit = 256 * 2 ** 20;
const greedyClients = 80; // Each may have 4 MiB of answers waiting.
const fatText = "x".repeat(15_000);
const fatMessages = 70; // A page of history: 1 MiB.
const asks = 8;
const spareFiles = 3;
const floodSockets = 200;

/** The soft limit alone, so that it can be raised again. */
function limitFiles(pid, limit) {
  execFileSync("prlimit", ["--pid", String(pid), `--nofile=${limit}:`]);
}

const shed = (lab, reason) => lab.system.metric([lab.victim], "confab_gateway_shed_total", { reason });

/** Plain connections of the first gateway that hear no room by themselves. */
const connectCrowd = (lab, count, onDown = () => {}) =>
  Promise.all(
    Array.from({ length: count }, (_, i) =>
      PlainLink.open(lab.victim.url, lab.world.users[i % 3].token, {
        onEvent: (name, data) => name === "goaway" && lab.goaways?.push(data.reconnect_in_ms),
        onDown,
        rooms: "none",
      }),
    ),
  );

/** Asks for pages that nobody reads, until the gateway has cut off most of those who do. */
async function fillMemory(lab) {
  const room = lab.world.rooms[2].room;
  const [client] = lab.world.clients;
  for (let i = 0; i < fatMessages; i += 1) {
    client.send(room, { cmid: lab.random.uuid(), text: `${lab.random.uuid()} ${fatText}` });
    while (client.openCount > 20) await lab.pause(5);
  }
  while (client.openCount > 0) await lab.pause(5);
  const crowd = await connectCrowd(lab, greedyClients);
  for (const link of crowd) link.pause();
  for (let i = 0; i < asks; i += 1) {
    for (const link of crowd) {
      link.ask("history", { room, limit: 1000, raw: true }).catch(() => {});
      await lab.pause(10);
      lab.peak = Math.max(lab.peak, lab.victim.child.residentBytes());
    }
    const answer = await fetch(`${lab.victim.url}/socket.io/?EIO=4&transport=polling`);
    if (answer.status === 503 && answer.headers.get("retry-after")) lab.refused += 1;
  }
  return crowd;
}

/** Until a client is let in again; how many ms that took. */
async function untilLetIn(lab) {
  const begun = lab.now();
  while (lab.now() - begun < 20_000) {
    const link = await connectCrowd(lab, 1).catch(() => null);
    link?.[0].close();
    if (link) break;
    await lab.pause(200);
  }
  return Math.round(lab.now() - begun);
}

/** What its probes refuse with within the next two seconds. */
async function refusedProbes(lab, { admin }) {
  const refusals = [];
  for (let i = 0; i < 20; i += 1) {
    for (const page of ["/livez", "/readyz"]) {
      const answer = await fetch(`${admin}${page}`);
      if (!answer.ok) refusals.push(`${page} ${(await answer.text()).trim()}`);
    }
    await lab.pause(100);
  }
  return refusals;
}

const fileLimit = (pid) => /Max open files\s+(\d+)/.exec(readFileSync(`/proc/${pid}/limits`, "utf8"))[1];

export const gatewayRows = [
  {
    id: "G1",
    fault: "a gateway is killed, at any moment",
    tests: ["D1", "D2", "D5", "D6"],
    quick: true,
    ...killsAny(gateways),
  },
  {
    id: "G2",
    fault: `a gateway with ${crowdSize} more clients is told to end (SIGTERM)`,
    tests: ["D1", "D6", "D9"],
    hold: 500,
    inject: async (lab) => {
      lab.victim = lab.pick(gateways(lab));
      lab.goaways = [];
      lab.codes = [];
      await connectCrowd(lab, crowdSize, (code) => lab.codes.push(code));
      const begun = lab.now();
      lab.end = await lab.victim.child.stop();
      lab.notes.drain_ms = Math.round(lab.now() - begun);
      lab.fired = lab.goaways.length;
    },
    fires: crowdSize,
    heal: (lab) => lab.victim.child.start(),
    extra: async (lab) => [
      ...new Set(lab.codes.filter((code) => code !== 1012).map((code) => `a client was closed with ${code}`)),
      ...(lab.end.code === 0 ? [] : [`it ended with ${lab.end.signal ?? lab.end.code}, not with 0`]),
      ...(lab.notes.drain_ms < graceMs ? [] : [`it took ${lab.notes.drain_ms} ms`]),
      ...[...new Set(faultRefusals(lab).map(({ code }) => `a send was refused with ${code} because of the drain`))],
    ],
  },
  {
    id: "G3",
    fault: "a gateway stands still for 30 s",
    tests: ["D3", "D6", "D7"],
    ...pausesAny(gateways, 30_000),
    heal: async (lab) => {
      lab.victim.signal("SIGCONT");
      lab.refusals = await refusedProbes(lab, gateways(lab).find(({ child }) => child === lab.victim));
    },
    extra: async (lab) => [...new Set(lab.refusals)].map((why) => `after it stood still its probes said: ${why}`),
  },
  {
    id: "G4",
    fault: "a gateway is short of memory, because many clients ask for more than they read",
    tests: ["D6", "D10"],
    hold: 500,
    pace: 3,
    share: 0.1,
    isCalm: true,
    own: { gateway: { MEMORY_LIMIT: memoryLimit, LOOPS: 1 } },
    inject: async (lab) => {
      lab.victim = lab.system.gateways[0];
      Object.assign(lab, { peak: 0, refused: 0 });
      lab.crowd = await fillMemory(lab);
      lab.fired = await shed(lab, "slow");
    },
    heal: async (lab) => {
      for (const link of lab.crowd) link.kill();
      lab.notes.let_in_after_ms = await untilLetIn(lab);
    },
    extra: async (lab) => {
      lab.notes.peak_mib = Math.round(lab.peak / 2 ** 20);
      lab.notes.refused = lab.refused;
      return [
        ...(lab.peak < memoryLimit ? [] : [`it used ${lab.notes.peak_mib} MiB, more than its limit`]),
        ...(lab.refused > 0 ? [] : ["nobody was refused with a time to come back"]),
        ...(lab.victim.child.starts === 1 ? [] : ["it had to be started again"]),
        ...(lab.notes.let_in_after_ms < 20_000 ? [] : ["nobody was let in afterwards"]),
      ];
    },
  },
  {
    id: "G5",
    fault: "a gateway has no file descriptors left",
    tests: ["D10"],
    hold: 4000,
    needs: () => (process.getuid() === 0 ? null : "prlimit of another process needs root"),
    inject: async (lab) => {
      lab.victim = lab.system.gateways[0];
      const { pid } = lab.victim.child;
      lab.limit = fileLimit(pid);
      limitFiles(pid, readdirSync(`/proc/${pid}/fd`).length + spareFiles);
      lab.sockets = Array.from({ length: floodSockets }, () =>
        connect(lab.victim.port, "127.0.0.1").on("error", () => {}),
      );
      await lab.pause(500);
      lab.fired = readdirSync(`/proc/${pid}/fd`).length;
      lab.cpuBefore = lab.victim.child.cpuSeconds();
      lab.begun = lab.now();
    },
    heal: async (lab) => {
      const seconds = (lab.now() - lab.begun) / 1000;
      lab.cpuShare = (lab.victim.child.cpuSeconds() - lab.cpuBefore) / seconds;
      lab.adminAnswers = await fetch(`${lab.victim.admin}/livez`, { signal: AbortSignal.timeout(2000) }).then(
        ({ ok }) => ok,
        () => false,
      );
      for (const socket of lab.sockets) socket.destroy();
      limitFiles(lab.victim.child.pid, lab.limit);
    },
    extra: async (lab) => {
      lab.notes.cpu_share = Number(lab.cpuShare.toFixed(2));
      lab.notes.admin_answers = lab.adminAnswers;
      return [
        ...(lab.cpuShare < 0.6 ? [] : [`it used ${lab.notes.cpu_share} of a core while it could accept nobody`]),
        ...(lab.adminAnswers ? [] : ["its admin port did not answer"]),
      ];
    },
  },
];
