// P: one PostgreSQL.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { runAsServer } from "../lab/postgres.js";
import { isStopped } from "./processes.js";

const diskSize = "160m";

/** Data on a small disk of its own, in memory; WAL elsewhere. */
async function onSmallDisk(system) {
  const disk = join(system.folder, "disk");
  mkdirSync(disk);
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${diskSize},mode=0777`, "confab-chaos", disk]);
  system.onStop(async () => execFileSync("umount", ["-l", disk]));
  system.disk = disk;
  return { data: join(disk, "postgres"), waldir: join(system.data, "wal") };
}

function canMount() {
  if (process.getuid() !== 0) return "mounting a tmpfs needs root";
  try {
    execFileSync("unshare", ["-m", "mount", "-t", "tmpfs", "none", "/mnt"], { stdio: "ignore" });
    return null;
  } catch {
    return "this machine lets nobody mount a tmpfs";
  }
}

/** Takes all connections that are left to the services' role. */
async function takeConnections(lab) {
  lab.taken = [];
  for (;;) {
    try {
      lab.taken.push(await lab.system.postgres.session("confab"));
    } catch {
      return;
    }
  }
}

export const postgresRows = [
  {
    id: "P1",
    fault: "PostgreSQL ends at once and starts again",
    tests: ["D1", "D2", "D9"],
    quick: true,
    hold: 1500,
    inject: async (lab) => {
      await lab.system.postgres.stopAtOnce();
      if (!lab.system.postgres.child.isRunning) lab.fired = 1;
    },
    heal: (lab) => lab.system.postgres.child.start(),
  },
  {
    id: "P2",
    fault: "PostgreSQL stands still",
    tests: ["D1", "D2", "D9"],
    hold: 8000,
    inject: async (lab) => {
      lab.system.postgres.signalAll("SIGSTOP");
      await lab.pause(50);
      if (isStopped(lab.system.postgres.child.pid)) lab.fired = 1;
    },
    heal: async (lab) => lab.system.postgres.signalAll("SIGCONT"),
  },
  {
    id: "P3",
    fault: "PostgreSQL's disk is full",
    tests: ["D1", "D9", "D10"],
    hold: 4000,
    needs: canMount,
    own: { postgres: onSmallDisk },
    inject: async (lab) => {
      lab.ballast = join(lab.system.disk, "ballast");
      await runAsServer("dd", "if=/dev/zero", `of=${lab.ballast}`, "bs=1M").catch(() => {}); // Until it is full.
    },
    heal: async (lab) => {
      lab.fired = readFileSync(lab.system.postgres.child.log, "utf8").match(/No space left on device/g)?.length ?? 0;
      lab.readable = await lab.system.chat("SELECT count(*) FROM chat.entries").then(
        () => true,
        () => false,
      );
      execFileSync("rm", [lab.ballast]);
    },
    extra: async (lab) => (lab.readable ? [] : ["nothing could be read meanwhile"]),
  },
  {
    id: "P7",
    fault: "connections are ended in the middle of transactions, and none are left",
    tests: ["D1", "D2"],
    hold: 2500,
    fires: 5,
    inject: async (lab) => {
      const end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'confab'";
      for (let i = 0; i < 8; i += 1) {
        lab.fired += (await lab.system.postgres.query(end)).length;
        await lab.pause(100 + lab.random.below(300));
      }
      lab.system.legs(/-postgres$/).forEach((leg) => leg.refuse());
      await takeConnections(lab);
      lab.system.legs(/-postgres$/).forEach((leg) => leg.heal());
      lab.notes.connections_taken = lab.taken.length;
    },
    heal: async (lab) => {
      await Promise.all(lab.taken.map((session) => session.end()));
    },
  },
  {
    id: "P8",
    fault: "a migration holds the log's table locked",
    tests: ["D1", "D9", "D10"],
    hold: 8000,
    inject: async (lab) => {
      lab.before = lab.system.stores.map(({ child }) => child.residentBytes());
      lab.session = await lab.system.postgres.session("confab");
      await lab.session.query("BEGIN; LOCK TABLE chat.entries IN ACCESS EXCLUSIVE MODE");
      lab.fired = 1;
    },
    heal: async (lab) => {
      lab.grown = lab.system.stores.map(({ child }, i) => child.residentBytes() - lab.before[i]);
      await lab.session.end();
    },
    extra: async (lab) =>
      lab.grown.filter((bytes) => bytes > 64 * 2 ** 20).map((bytes) => `a message-store grew by ${bytes} bytes`),
  },
];
