// The system under test, as .dev/env describes it: `. .dev/env && npm test`, or ./dev test.
import { execFile, execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const repo = join(dirname(fileURLToPath(import.meta.url)), "../../..");

function required(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run ./dev up, then ". .dev/env"`);
  return value;
}

/** Base URLs of the gateways; the tests want at least two. */
export const gateways = required("CONFAB_GATEWAYS").split(" ");

/** The sum of the metric over all processes, of the series that have these labels. */
export async function metric(name, labels = {}) {
  const page = (url) => fetch(`${url}/metrics`).then((answer) => answer.text(), () => ""); // It may be away.
  const pages = await Promise.all(required("CONFAB_ADMIN").split(" ").map(page));
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  const series = pages.join("").split("\n").filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
  const counted = series.filter((line) => wanted.every((label) => line.includes(label)));
  return counted.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" "))), 0);
}

/** What /readyz answers: the statuses of all gateways. */
export function readiness() {
  const admins = required("CONFAB_ADMIN").split(" ").slice(-gateways.length);
  return Promise.all(admins.map((url) => fetch(`${url}/readyz`).then(({ status }) => status)));
}

const devDir = process.env.CONFAB_DEV_DIR ?? join(repo, ".dev");

/** The pid of a process of the system, by its name, e.g. "gateway-1". */
export function pidOf(name) {
  return Number(readFileSync(join(devDir, "pids", name), "utf8"));
}

/** What psql writes of the answer to a statement: lines, without decoration. */
export async function query(sql) {
  const { stdout } = await promisify(execFile)(
    "psql", [required("CONFAB_DATABASE_URL"), "-XAtq", "-v", "ON_ERROR_STOP=1", "-c", sql], { maxBuffer: 2 ** 30 });
  return stdout;
}

/** Every row of every table of the schema, as text. */
export async function dumpTables(schema) {
  const tables = await query(
    `SELECT quote_ident(table_name) FROM information_schema.tables WHERE table_schema = '${schema}'`);
  const rows = tables.trim().split("\n").map((table) => query(`SELECT t::text FROM ${schema}.${table} t`));
  return (await Promise.all(rows)).join("\n");
}

/** Kills it at once. */
export function kill(name) {
  process.kill(pidOf(name), "SIGKILL");
}

/** Lets it end by itself, and returns once it has. */
export async function stop(name) {
  const pid = pidOf(name);
  process.kill(pid, "SIGTERM");
  for (;;) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Starts what is not running, and returns once it is ready. */
export function startAgain() {
  startAgainWith({});
}

/** The same; what it starts gets these variables too. */
export function startAgainWith(more) {
  execFileSync(join(repo, "dev"), ["up"], {
    env: { ...process.env, ...more, CONFAB_DEV_DIR: devDir },
    stdio: ["ignore", "ignore", "inherit"],
  });
}
