// A connection by socket.io-client 4.
import { io } from "socket.io-client";

import { Asked, connectMs, gate, Lost } from "./link.js";

export class SocketIoLink {
  #asked = new Asked(() => this.kill());
  #lastId = 0;
  #isDown = false;

  /** Connects; rejects with Lost. `transports` as socket.io-client's. */
  static async open(url, token, { onEvent, onDown, rooms, transports = ["websocket"] }) {
    const link = new SocketIoLink(url, { auth: { token, rooms }, transports }, onEvent);
    const opened = gate();
    link.onDown = (why) => opened.reject(new Lost(why));
    link.socket.on("connect", opened.resolve);
    link.socket.on("connect_error", (error) => opened.reject(new Lost(error.message)));
    try {
      await opened.promise;
    } catch (error) {
      link.kill();
      throw error;
    }
    link.onDown = onDown;
    if (link.#isDown) throw new Lost("closed just now");
    return link;
  }

  constructor(url, options, onEvent) {
    this.socket = io(url, { ...options, forceNew: true, reconnection: false, timeout: connectMs });
    this.socket.onAny(onEvent);
    this.socket.on("disconnect", (reason) => this.#down(reason));
  }

  ask(command, data) {
    if (!this.socket.connected) return Promise.reject(new Lost("not connected"));
    const id = (this.#lastId += 1);
    const answered = this.#asked.add(id);
    this.socket.emit(command, data, (answer) => this.#asked.answer(id, answer));
    return answered;
  }

  #down(why) {
    if (this.#isDown) return;
    this.#isDown = true;
    this.#asked.end(why);
    this.onDown(why);
  }

  get #transportSocket() {
    return this.socket.io.engine?.transport?.ws?._socket;
  }

  pause() {
    this.#transportSocket?.pause();
  }

  resume() {
    this.#transportSocket?.resume();
  }

  /** As a client whose network is gone. */
  kill() {
    this.#transportSocket?.destroy();
    this.socket.disconnect();
    this.#down("killed");
  }

  close() {
    this.socket.disconnect();
    this.#down("closed");
  }
}
