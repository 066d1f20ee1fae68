// A client as an app would have it: it keeps its views of rooms and its unsent messages over broken
// connections, comes back on any gateway, and tells the recorder what its application sees.
import { Lost } from "./link.js";
import { Outbox } from "./outbox.js";
import { hashOf } from "./recorder.js";
import { RoomView } from "./room_view.js";

const gone = new Set(["not_a_member", "room_not_found"]);
const pageLimit = 200;

export class ChaosClient {
  link = null;
  isClosed = false;
  #rooms = new Map(); // By gid: { view, outbox, said, asking, askAgain }.
  #timers = new Set();
  #generation = 0; // Of the connection: answers to an older one are not heeded.

  /**
   * `name`; `account` { user: { id }, token }; `gids` of all rooms it may be in; `recorder`;
   * `random` of its own; `gateways` URLs; `Link` the class; `options` of Link.open.
   */
  constructor({ name, account, gids, recorder, random, gateways, Link, options = {} }) {
    Object.assign(this, { name, account, recorder, random, gateways, Link, options });
    this.user = account.user.id;
    recorder.record("client", { client: name, user: this.user });
    for (const gid of gids) this.#rooms.set(gid, this.#makeRoom(gid));
  }

  #makeRoom(gid) {
    const room = { asking: false, askAgain: false };
    const tell = (kind, { text, ...fields }) => {
      if (kind === "ok") room.said = fields.seq;
      this.recorder.record(kind, {
        client: this.name,
        user: this.user,
        room: gid,
        ...fields,
        ...(text === undefined ? {} : { hash: hashOf(text) }),
      });
    };
    room.outbox = new Outbox({
      record: tell,
      window: 4,
      retryMs: () => 100 + this.random.below(300),
      transmit: ({ cmid, text, reply_to }) => this.ask("send", { room: gid, text, client_msg_id: cmid, reply_to }),
    });
    room.view = new RoomView(this.user, tell);
    return room;
  }

  /** Connects, and again whenever the connection breaks, until close(). */
  async connect() {
    for (let failures = 0; !this.isClosed; failures += 1) {
      const gateway = this.nextGateway ?? this.random.pick(this.gateways);
      this.nextGateway = null;
      if (await this.#dial(gateway)) return;
      await this.#pause(this.random.below(Math.min(2000, 200 * 2 ** failures)));
    }
  }

  async #dial(gateway) {
    const generation = (this.#generation += 1);
    const onEvent = (name, data) => generation === this.#generation && this.#hear(name, data);
    const onDown = (why) => generation === this.#generation && this.#down(why);
    try {
      this.link = await this.Link.open(gateway, this.account.token, { ...this.options, onEvent, onDown });
    } catch (error) {
      if (!(error instanceof Lost)) throw error;
      this.recorder.record("refused", { client: this.name, gateway, why: error.message });
      return false;
    }
    this.gateway = gateway;
    if (this.isClosed) {
      this.link.close();
      return true;
    }
    this.recorder.record("up", { client: this.name, gateway });
    for (const { outbox } of this.#rooms.values()) outbox.connected();
    for (const gid of this.#rooms.keys()) this.#subscribe(gid);
    return true;
  }

  #down(why) {
    this.link = null;
    this.#generation += 1;
    this.recorder.record("down", { client: this.name, gateway: this.gateway, why: String(why) });
    for (const room of this.#rooms.values()) {
      room.view.lost();
      room.outbox.lost();
      room.asking = false;
    }
    if (!this.isClosed) this.connect();
  }

  ask(command, data) {
    return this.link ? this.link.ask(command, data) : Promise.reject(new Lost("not connected"));
  }

  /** The answer, or null when the connection broke meanwhile. */
  async #askNow(command, data) {
    const generation = this.#generation;
    const answer = await this.ask(command, data).catch(() => null);
    return generation === this.#generation ? answer : null;
  }

  async #subscribe(gid) {
    const room = this.#rooms.get(gid);
    room.askAgain = room.asking;
    if (room.asking || !this.link) return; // Who connects asks for all rooms.
    room.asking = true;
    const answer = await this.#askNow("subscribe", { room: gid, ...room.view.ask() });
    if (answer === null) return;
    room.asking = false;
    this.recorder.record("subscribed", { client: this.name, room: gid, answer: answer.error?.code ?? "ok" });
    if (answer.ok) room.view.subscribed(answer);
    else if (gone.has(answer.error.code)) room.view.end();
    else return this.#later(answer.error.retry_after_ms, () => this.#subscribe(gid));
    if (room.askAgain) this.#subscribe(gid);
  }

  #later(ms, act) {
    const generation = this.#generation;
    this.#pause(Math.max(ms ?? 0, 100 + this.random.below(300))).then(() => {
      if (generation === this.#generation && !this.isClosed) act();
    });
  }

  #hear(name, data) {
    if (name === "broken") return this.recorder.record("broken", { client: this.name, text: data.text });
    const room = this.#rooms.get(data?.room ?? data?.gid);
    if (!room) return;
    const gid = data.room ?? data.gid;
    if (name === "reset") room.view.reset(data);
    else if (name === "lag") this.#readOn(gid, data);
    else if (name === "room.added" || name === "room.removed") this.#membershipChanged(gid);
    else if (data.seq && data.msg_id && room.view.entry(data)) this.#entryEnds(gid);
  }

  #entryEnds(gid) {
    this.#rooms.get(gid).view.end();
    this.#subscribe(gid); // The user may be in again already.
  }

  /** Asks with the place it has: a view that goes on misses nothing by it, one that is over ends. */
  #membershipChanged(gid) {
    const { view } = this.#rooms.get(gid);
    this.recorder.record("told", { client: this.name, room: gid, state: view.state });
    this.#subscribe(gid);
  }

  async #readOn(gid, lag) {
    const { view } = this.#rooms.get(gid);
    if (!view.lag(lag)) return;
    const events = [];
    for (let after = lag.at.seq; after < lag.head.seq; after = events.at(-1).seq) {
      const page = await this.#askNow("history", { room: gid, after, limit: pageLimit, raw: true });
      if (page === null) return;
      if (!page.ok) return this.#later(page.error.retry_after_ms, () => this.link?.kill());
      events.push(...page.events.filter(({ seq }) => seq <= lag.head.seq));
      if (page.events.length === 0) break;
    }
    view.caughtUp(events);
  }

  /** Where it `isReply`, to the message of its own that was acknowledged last, if any: the store looks that up. */
  send(gid, { isReply, ...message }) {
    const { outbox, said } = this.#rooms.get(gid);
    outbox.send(isReply && said ? { ...message, reply_to: said } : message);
  }

  repeat(gid) {
    return this.#rooms.get(gid).outbox.repeat((acked) => this.random.pick(acked));
  }

  async leave(gid) {
    this.recorder.record("leave", { client: this.name, user: this.user, room: gid });
    await this.ask("room.leave", { room: gid }).catch(() => null);
  }

  async join(gid) {
    this.recorder.record("join", { client: this.name, user: this.user, room: gid });
    const answer = await this.#askNow("room.join", { room: gid });
    if (answer?.ok) this.#membershipChanged(gid);
    return answer;
  }

  /** Breaks the connection and comes back, to `gateway` if named. */
  cut(gateway) {
    this.nextGateway = gateway;
    this.link?.kill();
  }

  /** Says goodbye and comes back. */
  move(gateway) {
    this.nextGateway = gateway;
    this.link?.close();
  }

  view(gid) {
    return this.#rooms.get(gid).view;
  }

  /** Messages that have no answer yet. */
  get openCount() {
    return [...this.#rooms.values()].reduce((sum, { outbox }) => sum + outbox.openCount, 0);
  }

  #pause(ms) {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#timers.delete(timer);
        resolve();
      }, ms);
      this.#timers.add(timer);
    });
  }

  /** For good. */
  close() {
    this.isClosed = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.link?.close();
    for (const { outbox } of this.#rooms.values()) outbox.lost();
  }
}
