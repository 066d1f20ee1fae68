// A device of a user: goes online and offline, and keeps a fold of every room the user is in, as a
// client does that follows docs/protocol.md. What it hears it also judges: see `faults`.
import { doors } from "./doors.js";
import { Fold } from "./fold.js";

/** What a device has of one room. */
class View {
  fold = null; // Until it is loaded.
  waiting = new Map(); // Entries by seq that came before those they follow.
  needs = null; // "load", "resume" or "catch up".
  busy = false;
  stale = false; // From going offline until it has been resumed.
  resuming = false;

  constructor(gid) {
    this.gid = gid;
  }
}

export class Device {
  views = new Map(); // By gid.
  faults = [];
  seen = []; // Per time of hearing and room the highest seq: { wave, gid, seq }.
  counts = { heard: 0, resumed: 0, replayed: 0, reset: 0, lagged: 0, loaded: 0 };
  client = null;
  away = 0; // For so many waves more.
  moving = false; // It goes offline or comes back in this wave.
  #live = new Map(); // Gid to the last seq that came live on this connection.
  #latest = new Map(); // Of `seen`, by gid.
  #whenCalm = new Set();

  constructor(user, door, world) {
    Object.assign(this, { user, door, world, key: `${user.key}@${door}` });
  }

  get online() {
    return this.client !== null;
  }

  ask(command, data) {
    return this.client.ask(command, data);
  }

  async goOnline(gateway) {
    this.gateway = gateway;
    this.#live = new Map();
    const early = []; // Events may come before its opening is known.
    let client;
    const hear = (name, data) => (client ? this.#hear(client, name, data) : early.push([name, data]));
    client = await doors[this.door].open(gateway, this.user, hear);
    this.client = client;
    for (const [name, data] of early) this.#hear(client, name, data);
    await this.#compareRooms(client);
  }

  /** As a cable that is pulled, or politely. */
  goOffline(abruptly) {
    const { client } = this;
    this.client = null;
    if (abruptly) doors[this.door].cut(client);
    client.close();
    for (const view of this.views.values()) {
      view.waiting.clear();
      view.needs = null;
      view.stale = true;
    }
    this.#tell();
  }

  /** Reads nothing from its connection, as long as that is. */
  stopReading() {
    doors[this.door].raw(this.client).pause();
  }
  readOn() {
    doors[this.door].raw(this.client).resume();
  }

  /** Resolves once `test(this)` holds; looked at whenever the device has got somewhere. */
  until(test) {
    return new Promise((resolve) => {
      const look = () => {
        if (!test(this)) return;
        this.#whenCalm.delete(look);
        resolve();
      };
      this.#whenCalm.add(look);
      look();
    });
  }

  #tell() {
    for (const look of this.#whenCalm) look();
  }

  #fault(gid, why) {
    this.faults.push({ gid, text: `wave ${this.world.wave}, ${this.key}, ${gid}: ${why}` });
  }

  /** Notes what was got of a room, in whatever way. */
  note(gid, seq) {
    const last = this.#latest.get(gid);
    if (last?.wave === this.world.wave) {
      last.seq = Math.max(last.seq, seq);
      return;
    }
    this.#latest.set(gid, { wave: this.world.wave, gid, seq });
    this.seen.push(this.#latest.get(gid));
  }

  // On coming back: what is new is loaded, what is known is resumed, what is gone is dropped.
  async #compareRooms(client) {
    const listed = new Set();
    for (const archived of [false, true]) {
      for (let after; ;) {
        const answer = await client.ask("rooms", { limit: 100, archived, ...(after ? { after } : {}) });
        if (!answer.ok) throw new Error(`rooms was answered ${JSON.stringify(answer)}`);
        for (const room of answer.rooms) listed.add(room.gid);
        after = answer.next;
        if (!after) break;
      }
    }
    for (const gid of [...this.views.keys()]) if (!listed.has(gid)) this.views.delete(gid);
    for (const gid of listed) {
      const known = this.views.has(gid);
      this.#need(client, this.#view(gid), known && this.#view(gid).fold ? "resume" : "load");
    }
  }

  #view(gid) {
    if (!this.views.has(gid)) this.views.set(gid, new View(gid));
    return this.views.get(gid);
  }

  #hear(client, name, data) {
    if (client !== this.client) return;
    this.counts.heard += 1;
    const gid = data.room;
    if (name === "room.added") {
      if (!this.views.has(gid)) this.#need(client, this.#view(gid), "load");
    } else if (name === "room.removed") {
      this.views.delete(gid);
      this.#live.delete(gid);
    } else if (name === "reset") {
      this.counts.reset += 1;
      this.#live.delete(gid);
      this.#need(client, this.#view(gid), "load");
    } else if (name === "lag") {
      this.counts.lagged += 1;
      this.#live.set(gid, data.head.seq);
      this.#need(client, this.#view(gid), "catch up");
    } else if (data.msg_id !== undefined) {
      this.#hearEntry(client, data);
    }
    this.#tell();
  }

  #hearEntry(client, event) {
    const { room: gid, seq } = event;
    const isNew = !this.views.has(gid);
    const view = this.#view(gid);
    const before = this.#live.get(gid);
    // What the answer to a subscribe has in it may be left out of what comes live.
    if (before !== undefined && seq !== before + 1 && !view.resuming) {
      this.#fault(gid, `went live from ${before} to ${seq}`);
    }
    this.#live.set(gid, seq);
    this.note(gid, seq);
    view.waiting.set(seq, event);
    if (isNew) this.#need(client, view, "load");
    else this.#drain(view);
  }

  /** Applies what follows. */
  #drain(view) {
    if (!view.fold || view.busy || view.stale) return;
    const { fold, waiting } = view;
    try {
      for (let next; (next = waiting.get(fold.position + 1)); ) fold.entry(next);
    } catch (error) {
      this.#fault(view.gid, error.message);
      waiting.clear();
      return;
    }
    for (const seq of [...waiting.keys()]) if (seq <= fold.position) waiting.delete(seq);
    if (waiting.size > 0) this.#fault(view.gid, `has ${[...waiting.keys()]} and is at ${fold.position}`);
  }

  /** Does what the view needs, and what it comes to need meanwhile. */
  async #need(client, view, what) {
    view.needs = view.needs === "load" || !view.fold ? "load" : what;
    if (view.busy) return;
    view.busy = true;
    const isCurrent = () => client === this.client && this.views.get(view.gid) === view;
    try {
      while (view.needs && isCurrent()) {
        const way = this.#ways[view.needs];
        view.needs = null;
        await way(client, view);
        if (isCurrent()) view.stale = false;
      }
    } catch (error) {
      if (error.code === "not_a_member" && isCurrent()) this.views.delete(view.gid);
      else if (isCurrent()) this.#fault(view.gid, error.message);
    }
    view.busy = false;
    if (isCurrent()) this.#drain(view);
    else if (client !== this.client && this.client && this.views.get(view.gid) === view) {
      // Another connection has come meanwhile and found the view busy.
      await this.#need(this.client, view, view.needs ?? "resume");
    }
    this.#tell();
  }

  #ways = {
    load: (client, view) => this.#load(client, view),
    resume: (client, view) => this.#resume(client, view),
    "catch up": (client, view) => this.#catchUp(client, view),
  };

  async #must(client, command, data) {
    const answer = await client.ask(command, data);
    if (answer.ok) return answer;
    throw Object.assign(new Error(`${command} was answered ${JSON.stringify(answer.error)}`), { code: answer.error.code });
  }

  /** A page of the history, which counts as seen. */
  async #page(client, gid, range) {
    const page = await this.#must(client, "history", { room: gid, limit: 200, ...range });
    if (page.events.length > 0) this.note(gid, page.events.at(-1).seq);
    return page;
  }

  /** By folded pages from the newest back; the newest tells the position. */
  async #load(client, view) {
    this.counts.loaded += 1;
    const fold = new Fold();
    let page = await this.#page(client, view.gid, {});
    const position = page.head.seq;
    for (;;) {
      fold.page(page);
      if (!page.more) break;
      page = await this.#page(client, view.gid, { before: page.events[0].seq });
    }
    const members = await this.#must(client, "members", { room: view.gid, limit: 1000 });
    const { room } = await this.#must(client, "room", { room: view.gid });
    fold.start(room, members.members, position);
    view.fold = fold;
  }

  async #resume(client, view) {
    this.counts.resumed += 1;
    const position = { epoch: 1, seq: view.fold.position };
    view.resuming = true;
    const answer = await this.#must(client, "subscribe", { room: view.gid, position })
      .finally(() => { view.resuming = false; });
    const { events, reset, head } = answer;
    const live = this.#live.get(view.gid);
    if (client === this.client && live !== undefined) this.#live.set(view.gid, Math.max(live, head.seq));
    this.counts.replayed += events.length;
    if (reset) {
      this.counts.reset += 1;
      view.needs = "load";
      return;
    }
    this.#apply(view, events);
  }

  /** By raw pages from the position up. */
  async #catchUp(client, view) {
    for (let more = true; more; ) {
      const page = await this.#page(client, view.gid, { after: view.fold.position, raw: true });
      this.#apply(view, page.events);
      more = page.more;
    }
  }

  #apply(view, events) {
    for (const event of events) {
      this.note(view.gid, event.seq);
      if (event.seq === view.fold.position + 1) view.fold.entry(event);
    }
  }

  /** Whether the device has all of the log. */
  isAt(gid, seq) {
    const view = this.views.get(gid);
    return Boolean(view?.fold) && !view.busy && !view.stale && view.fold.position === seq;
  }

  /** Why it has not. */
  standing(gid) {
    const view = this.views.get(gid);
    if (!this.online) return "offline";
    if (!view) return "does not know the room";
    return `at ${view.fold?.position}, ${view.busy ? "busy" : "idle"}, live ${this.#live.get(gid)}`;
  }
}
