// How the programs start and stop. Each runs here as a second replica of the one in the system under test.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, realpathSync } from "node:fs";
import { createInterface } from "node:readline";
import { describe, it } from "node:test";

import { Client } from "./lib/client.js";
import { PlainClient } from "./lib/plain.js";
import { signUp } from "./lib/rest.js";
import { gateways, pidOf } from "./lib/system.js";

const services = [
  { name: "auth", process: "auth", prefix: "CONFAB_AUTH_" },
  { name: "message-store", process: "message-store-1", prefix: "CONFAB_MESSAGE_STORE_" },
  { name: "gateway", process: "gateway-2", prefix: "CONFAB_GATEWAY_" },
];

/** The program and environment of a process of the system, listening on free ports instead. */
function replica(service) {
  const pid = pidOf(service.process);
  const inherited = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0").filter(Boolean);
  const env = Object.fromEntries(inherited.map((line) => line.split(/=(.*)/s).slice(0, 2)));
  for (const key of ["LISTEN", "ADMIN_LISTEN", "RPC_LISTEN"]) {
    if (env[service.prefix + key]) env[service.prefix + key] = "127.0.0.1:0";
  }
  for (const key of Object.keys(env)) {
    if (key.startsWith(service.prefix) && key.endsWith("_PORT")) env[key] = "0"; // Dialects' own.
  }
  return { program: realpathSync(`/proc/${pid}/exe`), env };
}

/** Starts the program; `events` are its log lines as they come, `ended` its exit code and errors. */
function start(service, changes = {}, args = []) {
  const { program, env } = replica(service);
  const child = spawn(program, args, { env: { ...env, ...changes }, stdio: ["ignore", "pipe", "pipe"] });
  const lines = [];
  const waiters = [];
  createInterface({ input: child.stdout }).on("line", (line) => {
    lines.push(line);
    for (const waiter of waiters) waiter(line);
  });
  let errors = "";
  child.stderr.on("data", (data) => (errors += data));
  const ended = once(child, "close").then(([code]) => ({ code, errors, output: lines.join("\n") }));
  const saying = (event) => {
    const find = () => lines.map((line) => JSON.parse(line)).find((line) => line.event === event);
    return new Promise((resolve, reject) => {
      const look = () => find() && resolve(find());
      waiters.push(look);
      look();
      ended.then(({ code }) => reject(new Error(`ended with ${code} before "${event}": ${errors}`)));
    });
  };
  return { child, saying, ended };
}

async function admin(port, page) {
  const response = await fetch(`http://127.0.0.1:${port}${page}`);
  return { status: response.status, text: await response.text() };
}

for (const service of services) {
  describe(`confab-${service.name}`, () => {
    it("serves its admin port and ends with 0 on SIGTERM, every log line a JSON object", async () => {
      const { child, saying, ended } = start(service);
      const { admin_port: port } = await saying("starting");
      await saying("serving");
      for (const page of ["/livez", "/readyz", "/startupz"]) {
        assert.deepEqual(await admin(port, page), { status: 200, text: "ok\n" });
      }
      assert.match((await admin(port, "/metrics")).text, /confab_build_info\{.*\} 1/);
      assert.equal(JSON.parse((await admin(port, "/version")).text).service, service.name);
      assert.equal((await admin(port, "/nothing")).status, 404);
      child.kill("SIGTERM");
      const { code, errors, output } = await ended;
      assert.deepEqual([code, errors], [0, ""]);
      for (const line of output.split("\n")) {
        const { ts, level, svc, event } = JSON.parse(line);
        assert.ok(ts && level && svc === service.name && event, line);
      }
    });

    it("waits, alive but not ready, while what it needs is not there yet", async () => {
      const nowhere = {
        auth: { CONFAB_AUTH_DATABASE_URL: "postgresql://nobody@127.0.0.1:1/none" },
        "message-store": { CONFAB_MESSAGE_STORE_DATABASE_URL: "postgresql://nobody@127.0.0.1:1/none" },
        gateway: { CONFAB_GATEWAY_AUTH_ADDRESS: "127.0.0.1:1" },
      };
      const { child, saying, ended } = start(service, nowhere[service.name]);
      const { admin_port: port } = await saying("starting");
      await saying("waiting");
      assert.equal((await admin(port, "/livez")).status, 200);
      assert.equal((await admin(port, "/readyz")).status, 503);
      child.kill("SIGTERM");
      assert.equal((await ended).code, 0);
    });

    it("refuses unknown options, bad values, malformed addresses and a taken port in one line", async () => {
      const taken = `127.0.0.1:${new URL(gateways[0]).port}`;
      const cases = [
        [{ [`${service.prefix}LISTNE`]: "x" }, [], /LISTNE/],
        [{}, ["--no-such-option=1"], /no-such-option/],
        [{}, ["--listen", "nonsense"], /nonsense/],
        [{}, ["--admin-listen", "nonsense"], /nonsense/],
        [{}, ["--log-level", "loud"], /loud/],
        [{}, ["no-such-command"], /no-such-command/],
        [{}, ["--listen", taken], new RegExp(taken)],
        [{}, ["--admin-listen", taken], new RegExp(taken)],
      ];
      for (const [changes, args, message] of cases) {
        const { code, errors } = await start(service, changes, args).ended;
        assert.equal(code, 1, args.join(" "));
        assert.match(errors, message);
        assert.match(errors, /^[^\n]+\n$/);
      }
    });

    it("prints its help and its configuration, and checks it", async () => {
      const help = await start(service, {}, ["--help"]).ended;
      assert.deepEqual([help.code, help.errors], [0, ""]);
      assert.match(help.output, new RegExp(`${service.prefix}LISTEN`));
      const config = await start(service, {}, ["--print-config"]).ended;
      assert.match(config.output, /^listen = 127\.0\.0\.1:0$/m);
      assert.doesNotMatch(config.output, /postgresql:/);
      assert.equal((await start(service, {}, ["--check-config"]).ended).code, 0);
    });
  });
}

describe("a gateway that is stopped", () => {
  it("closes its clients' transports so that they come back by themselves", async () => {
    const gateway = services[2];
    const { child, saying, ended } = start(gateway);
    const { port } = await saying("listening");
    await saying("serving");
    const user = await signUp(gateways[0]);
    const clients = await Promise.all(
      ["polling", "websocket"].map((transport) =>
        Client.open(`http://127.0.0.1:${port}`, user.token, { transports: [transport], reconnection: false })),
    );
    const plain = await PlainClient.open(`http://127.0.0.1:${port}`, user.token);
    const reasons = clients.map((client) => once(client.socket, "disconnect").then(([reason]) => reason));
    child.kill("SIGTERM");
    // "io server disconnect" would mean that the client never returns.
    assert.deepEqual(await Promise.all(reasons), ["transport close", "transport close"]);
    assert.deepEqual(await plain.end(), { code: 1012, reason: "restart" });
    assert.equal((await ended).code, 0);
  });
});
