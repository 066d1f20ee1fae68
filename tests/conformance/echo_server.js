import { spawn } from "node:child_process";
import { once } from "node:events";
import net from "node:net";
import { createInterface } from "node:readline";
import path from "node:path";
import WebSocket from "ws";

const times = (interval, timeout, connect = 45_000) =>
  ({ "ping-interval-ms": interval, "ping-timeout-ms": timeout, "connect-timeout-ms": connect });

/** Nobody is cut off, however slow the machine is. */
export const PATIENT = times(25_000, 20_000);
/** The same, with heartbeats that a test can wait for. */
export const BEATING = times(100, 20_000);
/** Only for sessions that are to end for want of a heartbeat: nothing else is sure to fit in before. */
export const HASTY = times(100, 100);
/** Only for connections that are to end because they join no namespace. */
export const STRICT = times(25_000, 20_000, 100);

/** Starts confab-socketio-echo on a free port; stop() ends it. */
export async function startEcho(flags = PATIENT) {
  const binaries = process.env.CONFAB_BIN_DIR;
  if (!binaries) throw new Error("set CONFAB_BIN_DIR to the folder of confab-socketio-echo");
  const args = Object.entries({ port: 0, ...flags }).flatMap(([name, value]) => [`--${name}`, String(value)]);
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
    this.opened = new Promise((resolve) => this.socket.once("open", resolve));
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

/** Joins packets to a polling body, and takes one apart; `version` is 3 or 4. */
export const encodeBody = (version, packets) =>
  version === 4 ? packets.join("\x1e") : packets.map((packet) => `${packet.length}:${packet}`).join("");

export function decodeBody(version, body) {
  if (version === 4) return body.split("\x1e");
  const packets = [];
  for (let at = 0; at < body.length; ) {
    const colon = body.indexOf(":", at);
    const end = colon + 1 + Number(body.slice(at, colon));
    if (colon < 0 || !(end <= body.length)) throw new Error(`no payload of version 3: ${body}`);
    packets.push(body.slice(colon + 1, end));
    at = end;
  }
  return packets;
}

/** One connection: the server takes what comes by it in the order it was sent. */
export class Connection {
  #received = "";
  #waiting = [];

  constructor(port) {
    this.socket = net.connect(port, "127.0.0.1");
    this.socket.on("error", () => {});
    this.socket.on("data", (data) => this.#take(data));
  }

  /** { status, body }; may be called again before it is answered. */
  get(target) {
    this.socket.write(`GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Closes after what was sent. */
  hangUp() {
    this.socket.end();
  }

  #take(data) {
    this.#received += data;
    for (;;) {
      const [, head, size] = /^(.*?content-length: (\d+).*?\r\n\r\n)/is.exec(this.#received) ?? [];
      const end = head?.length + Number(size);
      if (!(this.#received.length >= end)) return;
      this.#waiting.shift()({ status: Number(head.slice(9, 12)), body: this.#received.slice(head.length, end) });
      this.#received = this.#received.slice(end);
    }
  }
}

/** A session on polling. `base` is the server's URL with the path; `more` goes to every query. */
export class Polling {
  static async open(base, version = 4, more = "") {
    const polling = new Polling(base, version, more);
    const packets = decodeBody(version, await polling.poll());
    polling.handshake = JSON.parse(packets[0].slice(1));
    polling.sid = polling.handshake.sid;
    polling.url += `&sid=${polling.sid}`;
    polling.first = packets.slice(1); // What came with the handshake.
    return polling;
  }

  constructor(base, version, more) {
    this.base = base;
    this.version = version;
    this.url = `${base}?EIO=${version}&transport=polling${more}`;
  }

  get() {
    return fetch(this.url);
  }

  /** Where polls go, without the server. */
  get target() {
    return this.url.slice(new URL(this.url).origin.length);
  }

  async poll() {
    return (await this.get()).text();
  }

  /** The packets of the next answer. */
  async packets() {
    return decodeBody(this.version, await this.poll());
  }

  /** Posts a body as it is. */
  post(body, headers = {}) {
    return fetch(this.url, { method: "POST", body, headers });
  }

  send(...packets) {
    return this.post(encodeBody(this.version, packets));
  }

  /** Opens a WebSocket for this session and has it answer the probe. */
  async probe() {
    const frames = this.webSocket();
    await frames.opened;
    frames.send("2probe");
    const answer = await frames.next();
    if (answer !== "3probe") throw new Error(`the probe was answered ${answer}`);
    return frames;
  }

  webSocket() {
    const base = this.base.replace(/^http/, "ws");
    return new Frames(`${base}?EIO=${this.version}&transport=websocket&sid=${this.sid}`);
  }
}
