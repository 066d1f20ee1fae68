// A Confab service of the laboratory, with its ports and its metrics.
import { join } from "node:path";

import { Child } from "./child.js";
import { Metrics } from "./metrics.js";
import { freePort } from "./ports.js";

export class Service {
  /** `kind` is "auth", "message-store" or "gateway"; `settings` by option name, in the form FOO_BAR. */
  static async make({ kind, name, bin, logs, settings }) {
    const service = new Service();
    const [port, adminPort] = [await freePort(), await freePort()];
    const prefix = `CONFAB_${kind.replace("-", "_").toUpperCase()}`;
    const all = { LISTEN: `127.0.0.1:${port}`, ADMIN_LISTEN: `127.0.0.1:${adminPort}`, ...settings };
    Object.assign(service, { name, port, url: `http://127.0.0.1:${port}`, admin: `http://127.0.0.1:${adminPort}` });
    service.child = new Child({
      name,
      command: [join(bin, `confab-${kind}`)],
      log: join(logs, `${name}.log`),
      env: Object.fromEntries(Object.entries(all).map(([key, value]) => [`${prefix}_${key}`, String(value)])),
      isReady: () => service.isReady(),
    });
    return service;
  }

  async isReady() {
    return fetch(`${this.admin}/readyz`, { signal: AbortSignal.timeout(2000) }).then(
      (answer) => answer.ok,
      () => false,
    );
  }

  /** Runs the program once with more words, such as "migrate". */
  async run(...words) {
    const { command, env, log } = this.child;
    const child = new Child({ name: `${this.name} ${words.join(" ")}`, command: [...command, ...words], env, log });
    child.spawn();
    const { code } = await child.ended;
    if (code !== 0) throw new Error(`${child.name} failed:\n${child.lastLines()}`);
  }

  metrics() {
    return Metrics.of(this.admin);
  }
}
