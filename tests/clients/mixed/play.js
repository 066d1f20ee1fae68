// Plays operations in waves: what is in a wave happens at once, and the next begins when all of it has
// been answered and looked at.
import assert from "node:assert/strict";

import { differences } from "./compare.js";
import { Device } from "./device.js";
import { doors, RestDoor } from "./doors.js";
import { Fold } from "./fold.js";
import { messageKinds, send, sendLong } from "./message_operations.js";
import { roomKinds } from "./room_operations.js";

const kinds = [...messageKinds, ...roomKinds];
const [create] = roomKinds;
const crowdKinds = messageKinds.filter((kind) => kind.crowd);
/** Each is more than is replayed to somebody who was away: too many, or too much. */
const floods = [{ kind: send, messages: 310 }, { kind: sendLong, messages: 90 }];
const wavesBetweenFloods = 120;

/** A client that waits so long for what it is owed does so in vain. */
const patience = 30_000;

export class Play {
  operations = 0;
  seen = []; // What histories gave: { user, gid, wave, seq }.
  counts = { refused: 0, cut: 0, looks: 0, floods: 0 };
  #trace = [];
  #slow = []; // What is not waited for: reads.

  constructor(world, dice, gateways) {
    Object.assign(this, { world, dice, gateways });
    const names = Object.keys(doors);
    this.devices = world.users.flatMap((user, i) =>
      [0, 2].map((more) => new Device(user, names[(i + more) % names.length], world)));
  }

  async begin() {
    await Promise.all(this.devices.map((device) => device.goOnline(this.dice.pick(this.gateways))));
    await this.#wave(this.world.users.slice(0, 5).map((actor) => this.#draw(create, undefined, actor, new Set())));
  }

  /** A wave of one or another sort. */
  async next() {
    const sort = this.dice.fraction();
    const moves = this.#drawMoves();
    if (this.world.wave % wavesBetweenFloods === wavesBetweenFloods / 2) return this.#wave(this.#drawFlood(), moves);
    if (sort < 0.35) return this.#wave(this.#drawCrowd(), moves);
    await this.#wave(this.#drawSpread(), moves);
    if (this.dice.chance(0.15)) await this.#look();
  }

  /** Everybody is there again, and has heard and said everything. */
  async end() {
    const away = this.devices.filter((device) => !device.online);
    await Promise.all(away.map((device) => device.goOnline(this.dice.pick(this.gateways))));
    await Promise.all(this.#slow);
    const caughtUp = (device) => this.#roomsOf(device).every((room) => device.isAt(room.gid, room.head)) &&
      device.views.size === this.#roomsOf(device).length;
    const all = Promise.all(this.devices.map((device) => device.until(caughtUp)));
    let timer;
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error(`not caught up:\n${this.#standings().join("\n")}`)), patience);
    });
    await Promise.race([all, late]).finally(() => clearTimeout(timer));
  }

  /** How often what has come about, with what the devices count. */
  sums() {
    const sum = (name) => this.devices.reduce((all, device) => all + device.counts[name], 0);
    const names = Object.keys(this.devices[0].counts);
    return { ...this.counts, ...Object.fromEntries(names.map((name) => [name, sum(name)])) };
  }

  close() {
    for (const device of this.devices) if (device.online) device.goOffline(false);
  }

  /** The last operations that have to do with it. */
  about(gid, count = 40) {
    return this.#trace.filter((line) => line.gid === undefined || line.gid === gid).slice(-count).map((line) => line.text);
  }

  #roomsOf = (device) => this.world.roomsOf(device.user);

  #standings() {
    return this.devices.flatMap((device) => {
      const mine = this.#roomsOf(device);
      const behind = mine.filter((room) => !device.isAt(room.gid, room.head))
        .map((room) => `${device.key}: ${room.key} ${room.gid} has ${room.head} entries; ${device.standing(room.gid)}`);
      const extra = [...device.views.keys()].filter((gid) => !mine.some((room) => room.gid === gid))
        .map((gid) => `${device.key}: is not in ${gid} and ${device.standing(gid)}`);
      return [...behind, ...extra, ...device.faults.map(({ text }) => text)];
    });
  }

  // Drawing. None of it depends on what the system answered, so that a seed draws the same again.

  /** Who goes offline, comes back, stops reading or reads on. */
  #drawMoves() {
    const moves = [];
    for (const device of this.devices) {
      device.moving = false;
      if (device.away > 0) {
        device.away -= 1;
        if (device.away === 0) moves.push({ device, back: this.dice.pick(this.gateways) });
      } else if (this.dice.chance(0.03)) {
        device.away = 1 + this.dice.below(this.dice.chance(0.2) ? 60 : 6);
        moves.push({ device, abruptly: this.dice.chance(0.7) });
      }
    }
    for (const { device } of moves) device.moving = true;
    return moves;
  }

  /** How the actor does it: on a device that is there, or by REST. */
  #way(actor, busy = new Set()) {
    const there = this.devices.filter((device) => device.user === actor && !device.away && !device.moving && !busy.has(device));
    const gateway = this.dice.pick(this.gateways);
    const device = this.dice.pick(there);
    return this.dice.chance(0.25) || !device ? new RestDoor(gateway, actor) : device;
  }

  /** `used`: names of what others in the wave are about. */
  #draw(kind, room, actor, used, broken = new Set()) {
    const { world, dice } = this;
    const claim = (name) => !used.has(name) && Boolean(used.add(name));
    const operation = kind.draw({ world, dice, room, actor, claim });
    if (!operation) return undefined;
    const way = this.#way(actor, broken);
    const drawn = { ...operation, kind, actor, room: kind.anywhere ? undefined : room, way };
    if (operation.also) drawn.second = this.#way(actor, broken);
    if (!operation.cut) return drawn;
    if (way instanceof RestDoor || used.has(way.key)) return undefined;
    broken.add(way);
    return { ...drawn, elsewhere: dice.pick(this.gateways) };
  }

  /** Of the room, but for an occasional stranger. */
  #actor(room) {
    const inside = this.dice.chance(0.88) && room.members.size > 0;
    return this.dice.pick(inside ? [...room.members.keys()] : this.world.users);
  }

  /** Each in another room, so that what comes of each is foreseen exactly. */
  #drawSpread() {
    const [used, broken, wave] = [new Set(), new Set(), []];
    for (let i = 1 + this.dice.below(8); i > 0; --i) {
      const room = this.dice.pick(this.world.rooms);
      const kind = this.dice.weighed(kinds);
      const actor = this.#actor(room);
      if (!kind.anywhere && used.has(room.key)) continue;
      const drawn = this.#draw(kind, room, actor, used, broken);
      if (!drawn) continue;
      if (!kind.anywhere) used.add(room.key);
      for (const { key } of [drawn.way, drawn.second ?? {}]) if (key) used.add(key);
      wave.push(drawn);
    }
    return wave;
  }

  /** Many in one room, none of which has to do with another; in which order they come is open. */
  #drawCrowd() {
    const room = this.dice.pick(this.world.rooms);
    const [used, broken, touched, wave] = [new Set(), new Set(), new Map(), []];
    for (let i = 2 + this.dice.below(14); i > 0; --i) {
      const drawn = this.#draw(this.dice.weighed(crowdKinds), room, this.#actor(room), used, broken);
      if (!drawn) continue;
      const { touches, share } = drawn;
      const shares = touched.get(touches);
      if (touches && shares && (!share || shares.has(undefined) || shares.has(share))) continue;
      if (touches) touched.set(touches, (shares ?? new Set()).add(share));
      for (const { key } of [drawn.way, drawn.second ?? {}]) if (key) used.add(key);
      wave.push(drawn);
    }
    return wave;
  }

  /** More in a room than is replayed to those who were away. */
  #drawFlood() {
    const open = this.world.rooms.filter((room) => !room.archived && room.members.size > 1);
    const room = this.dice.pick(open.filter((one) => this.devices.some((device) => device.away > 0 &&
      one.members.has(device.user)))) ?? this.dice.pick(open);
    if (!room) return [];
    const actor = this.dice.pick([...room.members.keys()]);
    this.counts.floods += 1;
    const { kind, messages } = this.dice.pick(floods);
    return Array.from({ length: messages }, () => this.#draw(kind, room, actor, new Set()));
  }

  // Doing.

  async #wave(drawn, moves = []) {
    const wave = drawn.filter(Boolean);
    for (const { room, actor, title, way } of wave) {
      const at = way.key ?? `REST ${this.gateways.indexOf(way.gateway)}`;
      this.#note(`${actor.key} by ${at}: ${title}${room ? ` in ${room.key}` : ""}`, room?.gid);
    }
    const moving = moves.map((move) => this.#move(move));
    const answered = wave.map((operation) => this.#start(operation));
    const answers = await Promise.all(answered);
    await Promise.all(moving);
    wave.forEach((operation, i) => this.#judge(operation, answers[i]));
    this.operations += wave.length;
    this.world.settle();
    const faults = this.devices.flatMap((device) => device.faults);
    if (faults.length > 0) {
      throw new Error([...faults.map(({ text }) => text), ...this.about(faults[0].gid)].join("\n"));
    }
  }

  #note(text, gid) {
    this.#trace.push({ gid, text: `wave ${this.world.wave}: ${text}` });
  }

  #move({ device, back, abruptly }) {
    if (back) {
      this.#note(`${device.key} comes back on ${this.gateways.indexOf(back)}`);
      return device.goOnline(back);
    }
    this.#note(`${device.key} goes offline${abruptly ? " abruptly" : ""}`);
    if (device.online) device.goOffline(abruptly);
    return undefined;
  }

  /** Resolves with the answers, or nothing where they are not waited for. */
  async #start(operation) {
    const { command, data, way, second, kind } = operation;
    if (operation.cut) return [await this.#cutOff(operation)];
    if (kind.slow) {
      this.#slow.push(this.#later(operation));
      return undefined;
    }
    return Promise.all([way, second].filter(Boolean).map((one) => one.ask(command, data)));
  }

  async #cutOff({ way, elsewhere, command, data }) {
    this.counts.cut += 1;
    way.ask(command, data).catch(() => {}); // Whatever comes of it.
    way.goOffline(true);
    await way.goOnline(elsewhere);
    return way.ask(command, data);
  }

  /** Reads are repeated by REST when their connection was lost. */
  async #later(operation) {
    const { way, actor, command, data } = operation;
    const mayBeRefused = operation.foresee();
    const answer = await way.ask(command, data).catch(() => new RestDoor(this.gateways[0], actor).ask(command, data));
    if (answer.error?.code === "not_a_member" && mayBeRefused()) return;
    this.#judge(operation, [answer]);
  }

  #judge(operation, answers) {
    if (!answers) return;
    const { refusals, title, actor, room, way, data } = operation;
    const [answer] = answers;
    const fail = (why) => {
      throw new Error([`wave ${this.world.wave}: ${actor.key} by ${way.key ?? "REST"}: ${title}: ${why}`,
        `asked ${JSON.stringify(data)}`, `answered ${JSON.stringify(answers)}`, ...this.about(room?.gid)].join("\n"));
    };
    const last = answer.events?.at(-1);
    if (last) this.seen.push({ user: actor, gid: room.gid, wave: this.world.wave, seq: last.seq });
    if (refusals.length > 0) {
      this.counts.refused += 1;
      if (answer.ok && operation.mayBeLate) return;
      if (answer.ok || !refusals.includes(answer.error.code)) fail(`is not refused with one of ${refusals}`);
      return;
    }
    if (answers.some((one) => !one.ok)) fail("is refused");
    try {
      operation.apply(...answers);
    } catch (error) {
      fail(error.message);
    }
  }

  /** A folded page between two waves, as the room must be now. */
  async #look() {
    const room = this.dice.pick(this.world.rooms);
    const user = this.dice.pick([...room.members.keys()]);
    if (!user) return;
    const page = await this.#way(user).ask("history", { room: room.gid, limit: 100 });
    if (page.ok && page.head.seq < room.head) return; // That gateway has not heard the last of it.
    const fold = new Fold();
    fold.page(page);
    const { messages } = room.view();
    const wanted = Object.fromEntries(Object.keys(fold.view().messages).map((seq) => [seq, messages[seq]]));
    const found = differences(wanted, fold.view().messages, room.key);
    this.counts.looks += 1;
    assert.deepEqual(found, [], this.about(room.gid).join("\n"));
  }
}
