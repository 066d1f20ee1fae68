// A history, put in order for the rules.
//
// A history is { rooms, events, logs, truth, end, windows, bounds, expect, fired, failover }:
//   rooms    [{ room, members: [user] }], as they were made
//   events   what clients recorded, in the order recorded; `t` in ms, of one monotonic clock:
//     inv      { client, user, room, cmid, hash, key, t }  first attempt; `key` is its rank among the
//              client's attempts in the room
//     again    { client, room, cmid, t, key? }   another attempt; without a key where the first was
//              acknowledged before
//     ok       { client, room, cmid, epoch, seq, msg_id, t }
//     nack     { client, room, cmid, code, sure, final, t }   sure: by its code nothing was done;
//              final: it is not to be tried again
//     leave    { client, user, room, t }   the user is about to leave the room
//     join     { client, user, room, t }   the user is about to enter the room again
//     from     { client, user, room, epoch, seq, t }   the view begins after that place
//     dlv      { client, user, room, epoch, seq, msg_id, type, cmid, hash, t }   at the callback
//     reset    { client, user, room, epoch, seq, t }   the view begins anew after that place
//     live     { client, room, t }   caught up
//     out      { client, room, t }   the view has ended: the user left
//     down     { client, t }   the connection broke
//     up, refused, subscribed, told   where and why, for who reads the history
//   logs     { postgres: { room: [entry] }, … }: the final log by each source; an entry is
//            { epoch, seq, msg_id, type, user, subject, cmid, hash }
//   truth    the source that decides: postgres, if none is named
//   end      when the logs were read
//   windows  [{ from, to }]: while there was a fault
//   bounds   { stale }: ms within which what was acknowledged is seen, outside the windows
//   expect   { oks, deliveries, fired }: the least of each; `fired` is how often the fault came
//   fired    how often it did
//   failover { at, kept: { room: seq } }: PostgreSQL was replaced at that time by one that may not
//            have all: what was seen before may be gone if a reset followed, and what was acknowledged
//            too where it was above `kept`. Without `kept` no ack may be lost.

export const place = ({ epoch, seq }) => `${epoch}:${seq}`;
export const at = (room, position) => `${room} ${place(position)}`;

/** Where a is beyond b; epochs only grow. */
export const isAfter = (a, b) => a.epoch > b.epoch || (a.epoch === b.epoch && a.seq > b.seq);

function byKey(list, key) {
  const groups = new Map();
  for (const item of list) {
    const group = groups.get(key(item));
    if (group) group.push(item);
    else groups.set(key(item), [item]);
  }
  return groups;
}

/** One send: its attempts and answers. */
function toOp(events) {
  const first = events.find((event) => event.kind === "inv");
  const attempts = events.filter((event) => event.kind === "inv" || event.kind === "again");
  const nacks = events.filter((event) => event.kind === "nack");
  return { ...first, attempts, nacks, oks: events.filter((event) => event.kind === "ok") };
}

/** The acks that a failover may have made void are apart: they say nothing of the final log. */
function withoutVoid(op, failover) {
  const kept = failover?.kept?.[op.room];
  if (kept === undefined) return { ...op, isVoid: false };
  const isVoid = ({ t, seq }) => t <= failover.at && seq > kept;
  return { ...op, oks: op.oks.filter((ok) => !isVoid(ok)), isVoid: op.oks.some(isVoid) };
}

/** Whether all its attempts were refused, so that it must not be stored. */
export function isRefused(op) {
  const sure = op.nacks.filter((nack) => nack.sure).length;
  return op.oks.length === 0 && sure >= op.attempts.length;
}

const ofSends = new Set(["inv", "again", "ok", "nack"]);
const ofViews = new Set(["from", "dlv", "reset", "live", "out"]);

/** The seqs between which the user was in the room: [{ from, to }], `to` infinite while they are. */
function stays(user, log, isFirstMember) {
  const found = isFirstMember ? [{ from: 0, to: Infinity }] : [];
  for (const entry of log) {
    if (entry.subject !== user) continue;
    const last = found.at(-1);
    if (entry.type === "member.left" && last?.to === Infinity) last.to = entry.seq;
    if (entry.type === "member.joined" && last?.to !== Infinity) found.push({ from: entry.seq, to: Infinity });
  }
  return found;
}

export class History {
  constructor(raw) {
    Object.assign(this, raw);
    this.windows ??= [];
    this.truth ??= "postgres";
    this.log = new Map(this.rooms.map(({ room }) => [room, this.logs[this.truth][room] ?? []]));
    this.placed = new Map(); // By room: entries by their place.
    this.sent = new Map(); // By room: entries by cmid.
    for (const [room, log] of this.log) {
      this.placed.set(room, new Map(log.map((entry) => [place(entry), entry])));
      this.sent.set(room, new Map(log.filter((entry) => entry.cmid).map((entry) => [entry.cmid, entry])));
    }
    const sends = this.events.filter((event) => ofSends.has(event.kind));
    this.ops = [...byKey(sends, ({ room, cmid }) => `${room} ${cmid}`).values()]
      .map(toOp)
      .map((op) => withoutVoid(op, this.failover));
    const again = this.events.filter(({ kind, final }) => kind === "nack" && !final);
    this.refusedRooms = new Set(again.map(({ room }) => room));
    const views = this.events.filter((event) => ofViews.has(event.kind));
    this.views = [...byKey(views, ({ client, room }) => `${client} ${room}`).values()].map((events) => ({
      client: events[0].client,
      user: events[0].user,
      room: events[0].room,
      events,
    }));
    this.breaks = byKey(
      this.events.filter(({ kind }) => kind === "down"),
      ({ client }) => client,
    );
    const moves = (wanted) =>
      byKey(
        this.events.filter(({ kind }) => kind === wanted),
        ({ room, user }) => `${room} ${user}`,
      );
    this.joins = moves("join");
    this.leaves = moves("leave");
    this.#stays = new Map();
  }

  #stays;

  stored(op) {
    return this.sent.get(op.room)?.get(op.cmid);
  }

  head(room) {
    return this.log.get(room)?.at(-1) ?? { epoch: 1, seq: 0 };
  }

  stays(room, user) {
    const key = `${room} ${user}`;
    if (!this.#stays.has(key)) {
      const first = this.rooms.find((known) => known.room === room).members.includes(user);
      this.#stays.set(key, stays(user, this.log.get(room), first));
    }
    return this.#stays.get(key);
  }

  isMemberAtEnd(room, user) {
    return this.stays(room, user).at(-1)?.to === Infinity;
  }
}
