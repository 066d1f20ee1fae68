// Rows one after the other, on one system where they allow it.
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { Random } from "./random.js";
import { runRow } from "./run_row.js";
import { System } from "./system.js";

/** Why the row cannot run here, or null. */
function obstacle(row, options) {
  if (row.notBuilt) return `not built: ${row.notBuilt}`;
  return row.needs?.(options) ?? null;
}

export class Session {
  #shared = null;
  #current = null;

  /** `bin`: folder of the programs; `out`: where failures are kept; `options` for rows. */
  constructor({ bin, out, options = {} }) {
    Object.assign(this, { bin, out, options });
  }

  /** The report of the row: { id, fault, result, seed, tookMs, … }. */
  async run(row, seed) {
    const reason = obstacle(row, this.options);
    if (reason) return { id: row.id, fault: row.fault, result: "skipped", reason };
    const begun = performance.now();
    const report = await this.#attempt(row, seed);
    return { ...report, seed, tookMs: Math.round(performance.now() - begun) };
  }

  async #attempt(row, seed) {
    let report;
    try {
      const system = await this.#systemFor(row);
      report = await runRow(row, { system, random: new Random(seed), options: this.options });
    } catch (error) {
      report = {
        id: row.id,
        fault: row.fault,
        result: "FAILED",
        problems: [`the laboratory could not go on: ${error.stack}`],
      };
    }
    if (report.result === "FAILED") this.#keep(report, seed);
    const mayStay = report.result === "passed" && !row.own && (await this.#isWhole());
    if (!mayStay) await this.stop();
    return report;
  }

  async #systemFor(row) {
    if (row.own) {
      await this.stop();
      const own = typeof row.own === "function" ? row.own(this.options) : row.own;
      this.#current = await System.start(own.bin ?? this.bin, own);
      return this.#current;
    }
    this.#shared ??= await System.start(this.bin);
    this.#current = this.#shared;
    return this.#shared;
  }

  async #isWhole() {
    return this.#current.restore().then(
      () => true,
      () => false,
    );
  }

  /** The history and the logs of a failure, to look at. */
  #keep(report, seed) {
    const folder = join(this.out, `${report.id}-${seed}`);
    mkdirSync(folder, { recursive: true });
    if (report.history) writeFileSync(join(folder, "history.json"), JSON.stringify(report.history));
    if (this.#current?.logs) cpSync(this.#current.logs, join(folder, "logs"), { recursive: true });
    report.kept = folder;
  }

  /** Ends what runs. */
  async stop() {
    const system = this.#current ?? this.#shared;
    this.#current = null;
    this.#shared = null;
    await system?.stop();
  }
}
