// Clients of different kinds that chat: each tells of its messages and acks in the same way.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const script = fileURLToPath(new URL("../python_client.py", import.meta.url));
/** Where there is a python-socketio: Debian's, whose packages ./dev installs, and that of PyPI, if it could. */
export const pythons = { Debian: "/usr/bin/python3" };
if (process.env.CONFAB_NEWEST_PYTHON) pythons.PyPI = process.env.CONFAB_NEWEST_PYTHON;
const patience = 30_000;

class Talker {
  messages = [];
  connections = 0;
  #waiters = new Set();

  changed() {
    for (const waiter of this.#waiters) waiter();
  }

  /** Resolves when `test` holds; looked at whenever something happens. */
  until(test, what) {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiters.delete(look);
        reject(new Error(`${this.name} waited in vain for ${what}`));
      }, patience);
      const look = () => {
        if (!test()) return;
        clearTimeout(timer);
        this.#waiters.delete(look);
        resolve();
      };
      this.#waiters.add(look);
      look();
    });
  }

  connected(times = 1) {
    return this.until(() => this.connections >= times, `connection ${times}`);
  }

  /** Everything of the room up to there. */
  hears(room, seq) {
    return this.until(() => this.log(room).length >= seq, `seq ${seq}`);
  }

  /** In the order heard. */
  log(room) {
    return this.messages.filter((message) => message.room === room);
  }

  heard(event, data) {
    if (event === "connect") this.connections += 1;
    if (event === "message") this.messages.push(data);
    this.changed();
  }
}

/** A socket.io-client of whatever generation. `options` say how it gives its token. */
export class SocketTalker extends Talker {
  constructor(name, io, gateway, options) {
    super();
    this.name = name;
    this.socket = io(gateway, { forceNew: true, reconnectionDelay: 100, reconnectionDelayMax: 500, ...options });
    for (const event of ["connect", "message"]) this.socket.on(event, (data) => this.heard(event, data));
  }

  send(data) {
    return new Promise((resolve) => {
      this.socket.emit("send", data, resolve);
    });
  }

  /** The same with binary data in it. */
  sendBinary(data) {
    return this.send({ ...data, attributes: { file: Buffer.from([0, 255]) } });
  }

  close() {
    this.socket.close();
  }
}

/** It calls handlers on a thread for each event, so the order in which they tell of it means nothing. */
export class PythonTalker extends Talker {
  #acks = [];

  constructor(name, gateway, token, transport, python = pythons.Debian) {
    super();
    this.name = name;
    this.child = spawn(python, ["-B", script, gateway, token, transport], { stdio: ["pipe", "pipe", "inherit"] });
    createInterface({ input: this.child.stdout }).on("line", (line) => {
      const { event, data } = JSON.parse(line);
      if (event === "ack") this.#acks.shift()(data);
      else this.heard(event, data);
    });
  }

  log(room) {
    return super.log(room).sort((a, b) => a.seq - b.seq);
  }

  sendBinary(data) {
    return this.send(data, true);
  }

  send(data, binary = false) {
    this.child.stdin.write(`${JSON.stringify({ send: data, binary })}\n`);
    return new Promise((resolve) => {
      this.#acks.push(resolve);
    });
  }

  close() {
    this.child.kill();
  }
}
