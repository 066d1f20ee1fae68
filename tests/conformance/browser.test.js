// The clients' own bundles in a real browser, on a page of another origin than the server's. Debian's
// chromium-headless-shell, or what CONFAB_CHROMIUM names; without one the test is skipped and says so.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { once } from "node:events";
import { after, before, describe, it } from "node:test";
import { PATIENT, startEcho } from "./echo_server.js";

const browser = process.env.CONFAB_CHROMIUM ?? "/usr/bin/chromium-headless-shell";
const skip = !existsSync(browser) && `there is no ${browser} (Debian: apt-get install chromium-headless-shell)`;
const patience = 60_000;

const require = createRequire(import.meta.url);
const bundles = {
  4: "socket.io-client/dist/socket.io.min.js",
  3: "socket.io-client-v3/dist/socket.io.min.js",
  2: "socket.io-client-v2/dist/socket.io.js",
};
/** The file of a bundle: not all packages export theirs. */
const bundle = (generation) => {
  const [name, ...rest] = bundles[generation].split("/");
  const folder = require.resolve.paths(name).map((base) => path.join(base, name)).find(existsSync);
  return readFileSync(path.join(folder, ...rest));
};

/** Runs in the page: talks to the echo server and tells what came of it. */
async function talk(url, transports) {
  const told = {};
  const socket = window.io(url, { transports, forceNew: true, auth: { token: "x" }, query: { token: "x" } });
  const heard = (name) => new Promise((resolve) => socket.once(name, (...args) => resolve(args)));
  // Whether it is given as an ArrayBuffer or a Blob.
  const asBytes = async (value) => Array.from(new Uint8Array(await new Response(value).arrayBuffer()));
  await heard("connect");
  const back = heard("message-back");
  socket.emit("message", "é😀", new Uint8Array([1, 2, 255]).buffer);
  const [text, binary] = await back;
  told.event = [text, await asBytes(binary)];
  told.ack = await new Promise((resolve) => socket.emit("message-with-ack", { a: [1.5] }, resolve));
  socket.once("question", (data, answer) => answer(data));
  const answered = heard("answer");
  socket.emit("ask", new Uint8Array([7]).buffer);
  told.answer = await asBytes((await answered)[0]);
  if (transports.length > 1 && socket.io.engine.transport.name !== "websocket") {
    await new Promise((resolve) => socket.io.engine.once("upgrade", resolve));
  }
  told.transport = socket.io.engine.transport.name;
  const again = heard("connect");
  socket.emit("drop");
  await again;
  told.again = await new Promise((resolve) => socket.emit("message-with-ack", "again", resolve));
  socket.close();
  return told;
}

const page = (generation, url, transports) => `<!doctype html><meta charset="utf-8">
<script src="/client-${generation}.js"></script><script>
${talk}
talk(${JSON.stringify(url)}, ${JSON.stringify(transports)})
  .catch((error) => ({ error: String(error) }))
  .then((told) => fetch("/told", { method: "POST", body: JSON.stringify(told) }));
</script>`;

describe("in a browser", { skip }, () => {
  let server;
  let site;
  let shown; // The page to serve.
  let tell; // Called with what the page tells.

  before(async () => {
    server = await startEcho(PATIENT);
    site = createServer(async (request, response) => {
      const script = /^\/client-(\d)\.js$/.exec(request.url);
      if (script) return response.setHeader("Content-Type", "text/javascript").end(bundle(script[1]));
      if (request.url !== "/told") return response.setHeader("Content-Type", "text/html").end(shown);
      let body = "";
      for await (const chunk of request) body += chunk;
      tell(JSON.parse(body));
      return response.end();
    });
    await once(site.listen(0, "127.0.0.1"), "listening");
  });
  after(async () => {
    site?.closeAllConnections();
    site?.close();
    await server?.stop();
  });

  /** What the page tells, of a browser of its own. */
  const visit = async () => {
    const profile = await mkdtemp(path.join(tmpdir(), "confab-browser-"));
    const told = new Promise((resolve, reject) => {
      tell = resolve;
      setTimeout(() => reject(new Error("the page told nothing")), patience).unref();
    });
    const child = spawn(browser, [
      "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", `--user-data-dir=${profile}`,
      "--remote-debugging-port=0", `http://127.0.0.1:${site.address().port}/`,
    ], { stdio: "ignore" });
    try {
      return await told;
    } finally {
      child.kill();
      await once(child, "exit");
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    }
  };

  for (const generation of [4, 3, 2]) {
    for (const transports of [["polling", "websocket"], ["polling"], ["websocket"]]) {
      it(`socket.io-client ${generation} works by ${transports.join(" then ")}`, async () => {
        shown = page(generation, server.http, transports);
        assert.deepEqual(await visit(), {
          event: ["é😀", [1, 2, 255]],
          ack: { a: [1.5] },
          answer: [7],
          transport: transports.at(-1),
          again: "again",
        });
      });
    }
  }
});
