// A history in which nothing is wrong and nearly everything happens, for the checker's tests.

const sends = (room, client, user, cmid, key, t) => ({
  kind: "inv",
  client,
  user,
  room,
  cmid,
  hash: `hash of ${cmid}`,
  key,
  t,
});

function message(room, seq, user, cmid) {
  return {
    epoch: 1,
    seq,
    msg_id: `${room}-${seq}`,
    type: "message",
    user,
    subject: null,
    cmid,
    hash: `hash of ${cmid}`,
  };
}

function member(room, seq, type, user) {
  return { epoch: 1, seq, msg_id: `${room}-${seq}`, type, user, subject: user, cmid: null, hash: null };
}

const ack = (client, room, entry, t) => ({
  kind: "ok",
  client,
  room,
  cmid: entry.cmid,
  epoch: entry.epoch,
  seq: entry.seq,
  msg_id: entry.msg_id,
  t,
});

const seen = (client, user, room, { epoch, seq, msg_id, type, cmid, hash }, t) => ({
  kind: "dlv",
  client,
  user,
  room,
  epoch,
  seq,
  msg_id,
  type,
  cmid,
  hash,
  t,
});

const begins = (kind, client, user, room, seq, t) => ({ kind, client, user, room, epoch: 1, seq, t });

/** Room "a": three users, one of whom leaves and enters again; room "b": two, one is told to reset. */
export function goodHistory() {
  const a = [
    message("a", 1, 1, "a1"),
    message("a", 2, 2, "a2"),
    member("a", 3, "member.left", 3),
    message("a", 4, 1, "a4"),
    member("a", 5, "member.joined", 3),
    message("a", 6, 1, "a6"),
    message("a", 7, 1, "a7"),
  ];
  const b = [message("b", 1, 1, "b1"), message("b", 2, 2, "b2"), message("b", 3, 1, "b3")];
  const events = [
    ...[1, 2, 3].map((user) => ({ kind: "client", client: `c${user}`, user, t: 0 })),
    ...[1, 2, 3].map((user) => begins("from", `c${user}`, user, "a", 0, 1)),
    ...[1, 2].map((user) => begins("from", `c${user}`, user, "b", 0, 1)),
    ...[1, 2, 3].map((user) => ({ kind: "live", client: `c${user}`, room: "a", t: 2 })),
    ...[1, 2].map((user) => ({ kind: "live", client: `c${user}`, room: "b", t: 2 })),
    ...talk(a),
    ...talkOfB(b),
  ];
  const rooms = [
    { room: "a", members: [1, 2, 3] },
    { room: "b", members: [1, 2] },
  ];
  return {
    rooms,
    events: events.sort((one, other) => one.t - other.t),
    end: 1000,
    windows: [{ from: 100, to: 200 }],
    logs: { postgres: { a, b }, "gateway-1": structuredClone({ a, b }) },
    bounds: { stale: 50 },
    expect: { oks: 8, deliveries: 10, fired: 1 },
    fired: 1,
  };
}

function talk(log) {
  const [one, two, left, four, joined, six, seven] = log;
  const everybody = (entry, t, users = [1, 2, 3]) => users.map((user) => seen(`c${user}`, user, "a", entry, t));
  return [
    sends("a", "c1", 1, "a1", 1, 10),
    ack("c1", "a", one, 12),
    ...everybody(one, 13),
    sends("a", "c2", 2, "a2", 1, 20),
    ack("c2", "a", two, 22),
    ...everybody(two, 23),
    { kind: "leave", client: "c3", user: 3, room: "a", t: 28 },
    ...everybody(left, 30),
    { kind: "out", client: "c3", room: "a", t: 31 },
    sends("a", "c3", 3, "a3", 1, 32),
    { kind: "nack", client: "c3", room: "a", cmid: "a3", code: "not_a_member", sure: true, final: true, t: 33 },
    sends("a", "c1", 1, "a4", 2, 40),
    ack("c1", "a", four, 42),
    ...everybody(four, 43, [1, 2]),
    { kind: "join", client: "c3", user: 3, room: "a", t: 50 },
    ...everybody(joined, 52, [1, 2]),
    begins("from", "c3", 3, "a", 5, 54),
    { kind: "live", client: "c3", room: "a", t: 54 },
    // The fault: c1 loses its connection, a7 was refused once and so went behind a6.
    sends("a", "c1", 1, "a7", 3, 105),
    sends("a", "c1", 1, "a6", 4, 106),
    { kind: "nack", client: "c1", room: "a", cmid: "a7", code: "unavailable", sure: true, t: 110 },
    { kind: "down", client: "c1", t: 120 },
    ...everybody(six, 121, [2, 3]),
    { kind: "again", client: "c1", room: "a", cmid: "a6", key: 5, t: 130 },
    { kind: "again", client: "c1", room: "a", cmid: "a7", key: 6, t: 131 },
    ack("c1", "a", six, 135),
    ack("c1", "a", seven, 136),
    seen("c1", 1, "a", six, 140),
    seen("c1", 1, "a", seven, 141),
    { kind: "live", client: "c1", room: "a", t: 142 },
    ...everybody(seven, 150, [2, 3]),
    { kind: "again", client: "c1", room: "a", cmid: "a4", t: 300 },
    ack("c1", "a", four, 302),
  ];
}

function talkOfB(log) {
  const [one, two, three] = log;
  const both = (entry, t) => [1, 2].map((user) => seen(`c${user}`, user, "b", entry, t));
  return [
    sends("b", "c1", 1, "b1", 1, 10),
    ack("c1", "b", one, 12),
    ...both(one, 13),
    sends("b", "c2", 2, "b2", 1, 60),
    ack("c2", "b", two, 62),
    seen("c1", 1, "b", two, 63),
    begins("reset", "c2", 2, "b", 2, 64),
    { kind: "live", client: "c2", room: "b", t: 65 },
    // c1 is caught up by the answer to its subscribe.
    sends("b", "c1", 1, "b3", 2, 305),
    ack("c1", "b", three, 306),
    ...both(three, 307),
  ];
}
