// A socket.io-client that keeps what it hears.
import { io } from "socket.io-client";

import { Listener, patience } from "./listener.js";

export class Client extends Listener {
  /** `options` are socket.io-client's own. */
  constructor(gateway, token, options = {}) {
    super();
    this.socket = io(gateway, { auth: { token }, forceNew: true, ...options });
    this.socket.onAny((name, data) => this.hear(name, data));
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

  close() {
    this.socket.close();
  }
}
