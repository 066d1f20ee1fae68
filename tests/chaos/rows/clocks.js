// T: time.
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { isStopped } from "./processes.js";

/** In the folder of the machine's architecture. */
const library = readdirSync("/usr/lib")
  .map((folder) => join("/usr/lib", folder, "faketime/libfaketime.so.1"))
  .find((path) => existsSync(path));

const halfAnHourMs = 1_800_000;

/** The time of the last line it has logged, by its own clock, in ms since 1970. */
const loggedAt = (child) => Date.parse(JSON.parse(child.lastLines(1)).ts);

export const clockRows = [
  {
    id: "T1",
    fault: "the clock of a message-store jumps by an hour, both ways",
    tests: ["D4", "D5"],
    hold: 2500,
    rounds: 2,
    fires: 2,
    needs: () => (library ? null : "there is no libfaketime (Debian's package faketime)"),
    inject: async (lab) => {
      lab.folder ??= mkdtempSync(join(tmpdir(), "confab-clock-"));
      lab.clock = join(lab.folder, "offset");
      const { child } = lab.system.stores[lab.fired % 2];
      lab.victim = child;
      writeFileSync(lab.clock, "+1h");
      await child.kill();
      const { env } = child;
      child.env = {
        ...env,
        LD_PRELOAD: library,
        FAKETIME_TIMESTAMP_FILE: lab.clock,
        FAKETIME_NO_CACHE: "1",
        DONT_FAKE_MONOTONIC: "1",
      };
      await child.start();
      child.env = env;
      if (loggedAt(child) - Date.now() > halfAnHourMs) lab.fired += 1;
      await lab.pause(1500);
      writeFileSync(lab.clock, "-1h");
    },
    heal: async (lab) => {
      await lab.victim.kill();
      await lab.victim.start();
    },
    cleanUp: async (lab) => lab.folder && rmSync(lab.folder, { recursive: true }),
  },
  {
    id: "T2",
    fault: "the machine is suspended for 4 s",
    tests: ["D6", "D7"],
    hold: 4000,
    isCalm: true,
    inject: async (lab) => {
      const children = [lab.system.redis, ...lab.system.services].map(({ child }) => child);
      for (const child of children) child.signal("SIGSTOP");
      lab.system.postgres.signalAll("SIGSTOP");
      await lab.pause(20);
      if (children.every(({ pid }) => isStopped(pid))) lab.fired = 1;
    },
    heal: async (lab) => {
      lab.system.postgres.signalAll("SIGCONT");
      for (const { child } of [lab.system.redis, ...lab.system.services]) child.signal("SIGCONT");
    },
    extra: async (lab) =>
      lab.recorder.events
        .filter(({ kind }) => kind === "down")
        .map(({ client, why }) => `the connection of ${client} broke: ${why}`),
  },
];
