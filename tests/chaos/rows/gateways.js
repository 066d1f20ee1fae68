// G: gateways.
import { connect } from "node:net";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

import { faultRefusals, killsAny, pausesAny } from "./processes.js";

const gateways = (lab) => lab.system.gateways;
const graceMs = 10_000; // --drain and what follows it.
const spareFiles = 3;
const floodSockets = 200;

/** The soft limit alone, so that it can be raised again. */
function limitFiles(pid, limit) {
  execFileSync("prlimit", ["--pid", String(pid), `--nofile=${limit}:`]);
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
    fault: "a gateway is told to end (SIGTERM)",
    tests: ["D1", "D6", "D9"],
    hold: 500,
    inject: async (lab) => {
      lab.victim = lab.pick(gateways(lab)).child;
      const begun = lab.now();
      lab.end = await lab.victim.stop();
      lab.notes.drain_ms = Math.round(lab.now() - begun);
      lab.fired = 1;
    },
    heal: (lab) => lab.victim.start(),
    extra: async (lab) => [
      ...(lab.end.code === 0 ? [] : [`it ended with ${lab.end.signal ?? lab.end.code}, not with 0`]),
      ...(lab.notes.drain_ms < graceMs ? [] : [`it took ${lab.notes.drain_ms} ms`]),
      ...[...new Set(faultRefusals(lab).map(({ code }) => `a send was refused with ${code} because of the drain`))],
    ],
  },
  { id: "G3", fault: "a gateway stands still for 30 s", tests: ["D3", "D6", "D7"], ...pausesAny(gateways, 30_000) },
  { id: "G4", fault: "a gateway is short of memory", tests: ["D10"], notBuilt: "memory watermarks" },
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
