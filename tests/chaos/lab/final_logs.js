// The logs at the end: by each gateway, and straight from PostgreSQL.
import { hashOf } from "../clients/recorder.js";
import { wholeHistory } from "./rest.js";

const types = [
  null,
  "message",
  "member.joined",
  "member.left",
  "message.edited",
  "message.redacted",
  "reaction",
  "pin",
  "member.updated",
  "room.updated",
];

const fromEvent = (event) => ({
  epoch: event.epoch,
  seq: event.seq,
  msg_id: event.msg_id,
  type: event.type,
  user: event.sender.id,
  subject: event.member?.id ?? null,
  cmid: event.client_msg_id ?? null,
  hash: event.text === undefined ? null : hashOf(event.text),
});

const fromRow = (row) => ({
  epoch: Number(row.epoch),
  seq: Number(row.seq),
  msg_id: row.msg_id,
  type: types[row.kind],
  user: Number(row.actor_id),
  subject: Number(row.subject_id) || null,
  cmid: row.kind === 1 ? row.client_msg_id : null,
  hash: row.kind === 1 ? hashOf(row.body.text) : null,
});

/** { postgres: { gid: [entry] }, "gateway-1": … } as the checker wants it. */
export async function readLogs(system, world) {
  const logs = { postgres: {} };
  for (const { room } of world.rooms) {
    const rows = await system.chat(
      `SELECT e.* FROM chat.entries e JOIN chat.gids g USING (room_id) WHERE g.gid = $1 ORDER BY e.seq`,
      [room],
    );
    logs.postgres[room] = rows.map(fromRow);
  }
  for (const gateway of system.gateways) {
    logs[gateway.name] = {};
    for (const { room } of world.rooms) {
      logs[gateway.name][room] = (await wholeHistory(gateway.url, world.owner.token, room)).map(fromEvent);
    }
  }
  return logs;
}

/** { gid: { epoch, seq } } by PostgreSQL. */
export async function readHeads(system, world) {
  const rows = await system.chat("SELECT gid, epoch, head_seq FROM chat.room_heads WHERE gid = ANY($1)", [
    world.rooms.map(({ room }) => room),
  ]);
  return Object.fromEntries(
    rows.map(({ gid, epoch, head_seq }) => [gid, { epoch: Number(epoch), seq: Number(head_seq) }]),
  );
}
