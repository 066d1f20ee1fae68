// A fresh system beside the one under test, of the same programs.
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const repo = join(dirname(fileURLToPath(import.meta.url)), "../../..");

async function freePorts() {
  const script = "source deploy/dev/lib/base.sh; source deploy/dev/lib/ports.sh; free_port_base 500";
  return (await run("bash", ["-c", script], { cwd: repo })).stdout;
}

/** What its env file says, as variables. */
async function variables(folder) {
  const { stdout } = await run("bash", ["-c", '. "$1" && env -0', "bash", join(folder, "env")], { env: { PATH: process.env.PATH } });
  return Object.fromEntries(stdout.split("\0").filter(Boolean).map((line) => {
    const at = line.indexOf("=");
    return [line.slice(0, at), line.slice(at + 1)];
  }));
}

/** Starts it; { env, gateways, stop }. */
export async function startSecondSystem() {
  const folder = await mkdtemp(join(tmpdir(), "confab-second-"));
  const env = { ...process.env, CONFAB_DEV_DIR: folder };
  const dev = (...args) => run(join(repo, "dev"), args, { env });
  const stop = async () => {
    await dev("down", "--wipe");
    await rm(folder, { recursive: true, force: true });
  };
  const preset = process.env.CONFAB_BIN_DIR ? basename(dirname(process.env.CONFAB_BIN_DIR)) : "release";
  try {
    await dev("up", "--gateways", "1", "--preset", preset, "--port-base", await freePorts());
    const own = await variables(folder);
    return { env: { ...process.env, ...own }, gateways: own.CONFAB_GATEWAYS.split(" "), stop };
  } catch (error) {
    error.message += `\n${await readFile(join(folder, "logs", "up.log"), "utf8").catch(() => "")}`;
    await stop();
    throw error;
  }
}
