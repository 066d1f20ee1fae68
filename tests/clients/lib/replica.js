// Second replicas of the programs of the system under test, listening on free ports.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, realpathSync } from "node:fs";
import { createInterface } from "node:readline";

import { pidOf } from "./system.js";

export const services = [
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

/**
 * Starts the program; `changes` are variables. saying(event) resolves with the first log line of that event,
 * said(event) are those there are, `ended` resolves with { code, errors, output }.
 */
export function start(service, changes = {}, args = []) {
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
  const said = (event) => lines.map((line) => JSON.parse(line)).filter((line) => line.event === event);
  const saying = (event) => {
    return new Promise((resolve, reject) => {
      const look = () => said(event).length > 0 && resolve(said(event)[0]);
      waiters.push(look);
      look();
      ended.then(({ code }) => reject(new Error(`ended with ${code} before "${event}": ${errors}`)));
    });
  };
  return { child, said, saying, ended };
}

/** A gateway beside those of the system: { url, admin, child, saying, ended, portOf(dialect, protocol) }. */
export async function startGateway(changes = {}) {
  const started = start(services[2], changes);
  const [{ port }, { admin_port: adminPort }] = await Promise.all([
    started.saying("listening"), started.saying("starting"), started.saying("serving")]);
  const portOf = (dialect, protocol) => started.said("listening").find(
    (line) => line.dialect === dialect && line.protocol === protocol).port;
  return { ...started, portOf, url: `http://127.0.0.1:${port}`, admin: `http://127.0.0.1:${adminPort}` };
}

/** A page of an admin port: { status, text }. */
export async function page(url) {
  const response = await fetch(url);
  return { status: response.status, text: await response.text() };
}
