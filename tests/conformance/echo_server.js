import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import path from "node:path";
import WebSocket from "ws";

/** Heartbeat short enough for tests to wait for, as the protocol's own suites use it. */
export const SHORT_HEARTBEAT = {
  "ping-interval-ms": 300,
  "ping-timeout-ms": 200,
  "max-payload": 1000000,
  "connect-timeout-ms": 1000,
};

/** Starts confab-socketio-echo on a free port; stop() ends it. */
export async function startEcho(flags = {}) {
  const binaries = process.env.CONFAB_BIN_DIR;
  if (!binaries) throw new Error("set CONFAB_BIN_DIR to the folder of confab-socketio-echo");
  const args = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const child = spawn(path.join(binaries, "confab-socketio-echo"), args, {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = await once(createInterface(child.stdout), "line");
  const port = Number(line.replace("listening on ", ""));
  return {
    port,
    http: `http://127.0.0.1:${port}`,
    ws: `ws://127.0.0.1:${port}`,
    async stop() {
      child.kill();
      await once(child, "exit");
    },
  };
}

/** A WebSocket that keeps what it receives, so that no test loses an early message. */
export class Frames {
  #received = [];
  #waiting = [];

  constructor(url, options) {
    this.socket = new WebSocket(url, options);
    this.socket.on("message", (data, binary) => this.#push(binary ? data : data.toString()));
    this.socket.on("error", () => {}); // "close" follows.
    this.closed = new Promise((resolve) => this.socket.on("close", resolve)); // To its code.
  }

  #push(frame) {
    const waiting = this.#waiting.shift();
    if (waiting) waiting(frame);
    else this.#received.push(frame);
  }

  /** The next frame: a string, or a Buffer if binary. Fails when the socket closes first. */
  next() {
    if (this.#received.length > 0) return Promise.resolve(this.#received.shift());
    return new Promise((resolve, reject) => {
      this.#waiting.push(resolve);
      this.closed.then(() => reject(new Error("closed before a frame came")));
    });
  }

  send(frame) {
    this.socket.send(frame);
  }

  close() {
    this.socket.terminate();
  }
}

/** Runs one set of Engine.IO requests: `base` is the server's URL with the path. */
export class Polling {
  static async open(base) {
    const response = await fetch(`${base}?EIO=4&transport=polling`);
    const text = await response.text();
    return new Polling(base, JSON.parse(text.slice(1)).sid);
  }

  constructor(base, sid) {
    this.sid = sid;
    this.url = `${base}?EIO=4&transport=polling&sid=${sid}`;
  }

  get(options) {
    return fetch(this.url, options);
  }

  async poll() {
    return (await this.get()).text();
  }

  post(body, headers = {}) {
    return fetch(this.url, { method: "POST", body, headers });
  }
}

export const pause = (milliseconds) =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
