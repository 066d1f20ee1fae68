// A Confab service of the laboratory, with its ports and its metrics.
import { execFileSync } from "node:child_process";
import { basename, join } from "node:path";

import { Child } from "./child.js";
import { Metrics } from "./metrics.js";
import { freePort } from "./ports.js";

/** The names of a program's options, in the form FOO_BAR. */
function optionsOf(program) {
  const help = execFileSync(program, ["--help"], { encoding: "utf8" });
  return new Set([...help.matchAll(/--([a-z][a-z-]*)/g)].map(([, name]) => name.replaceAll("-", "_").toUpperCase()));
}

export class Service {
  /**
   * `kind` is "auth", "message-store" or "gateway"; `settings` by option name, in the form FOO_BAR. An
   * older version, `isOlder`, is given those that it knows, until it is upgraded. `within`: see Child.
   */
  static async make({ kind, name, bin, logs, settings, isOlder = false, within }) {
    const service = new Service();
    const [port, adminPort] = [await freePort(), await freePort()];
    const program = join(bin, `confab-${kind}`);
    const prefix = `CONFAB_${kind.replace("-", "_").toUpperCase()}`;
    const all = Object.entries({ LISTEN: `127.0.0.1:${port}`, ADMIN_LISTEN: `127.0.0.1:${adminPort}`, ...settings });
    const known = isOlder && optionsOf(program);
    const asEnv = (entries) => Object.fromEntries(entries.map(([key, value]) => [`${prefix}_${key}`, String(value)]));
    Object.assign(service, { name, port, url: `http://127.0.0.1:${port}`, admin: `http://127.0.0.1:${adminPort}` });
    service.upgradedEnv = asEnv(all);
    service.child = new Child({
      name,
      command: [program],
      within,
      log: join(logs, `${name}.log`),
      env: known ? asEnv(all.filter(([key]) => known.has(key))) : service.upgradedEnv,
      isReady: () => service.isReady(),
    });
    return service;
  }

  /** From its next start on it is the program of that folder, with all settings. */
  upgrade(bin) {
    this.child.command = [join(bin, basename(this.child.command[0]))];
    this.child.env = this.upgradedEnv;
  }

  async isReady() {
    return fetch(`${this.admin}/readyz`, { signal: AbortSignal.timeout(2000) }).then(
      (answer) => answer.ok,
      () => false,
    );
  }

  /** Runs the program once with more words, such as "migrate". */
  async run(...words) {
    const { command, within, env, log } = this.child;
    const name = `${this.name} ${words.join(" ")}`;
    const child = new Child({ name, command: [...command, ...words], within, env, log });
    child.spawn();
    const { code } = await child.ended;
    if (code !== 0) throw new Error(`${child.name} failed:\n${child.lastLines()}`);
  }

  metrics() {
    return Metrics.of(this.admin);
  }
}
