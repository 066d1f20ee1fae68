// A connection by plain WebSocket in JSON, with the npm package ws.
import { WebSocket } from "ws";

import { Asked, connectMs, gate, Lost } from "./link.js";

/** null for what no gateway should ever send. */
function parsed(data) {
  try {
    return JSON.parse(data);
  } catch {
    return null;
  }
}

export class PlainLink {
  #asked = new Asked(() => this.kill());
  #lastId = 0;
  #isDown = false;

  /** Connects and says hello; rejects with Lost. `rooms` as in the protocol, or undefined. */
  static async open(url, token, { onEvent, onDown, rooms }) {
    const link = new PlainLink(url, { onEvent, onDown: () => {} });
    const opened = gate();
    link.socket.on("open", opened.resolve);
    link.onDown = () => opened.reject(new Lost("closed while connecting"));
    const timer = setTimeout(() => link.kill(), connectMs);
    try {
      await opened.promise;
      const hello = await link.ask("hello", { token, ticket: link.ticket, rooms });
      if (!hello.ok) throw new Lost(`hello: ${hello.error.code}`);
      link.ticket = hello.ticket;
      link.#watch(hello.heartbeat_ms);
    } catch (error) {
      link.kill();
      throw error;
    } finally {
      clearTimeout(timer);
    }
    link.onDown = onDown;
    if (link.#isDown) throw new Lost("closed just now");
    return link;
  }

  constructor(url, { onEvent, onDown }) {
    this.onDown = onDown;
    this.socket = new WebSocket(`${url.replace("http", "ws")}/v1/ws`, { perMessageDeflate: false });
    this.socket.on("error", () => {}); // A close follows.
    this.socket.on("close", (code) => this.#down(code));
    this.socket.on("ping", () => this.#heard());
    this.socket.on("message", (data) => {
      this.#heard();
      const frame = parsed(data);
      if (!frame) return onEvent("broken", { text: String(data).slice(0, 300) });
      if (frame.event !== undefined) onEvent(frame.event, frame.data);
      else this.#asked.answer(frame.re, frame.ok ? { ok: true, ...frame.data } : { ok: false, error: frame.error });
    });
  }

  ask(cmd, data) {
    if (this.socket.readyState !== WebSocket.OPEN) return Promise.reject(new Lost("not connected"));
    this.#lastId += 1;
    this.socket.send(JSON.stringify({ id: this.#lastId, cmd, data }));
    return this.#asked.add(this.#lastId);
  }

  /** Asks when nothing came for as long as the server said; an answer that is late kills the link. */
  #watch(heartbeatMs) {
    this.lastHeard = performance.now();
    const step = Math.max(200, heartbeatMs / 4);
    this.watcher = setInterval(() => {
      const quiet = performance.now() - this.lastHeard;
      if (quiet > heartbeatMs * 2) this.kill();
      else if (quiet > heartbeatMs) this.ask("ping", {}).catch(() => {});
    }, step);
  }

  #heard() {
    this.lastHeard = performance.now();
  }

  #down(code) {
    if (this.#isDown) return;
    this.#isDown = true;
    clearInterval(this.watcher);
    this.#asked.end(`closed with ${code}`);
    this.onDown(code);
  }

  pause() {
    this.socket._socket.pause();
    clearInterval(this.watcher); // What is not read says nothing of the server.
  }

  resume() {
    this.socket._socket?.resume();
  }

  /** As a client whose network is gone. */
  kill() {
    this.socket.terminate();
    this.#down(1006);
  }

  close() {
    this.socket.close();
    this.#down(1000);
  }
}
