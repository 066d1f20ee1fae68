// A TCP proxy whose faults are those of networks.
import { once } from "node:events";
import { connect, createServer } from "node:net";

/**
 * What happens to bytes of one direction; `stalled`: nothing is read; `spoiler`: is given
 * what closes the connection, for each that is new, and makes what gives other bytes for those it is given.
 */
const healthy = { blackhole: false, stalled: false, delayMs: 0, bytesPerSecond: 0, spoiler: null };

class Pipe {
  #queue = [];
  #timer = null;

  constructor(from, to, state) {
    Object.assign(this, { from, to, state, spoil: state.spoiler?.(() => this.#breakOff()) });
    from.on("data", (data) => this.#take(data));
    from.on("end", () => this.#take(null));
  }

  #breakOff() {
    this.from.destroy();
    this.to.destroy();
  }

  /** null is the end of the stream. */
  #take(data) {
    if (this.state.blackhole) return; // As packets that are dropped, and sent again in vain.
    if (data && this.spoil) data = this.spoil(data);
    if (this.state.stalled) this.from.pause();
    const { delayMs, bytesPerSecond } = this.state;
    if (!delayMs && !bytesPerSecond && this.#queue.length === 0) return this.#give(data);
    const now = performance.now();
    const sending = bytesPerSecond && data ? (data.length / bytesPerSecond) * 1000 : 0;
    const due = Math.max(now, this.#queue.at(-1)?.due ?? 0) + sending;
    this.#queue.push({ data, due, at: due + delayMs });
    if (this.#queue.length > 256) this.from.pause();
    this.#plan();
  }

  #plan() {
    if (this.#timer || this.#queue.length === 0) return;
    this.#timer = setTimeout(
      () => {
        this.#timer = null;
        while (this.#queue.length > 0 && this.#queue[0].at <= performance.now() + 1)
          this.#give(this.#queue.shift().data);
        if (this.#queue.length <= 256) this.from.resume();
        this.#plan();
      },
      Math.max(1, this.#queue[0].at - performance.now()),
    );
  }

  #give(data) {
    if (this.to.destroyed) return;
    if (data === null) this.to.end();
    else if (!this.to.write(data)) {
      this.from.pause();
      this.to.once("drain", () => this.state.stalled || this.from.resume());
    }
  }

  end() {
    clearTimeout(this.#timer);
    this.#queue = [];
  }
}

export class Proxy {
  up = { ...healthy }; // From the client to the target.
  down = { ...healthy };
  isRefusing = false;
  #pairs = new Set();

  /** Starts one in front of that port of this machine; it listens on a free one. */
  static async to(port) {
    const proxy = new Proxy();
    proxy.target = port;
    await proxy.#listen(0, "127.0.0.1");
    return proxy;
  }

  async #listen(port, host) {
    this.server = createServer({ allowHalfOpen: true }, (socket) => this.#accept(socket)).listen(port, host);
    await once(this.server, "listening");
    this.port = this.server.address().port;
  }

  /** Goes to another address of this machine, as a pod does that begins anew: the old one refuses. */
  async move(host) {
    this.server.close();
    this.cut();
    await this.#listen(this.port, host);
  }

  #accept(client) {
    client.on("error", () => {});
    if (this.isRefusing) return client.destroy();
    const target = connect({ port: this.target, host: "127.0.0.1", allowHalfOpen: true, noDelay: true });
    client.setNoDelay(true);
    const pair = { client, target, pipes: [new Pipe(client, target, this.up), new Pipe(target, client, this.down)] };
    this.#pairs.add(pair);
    target.on("error", () => {});
    const close = () => this.#close(pair);
    for (const socket of [client, target]) socket.on("close", close);
  }

  #close(pair) {
    if (!this.#pairs.delete(pair)) return;
    for (const pipe of pair.pipes) pipe.end();
    // Nobody hears of a close through a black hole.
    if (this.up.blackhole || this.down.blackhole) this.#limbo.add(pair);
    else destroy(pair);
  }

  #limbo = new Set();

  get connections() {
    return this.#pairs.size;
  }

  /** Closes all connections, as a proxy that is loaded anew. */
  cut() {
    for (const pair of this.#pairs) destroy(pair);
  }

  /** Cuts, and refuses new connections. */
  refuse() {
    this.isRefusing = true;
    this.cut();
  }

  /** Lets no bytes through and tells nobody. */
  blackhole({ up = true, down = true } = {}) {
    this.up.blackhole = up;
    this.down.blackhole = down;
  }

  /** Reads nothing more of what the target sends, so that it fills up. */
  stall() {
    this.down.stalled = true;
    for (const { target } of this.#pairs) target.pause();
  }

  /** Spoils what new connections carry, and all there are end. */
  spoil({ up = null, down = null }) {
    this.up.spoiler = up;
    this.down.spoiler = down;
    this.cut();
  }

  slow(delayMs, bytesPerSecond = 0) {
    for (const way of [this.up, this.down]) Object.assign(way, { delayMs, bytesPerSecond });
  }

  /** Back to health. What went through a black hole cannot go on: bytes are missing. */
  heal() {
    const isBroken = ({ blackhole, spoiler }) => blackhole || spoiler;
    const hadHole = isBroken(this.up) || isBroken(this.down);
    for (const way of [this.up, this.down]) Object.assign(way, healthy);
    this.isRefusing = false;
    for (const pair of this.#limbo) destroy(pair);
    this.#limbo.clear();
    if (hadHole) this.cut();
    for (const { target } of this.#pairs) target.resume();
  }

  stop() {
    this.heal();
    this.cut();
    this.server.close();
  }
}

function destroy({ client, target }) {
  client.destroy();
  target.destroy();
}
