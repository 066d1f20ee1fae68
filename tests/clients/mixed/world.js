// What should be: users, rooms and messages as the operations so far have made them.
import assert from "node:assert/strict";

/** Of one user in one room, from entering to leaving. */
class Stay {
  outWave = Infinity;
  outSeq = Infinity;
  readSeq;

  constructor(inWave, inSeq) {
    this.inWave = inWave;
    this.inSeq = inSeq; // 0: since the room was made.
    this.readSeq = inSeq;
  }
}

export class Room {
  head = 0;
  topic = "";
  picture = "";
  archived = false;
  members = new Map(); // User to role.
  bans = new Set();
  messages = [];
  invites = []; // { code, uses }
  stays = new Map(); // User to their stays, the latest last.
  #fresh = []; // The seqs given out in this wave.

  constructor(key, gid, kind, name) {
    Object.assign(this, { key, gid, kind, name });
  }

  enter(user, role, wave, seq) {
    this.members.set(user, role);
    if (!this.stays.has(user)) this.stays.set(user, []);
    this.stays.get(user).push(new Stay(wave, seq));
  }

  exit(user, wave, seq) {
    this.members.delete(user);
    Object.assign(this.stay(user), { outWave: wave, outSeq: seq });
  }

  /** The user's latest. */
  stay(user) {
    return this.stays.get(user)?.at(-1);
  }

  /** An entry with that seq is in the log. */
  took(seq) {
    this.#fresh.push(seq);
  }

  /** The next entry, where nothing else happens to the room in this wave. */
  takeNext() {
    this.took(this.head + this.#fresh.length + 1);
    return this.#fresh.at(-1);
  }

  /** At the end of a wave: its entries are the next of the log, each once. */
  settle() {
    const seqs = this.#fresh.sort((a, b) => a - b);
    assert.deepEqual(seqs, seqs.map((_, i) => this.head + 1 + i), `the places given out in ${this.key}`);
    this.head += seqs.length;
    this.#fresh = [];
  }

  /** As a fold has it. */
  view() {
    const { head, name, topic, picture, kind, archived } = this;
    return {
      head, settings: { name, topic, picture, kind, archived },
      members: Object.fromEntries([...this.members].map(([user, role]) => [user.username, role])),
      messages: Object.fromEntries(this.messages.map((message) => [message.seq, message.view()])),
    };
  }

  unread(user) {
    const { readSeq } = this.stay(user);
    return this.messages.filter((one) => one.seq > readSeq && one.sender !== user && !one.redacted).length;
  }
}

export class Message {
  edits = []; // { seq, client_msg_id, data }
  redacted = null; // { by, seq }
  reactions = new Map(); // Reaction to { user: seq of the entry }, as a map.
  pinned = false;

  constructor(key, room, sender) {
    Object.assign(this, { key, room, sender });
  }

  react(user, reaction, seq) {
    if (!this.reactions.has(reaction)) this.reactions.set(reaction, new Map());
    this.reactions.get(reaction).set(user, seq);
  }

  unreact(user, reaction) {
    const users = this.reactions.get(reaction);
    users.delete(user);
    if (users.size === 0) this.reactions.delete(reaction);
  }

  hasReacted(user, reaction) {
    return this.reactions.get(reaction)?.has(user) ?? false;
  }

  redact(by, seq) {
    this.redacted = { by, seq };
    this.reactions.clear();
    this.pinned = false;
  }

  /** As a fold has it. */
  view() {
    const { seq, msgId, sender, replyTo, redacted } = this;
    const base = { seq, msgId, sender: sender.username, replyTo: replyTo?.seq };
    if (redacted) {
      return { ...base, text: undefined, attributes: undefined, mentions: undefined, edited: undefined, reactions: [],
        pinned: false, redacted: { by: redacted.by.username, seq: redacted.seq } };
    }
    const mentions = this.mentions.length > 0 ? this.mentions.map((user) => user.username) : undefined;
    const reactions = [...this.reactions].map(([reaction, seqs]) => ({
      reaction, count: seqs.size, users: [...seqs].sort((a, b) => a[1] - b[1]).map(([user]) => user.id) }));
    return { ...base, text: this.text, attributes: this.attributes, mentions, edited: this.edits.at(-1)?.seq,
      redacted: undefined, reactions, pinned: this.pinned };
  }
}

export class World {
  users = [];
  rooms = [];
  wave = 0;
  #made = 0;
  #run;

  /** `run`: letters and digits in every text of this run and in no other's. */
  constructor(run) {
    this.#run = run;
  }

  /** Another name for something, e.g. "m12". */
  key(prefix) {
    return `${prefix}${++this.#made}`;
  }

  /** A word that is nowhere else. */
  token(key) {
    return `${this.#run}${key}`;
  }

  roomsOf(user) {
    return this.rooms.filter((room) => room.members.has(user));
  }

  settle() {
    for (const room of this.rooms) room.settle();
    this.wave += 1;
  }
}
