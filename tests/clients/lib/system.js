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

const devDir = process.env.CONFAB_DEV_DIR ?? join(repo, ".dev");

/** The pid of a process of the system, by its name, e.g. "gateway-1". */
export function pidOf(name) {
  return Number(readFileSync(join(devDir, "pids", name), "utf8"));
}

/** Every row of every table of the schema, as text. */
export async function dumpTables(schema) {
  const query = async (sql) => {
    const { stdout } = await promisify(execFile)(
      "psql", [required("CONFAB_DATABASE_URL"), "-XAtq", "-v", "ON_ERROR_STOP=1", "-c", sql], { maxBuffer: 2 ** 30 });
    return stdout;
  };
  const tables = await query(
    `SELECT quote_ident(table_name) FROM information_schema.tables WHERE table_schema = '${schema}'`);
  const rows = tables.trim().split("\n").map((table) => query(`SELECT t::text FROM ${schema}.${table} t`));
  return (await Promise.all(rows)).join("\n");
}

/** Kills it at once. */
export function kill(name) {
  process.kill(pidOf(name), "SIGKILL");
}

/** Starts what is not running, and returns once it is ready. */
export function startAgain() {
  execFileSync(join(repo, "dev"), ["up"], {
    env: { ...process.env, CONFAB_DEV_DIR: devDir },
    stdio: ["ignore", "ignore", "inherit"],
  });
}
