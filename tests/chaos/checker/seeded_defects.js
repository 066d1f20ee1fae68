// One way or more to break a good history for each code, as a broken product would.

const find = (history, kind, fields) =>
  history.events.find(
    (event) => event.kind === kind && Object.entries(fields).every(([name, value]) => event[name] === value),
  );

const drop = (history, event) => history.events.splice(history.events.indexOf(event), 1);
const log = (history, room = "a") => history.logs.postgres[room];
const bothLogs = (history, room, change) => Object.values(history.logs).forEach((rooms) => change(rooms[room]));

function swapSeen(history, fields, more) {
  Object.assign(find(history, "dlv", fields), more);
}

/** [{ code, what, seed: (history) => void }] */
export const defects = [
  {
    code: "LOST_ACKED",
    what: "the last entry is gone from the log",
    seed: (history) => bothLogs(history, "b", (entries) => entries.pop()),
  },
  {
    code: "ACK_POS_MISMATCH",
    what: "an ack names its neighbour's place",
    seed: (history) => {
      find(history, "ok", { cmid: "a2" }).seq = 1;
    },
  },
  {
    code: "ACK_UNSTABLE",
    what: "a repeat is acknowledged at another place",
    seed: (history) => {
      find(history, "ok", { cmid: "a4", t: 302 }).seq = 9;
    },
  },
  {
    code: "ACK_UNSTABLE",
    what: "a repeat is acknowledged with another msg_id",
    seed: (history) => {
      find(history, "ok", { cmid: "a4", t: 302 }).msg_id = "another";
    },
  },
  {
    code: "DUP_STORED",
    what: "a repeat was stored again at the end",
    seed: (history) => bothLogs(history, "b", (entries) => entries.push({ ...entries[2], seq: 4, msg_id: "b-4" })),
  },
  {
    code: "POS_REUSED",
    what: "two entries have one place in the log",
    seed: (history) => log(history).push({ ...log(history)[6], msg_id: "other", cmid: "other" }),
  },
  {
    code: "POS_REUSED",
    what: "two sends are acknowledged with one place",
    seed: (history) => {
      find(history, "ok", { cmid: "b2" }).seq = 1;
    },
  },
  {
    code: "HOLE",
    what: "the log skips a seq",
    seed: (history) =>
      bothLogs(history, "b", (entries) => {
        entries[2].seq = 4;
      }),
  },
  {
    code: "PHANTOM",
    what: "the log holds what nobody sent",
    seed: (history) =>
      history.events.splice(0, Infinity, ...history.events.filter(({ cmid, kind }) => cmid !== "b3" || kind === "dlv")),
  },
  {
    code: "PHANTOM",
    what: "a message is stored as another user's",
    seed: (history) =>
      bothLogs(history, "b", (entries) => {
        entries[2].user = 2;
      }),
  },
  {
    code: "CORRUPT",
    what: "one byte of a stored message differs",
    seed: (history) =>
      bothLogs(history, "b", (entries) => {
        entries[2].hash = "hash of b4";
      }),
  },
  {
    code: "ABORTED_BUT_STORED",
    what: "a message that was refused is stored",
    seed: (history) =>
      bothLogs(history, "a", (entries) =>
        entries.push({
          epoch: 1,
          seq: 8,
          msg_id: "a-8",
          type: "message",
          user: 3,
          subject: null,
          cmid: "a3",
          hash: "hash of a3",
        }),
      ),
  },
  {
    code: "REALTIME_ORDER",
    what: "a message sent after another's ack is stored before it",
    seed: (history) => {
      find(history, "inv", { cmid: "a1" }).t = 24;
    },
  },
  {
    code: "FIFO",
    what: "two messages of a client are stored the other way round",
    seed: (history) => {
      find(history, "inv", { cmid: "a1" }).key = 2.5;
    },
  },
  {
    code: "GAP_VISIBLE",
    what: "a client misses one event and hears the next",
    seed: (history) => drop(history, find(history, "dlv", { client: "c2", room: "a", seq: 4 })),
  },
  {
    code: "DUP_VISIBLE",
    what: "a client hears an event twice",
    seed: (history) => history.events.push({ ...find(history, "dlv", { client: "c2", room: "a", seq: 7 }), t: 400 }),
  },
  {
    code: "EPOCH_WITHOUT_RESET",
    what: "an entry of another epoch follows",
    seed: (history) => swapSeen(history, { client: "c2", room: "a", seq: 7 }, { epoch: 2 }),
  },
  {
    code: "DIVERGENT",
    what: "one client sees another message at a place",
    seed: (history) => swapSeen(history, { client: "c2", room: "a", seq: 7 }, { msg_id: "other", cmid: "other" }),
  },
  {
    code: "DIVERGENT",
    what: "one client sees another text",
    seed: (history) => swapSeen(history, { client: "c2", room: "a", seq: 7 }, { hash: "other" }),
  },
  {
    code: "DIVERGENT",
    what: "a gateway's history lacks an entry",
    seed: (history) => history.logs["gateway-1"].a.splice(2, 1),
  },
  {
    code: "DELIVERED_NOT_STORED",
    what: "a client sees an entry beyond the log",
    seed: (history) =>
      history.events.push({
        ...find(history, "dlv", { client: "c2", room: "a", seq: 7 }),
        seq: 8,
        msg_id: "a-8",
        t: 400,
      }),
  },
  {
    code: "NOT_CONVERGED",
    what: "one client never hears the last message",
    seed: (history) => drop(history, find(history, "dlv", { client: "c3", room: "a", seq: 7 })),
  },
  {
    code: "NOT_CONVERGED",
    what: "one who entered again hears nothing",
    seed: (history) =>
      history.events.splice(
        0,
        Infinity,
        ...history.events.filter(({ client, kind, t }) => client !== "c3" || kind === "nack" || t < 54),
      ),
  },
  {
    code: "NOT_CONVERGED",
    what: "a send is never answered",
    seed: (history) =>
      history.events.push({ kind: "inv", client: "c2", user: 2, room: "b", cmid: "open", hash: "h", key: 2, t: 400 }),
  },
  {
    code: "STALE",
    what: "a message is seen late though all is well",
    seed: (history) => {
      swapSeen(history, { client: "c2", room: "b", seq: 3 }, { t: 500 });
    },
  },
  {
    code: "STALE",
    what: "a message is seen long after the heal",
    seed: (history) => {
      swapSeen(history, { client: "c3", room: "a", seq: 7 }, { t: 900 });
    },
  },
  {
    code: "AFTER_LEAVE",
    what: "one who left hears the next message",
    seed: (history) =>
      history.events.push({ ...find(history, "dlv", { client: "c2", room: "a", seq: 4 }), client: "c3", user: 3 }),
  },
  {
    code: "AFTER_LEAVE",
    what: "one who was never in the room hears it",
    seed: (history) =>
      history.events.push(
        { kind: "client", client: "c4", user: 4, t: 0 },
        { kind: "from", client: "c4", user: 4, room: "b", epoch: 1, seq: 0, t: 1 },
        { ...find(history, "dlv", { client: "c2", room: "b", seq: 1 }), client: "c4", user: 4 },
      ),
  },
  {
    code: "VACUOUS",
    what: "the fault never came",
    seed: (history) => {
      history.fired = 0;
    },
  },
  {
    code: "VACUOUS",
    what: "hardly anything was sent",
    seed: (history) => {
      history.expect.oks = 1000;
    },
  },
  {
    code: "VACUOUS",
    what: "hardly anything was seen",
    seed: (history) => {
      history.expect.deliveries = 1000;
    },
  },
];
