// A socket.io-client that keeps what it hears.
import { io } from "socket.io-client";

/** How long anything may take before a test gives up; no test waits this long when all is well. */
const patience = 20_000;

export class Client {
  /** `options` are socket.io-client's own. */
  constructor(gateway, token, options = {}) {
    this.heard = []; // Every event: { name, data }, in order.
    this.waiters = new Set();
    this.socket = io(gateway, { auth: { token }, forceNew: true, ...options });
    this.socket.onAny((name, data) => {
      this.heard.push({ name, data });
      this.check();
    });
    this.socket.io.on("open", () => this.socket.io.engine.on("upgrade", () => this.check()));
    for (const name of ["connect", "connect_error", "disconnect"]) {
      this.socket.on(name, () => this.check());
    }
  }

  /** Connects and returns once the server has let the client in. */
  static async open(gateway, token, options) {
    const client = new Client(gateway, token, options);
    await client.until(() => client.socket.connected, "the connection");
    return client;
  }

  check() {
    for (const waiter of this.waiters) {
      if (waiter.test()) {
        this.waiters.delete(waiter);
        clearTimeout(waiter.timer);
        waiter.resolve();
      }
    }
  }

  /** Resolves when `test` holds; looked at whenever something happens. */
  until(test, what) {
    if (test()) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const waiter = { test, resolve };
      waiter.timer = setTimeout(() => {
        this.waiters.delete(waiter);
        reject(new Error(`waited in vain for ${what}`));
      }, patience);
      this.waiters.add(waiter);
    });
  }

  /** The error of a refused connection. */
  static refusal(gateway, auth, options = {}) {
    return new Promise((resolve, reject) => {
      const socket = io(gateway, { auth, forceNew: true, ...options });
      socket.on("connect_error", (error) => {
        socket.close();
        resolve(error);
      });
      socket.on("connect", () => {
        socket.close();
        reject(new Error("the connection was accepted"));
      });
    });
  }

  /** A command and its answer. */
  ask(command, data = {}) {
    return this.socket.timeout(patience).emitWithAck(command, data);
  }

  send(room, text, more = {}) {
    return this.ask("send", { room, text, ...more });
  }

  /** The data of the events of that name heard so far. */
  all(name) {
    return this.heard.filter((event) => event.name === name).map((event) => event.data);
  }

  /** What was heard of the room's log, in the order heard. */
  log(room) {
    return this.heard.filter((event) => event.data?.room === room && event.data.seq && event.data.msg_id)
      .map((event) => event.data);
  }

  hears(room, seq) {
    return this.until(() => (this.log(room).at(-1)?.seq ?? 0) >= seq, `seq ${seq} of ${room}`);
  }

  close() {
    this.socket.close();
  }
}
