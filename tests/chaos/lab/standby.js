// A second PostgreSQL that follows the first by streaming replication, through a proxy.
import { join } from "node:path";

import { Postgres, postgresBin, runAsServer } from "./postgres.js";
import { Proxy } from "./proxy.js";

const name = "standby";

/** Copies the server at that port as it is now to a folder of that name; resolves with its path. */
export async function baseBackup(system, folder, port, ...options) {
  const data = join(system.data, folder);
  await runAsServer(
    join(postgresBin(), "pg_basebackup"),
    "-D",
    data,
    "-X",
    "stream",
    "-c",
    "fast",
    "--no-sync",
    "-d",
    `postgresql://postgres@127.0.0.1:${port}/?application_name=${folder}`,
    ...options,
  );
  return data;
}

/** Makes and starts it: { postgres, leg }, `leg` being the proxy between the two. */
export async function startStandby(system) {
  const leg = await Proxy.to(system.postgres.port);
  system.proxies["standby-primary"] = leg;
  const data = await baseBackup(system, name, leg.port, "-R");
  const postgres = await Postgres.make({ name, folder: system.data, logs: system.logs, data });
  system.onStop(() => postgres.kill());
  await postgres.child.start();
  return { postgres, leg };
}

/** Resolves once the standby streams, as a synchronous one or not. */
export async function streaming(system, lab, state) {
  const query = "SELECT sync_state FROM pg_stat_replication WHERE state = 'streaming'";
  for (let i = 0; i < 200; i += 1) {
    const [row] = await system.postgres.query(query);
    if (row?.sync_state === state) return;
    await lab.pause(50);
  }
  throw new Error(`the standby does not become ${state}`);
}

export async function makeSynchronous(system, lab) {
  await system.postgres.query(`ALTER SYSTEM SET synchronous_standby_names = '${name}'`);
  await system.postgres.query("SELECT pg_reload_conf()");
  await streaming(system, lab, "sync");
}

/** Promotes it and sends all services there. */
export async function failOver(system, standby) {
  await standby.postgres.query("SELECT pg_promote()");
  replacePostgres(system, standby.postgres);
}

/** Sends all services to that server. What is read as PostgreSQL's from then on is its. */
export function replacePostgres(system, postgres) {
  for (const leg of system.legs(/-postgres$/)) leg.target = postgres.port;
  for (const leg of system.legs(/-postgres$/)) leg.cut();
  system.postgres = postgres;
}
