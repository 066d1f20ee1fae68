// What the message-store's tables say of rooms, in the shape in which views are compared. Numbers as
// in services/message_store/domain/types.hpp.
import { query } from "../lib/system.js";

const entryTypes = { 1: "message", 2: "member.joined", 3: "member.left", 4: "message.edited", 5: "message.redacted",
  6: "reaction", 7: "pin", 8: "member.updated", 9: "room.updated" };
const roomKinds = { 1: "private", 2: "public", 3: "direct" };
const memberRoles = { 1: "owner", 2: "admin", 3: "member", 4: "read-only" };

const gidPattern = /^[0-9A-Za-z]{8}$/;

/** Rows as objects, by the gid of their room. */
async function byRoom(gids, select) {
  if (!gids.every((gid) => gidPattern.test(gid))) throw new Error("no gids");
  const lines = await query(`SELECT json_build_array(g.gid, to_json(t)) FROM chat.gids g JOIN (${select}) AS t
    ON t.room_id = g.room_id WHERE g.gid IN ('${gids.join("','")}')`);
  const rows = new Map(gids.map((gid) => [gid, []]));
  for (const line of lines.split("\n").filter(Boolean)) {
    const [gid, row] = JSON.parse(line);
    rows.get(gid).push(row);
  }
  return rows;
}

/** Everything of these rooms: Map of gid to { entries, states, … }. */
export async function readRooms(gids) {
  const tables = {
    rooms: "SELECT r.*, h.head_seq, h.archived FROM chat.rooms r JOIN chat.room_heads h ON h.room_id = r.room_id",
    entries: "SELECT e.*, (extract(epoch FROM e.created_at) * 1000)::bigint AS ts FROM chat.entries e ORDER BY e.seq",
    states: "SELECT * FROM chat.message_states",
    reactions: "SELECT * FROM chat.reactions ORDER BY seq",
    members: "SELECT m.*, p.username FROM chat.members m JOIN chat.people p ON p.user_id = m.user_id",
    bans: "SELECT b.*, p.username FROM chat.bans b JOIN chat.people p ON p.user_id = b.user_id",
    reads: "SELECT u.*, p.username FROM chat.user_rooms u JOIN chat.people p ON p.user_id = u.user_id",
    invites: "SELECT * FROM chat.invites WHERE coalesce(uses_left, 1) > 0",
  };
  const names = Object.keys(tables);
  const all = await Promise.all(names.map((name) => byRoom(gids, tables[name])));
  return new Map(gids.map((gid) => [gid, Object.fromEntries(names.map((name, i) => [name, all[i].get(gid)]))]));
}

/** How far the words of each of these rooms have been indexed. */
export async function indexedTo(gids) {
  const rows = await byRoom(gids, "SELECT * FROM chat.search_cursors");
  return new Map(gids.map((gid) => [gid, rows.get(gid)[0]?.indexed_seq ?? 0]));
}

/** As a fold has it. `people`: user id to username. */
export function viewOf({ rooms: [room], entries, states, reactions, members }, people) {
  const bySeq = new Map(entries.map((entry) => [entry.seq, entry]));
  const stateOf = new Map(states.map((state) => [state.seq, state]));
  const messages = entries.filter((entry) => entryTypes[entry.kind] === "message").map((entry) => {
    const state = stateOf.get(entry.seq);
    const reacted = reactions.filter((one) => one.target_seq === entry.seq);
    return message(entry, state, state && bySeq.get(state.edit_seqs.at(-1)), reacted, people);
  });
  const { name, topic, picture } = room;
  return {
    head: room.head_seq,
    settings: { name, topic, picture, kind: roomKinds[room.kind], archived: room.archived },
    members: Object.fromEntries(members.filter((member) => member.left_seq === null)
      .map((member) => [member.username, memberRoles[member.role]])),
    messages: Object.fromEntries(messages.map((one) => [one.seq, one])),
  };
}

function message(entry, state, edit, reacted, people) {
  const base = { seq: entry.seq, msgId: entry.msg_id, sender: people.get(entry.actor_id), replyTo: entry.body.reply_to };
  const redacted = entry.body.redacted;
  if (redacted) {
    if (redacted.seq !== state.redacted_seq) throw new Error(`${entry.seq} has two redactions`);
    const content = { text: entry.body.text, attributes: entry.body.attributes, mentions: entry.body.mentions };
    return { ...base, ...content, edited: undefined, reactions: reacted, pinned: state.pinned_seq !== null,
      redacted: { by: redacted.by.username, seq: redacted.seq } };
  }
  const { text, attributes, mentions } = (edit ?? entry).body;
  const kinds = [...new Set(reacted.map((one) => one.reaction))];
  return {
    ...base, text, attributes, mentions: mentions?.map((user) => user.username), edited: edit?.seq, redacted: undefined,
    reactions: kinds.map((reaction) => {
      const users = reacted.filter((one) => one.reaction === reaction).map((one) => one.user_id);
      return { reaction, count: users.length, users };
    }),
    pinned: Boolean(state?.pinned_seq),
  };
}

/** The log, in the words of the events that clients get. */
export const logOf = ({ entries }, gid, people) => entries.map((entry) => ({
  type: entryTypes[entry.kind], room: gid, epoch: entry.epoch, seq: entry.seq, msg_id: entry.msg_id, ts: entry.ts,
  sender: people.get(entry.actor_id), ...entry.body,
  ...(entry.kind === 1 ? { client_msg_id: entry.client_msg_id } : {}),
}));
