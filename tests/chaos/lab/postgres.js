// A PostgreSQL of the laboratory.
import { execFile } from "node:child_process";
import { existsSync, readdirSync, readlinkSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";

import pg from "pg";

import { Child, serverUser } from "./child.js";
import { freePort } from "./ports.js";

const asServer =
  process.getuid() === 0
    ? ["setpriv", `--reuid=${serverUser}`, `--regid=${serverUser}`, "--init-groups", "--"]
    : ["env"];

export const postgresBin = () => {
  const [newest] = readdirSync("/usr/lib/postgresql").sort((a, b) => b - a);
  return `/usr/lib/postgresql/${newest}/bin`;
};

/** Runs a program as the user who may touch the servers' files. */
export async function runAsServer(program, ...args) {
  const [first, ...rest] = [...asServer, program, ...args];
  return promisify(execFile)(first, rest, { cwd: "/", maxBuffer: 2 ** 28 });
}

export class Postgres {
  /** `folder` belongs to the server user; the data is in `data`, or in a folder in it. */
  static async make({ name = "postgres", folder, logs, settings = [], waldir, data = join(folder, name) }) {
    const postgres = new Postgres();
    const port = await freePort();
    Object.assign(postgres, { name, folder, data, port, settings });
    if (!existsSync(join(data, "PG_VERSION"))) {
      await runAsServer(
        join(postgresBin(), "initdb"),
        "-D",
        data,
        "-U",
        "postgres",
        "--auth=trust",
        "--encoding=UTF8",
        "--locale=C.UTF-8",
        "--no-instructions",
        "--no-sync",
        ...(waldir ? [`--waldir=${waldir}`] : []),
      );
    }
    postgres.child = new Child({
      name,
      isServer: true,
      log: join(logs, `${name}.log`),
      stopSignal: "SIGINT",
      command: postgres.#command(),
      isReady: () => postgres.isReady(),
    });
    return postgres;
  }

  #command() {
    const settings = [
      "listen_addresses=127.0.0.1",
      `unix_socket_directories=${this.folder}`,
      "max_connections=200",
      "fsync=on",
      "synchronous_commit=on",
      ...this.settings,
    ];
    return [
      join(postgresBin(), "postgres"),
      "-D",
      this.data,
      "-p",
      String(this.port),
      ...settings.flatMap((setting) => ["-c", setting]),
    ];
  }

  url(user = "postgres", database = "postgres", { host = "127.0.0.1", port = this.port } = {}) {
    return `postgresql://${user}@${host}:${port}/${database}`;
  }

  async isReady() {
    try {
      await this.query("SELECT 1");
      return true;
    } catch {
      return false;
    }
  }

  /** Rows, by a connection of its own. */
  async query(sql, { database = "postgres", values = [] } = {}) {
    const client = await this.session(database);
    try {
      return (await client.query(sql, values)).rows;
    } finally {
      await client.end().catch(() => {});
    }
  }

  async session(database = "postgres") {
    const client = new pg.Client({ connectionString: this.url("postgres", database), connectionTimeoutMillis: 5000 });
    client.on("error", () => {});
    await client.connect();
    return client;
  }

  /** As a machine that loses power, for this server. */
  async kill() {
    await this.child.kill();
    await this.#workersEnd();
  }

  /** pg_ctl stop -m immediate */
  async stopAtOnce() {
    await this.child.stop(10_000, "SIGQUIT");
    await this.#workersEnd();
  }

  /** What it forked notices its death in a moment; until then the data is theirs. */
  async #workersEnd() {
    const deadline = performance.now() + 10_000;
    while (this.workers().length > 0) {
      if (performance.now() > deadline) throw new Error(`processes still work in ${this.data}`);
      await pause(20);
    }
    rmSync(join(this.data, "postmaster.pid"), { force: true });
  }

  /** The pids of it and of what it forked: those that work in its data. */
  workers() {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .filter((pid) => {
        try {
          return readlinkSync(`/proc/${pid}/cwd`) === this.data;
        } catch {
          return false; // It has just ended, or is another user's.
        }
      })
      .map(Number);
  }

  signalAll(signal) {
    for (const pid of this.workers()) process.kill(pid, signal);
  }
}
