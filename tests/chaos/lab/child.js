// A process of the laboratory: a direct child, which ends with it, with its output in a file.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, openSync, readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";

const isRoot = process.getuid() === 0;
/** PostgreSQL and Redis refuse to run as root, or should not. */
export const serverUser = "postgres";

const asServer = isRoot ? [`--reuid=${serverUser}`, `--regid=${serverUser}`, "--init-groups"] : [];

const report = /WARNING: ThreadSanitizer|ERROR: (Address|Leak)Sanitizer|: runtime error: /;
const reportLines = 25;

export class Child {
  process = null;
  starts = 0;
  crashes = []; // Ends that nobody asked for: { code, signal }.

  /**
   * `command` [program, ...arguments]; `within`: what goes before it and becomes it by exec; `env` beyond
   * the laboratory's; `log` a path; `isServer`: run by serverUser; `isReady()` resolves with true once it
   * serves; `stopSignal` for a clean end.
   */
  constructor({ name, command, within = [], env = {}, log, isServer = false, isReady, stopSignal = "SIGTERM" }) {
    Object.assign(this, { name, command, within, env, log, isServer, isReady, stopSignal });
  }

  get pid() {
    return this.process?.pid;
  }

  get isRunning() {
    return this.process !== null;
  }

  spawn() {
    const out = openSync(this.log, "a");
    const words = [...(this.isServer ? asServer : []), "--", ...this.within, ...this.command];
    const child = spawn("setpriv", ["--pdeathsig", "KILL", ...words], {
      env: { ...process.env, ...this.env },
      stdio: ["ignore", out, out],
      cwd: "/",
    });
    closeSync(out);
    this.process = child;
    this.starts += 1;
    this.ended = once(child, "exit").then(([code, signal]) => {
      if (this.process === child) this.process = null;
      if (!child.isAskedToEnd) this.crashes.push({ code, signal });
      return { code, signal };
    });
  }

  async start() {
    if (this.isRunning) return;
    this.spawn();
    await this.ready();
  }

  async ready(patienceMs = 60_000) {
    const deadline = performance.now() + patienceMs;
    while (!(await this.isReady())) {
      if (!this.isRunning) throw new Error(`${this.name} ended instead of getting ready:\n${this.lastLines()}`);
      if (performance.now() > deadline) throw new Error(`${this.name} is not ready:\n${this.lastLines()}`);
      await pause(30);
    }
  }

  signal(name) {
    this.process?.kill(name);
  }

  /** Kills it at once, and returns when it is gone. */
  async kill() {
    return this.#end("SIGKILL");
  }

  /** Lets it end by itself: { code, signal }; after `patienceMs` it is killed. */
  async stop(patienceMs = 20_000, signal = this.stopSignal) {
    return this.#end(signal, patienceMs);
  }

  async #end(signal, patienceMs) {
    if (!this.isRunning) return { code: null, signal: null };
    const { ended } = this;
    this.process.isAskedToEnd = true;
    this.signal(signal);
    this.signal("SIGCONT");
    const timer = patienceMs && setTimeout(() => this.signal("SIGKILL"), patienceMs);
    const result = await ended;
    clearTimeout(timer);
    return result;
  }

  /** What sanitizers have reported in its log since the last time; a program goes on after some of it. */
  reports() {
    const text = existsSync(this.log) ? readFileSync(this.log, "utf8") : "";
    const begun = this.#readTo ?? 0;
    this.#readTo = text.length;
    const lines = text.slice(begun).split("\n");
    return lines.flatMap((line, i) => (report.test(line) ? [lines.slice(i, i + reportLines).join("\n")] : []));
  }

  #readTo;

  lastLines(count = 15) {
    return readFileSync(this.log, "utf8").trimEnd().split("\n").slice(-count).join("\n");
  }

  /** Its threads' CPU time so far, in seconds. */
  cpuSeconds() {
    const fields = readFileSync(`/proc/${this.pid}/stat`, "utf8")
      .replace(/^.*\) /, "")
      .split(" ");
    return (Number(fields[11]) + Number(fields[12])) / 100;
  }

  residentBytes() {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${this.pid}/status`, "utf8"))[1]) * 1024;
  }
}
