// The chat server a Node team would write on socket.io: JWT in the handshake, rooms, a number for
// each message of a room, an ack, and, when PEER_DURABLE=1, a row in PostgreSQL before anybody
// hears of it. ./dev bench measures Confab against it; see tests/load/README.md.
//
//   PEER_PORT PEER_SECRET     where to listen, the key of the tokens (HS256)
//   PEER_REDIS                a URL: two or more nodes share rooms through the redis-adapter;
//                             without it this node is alone and keeps its numbers in memory
//   PEER_DURABLE PEER_DATABASE
import { createServer } from "node:http";
import { randomUUID } from "node:crypto";
import { createAdapter } from "@socket.io/redis-adapter";
import jwt from "jsonwebtoken";
import pg from "pg";
import { createClient } from "redis";
import { Server } from "socket.io";

const { PEER_PORT, PEER_SECRET, PEER_REDIS, PEER_DURABLE, PEER_DATABASE } = process.env;

const http = createServer();
const io = new Server(http, { transports: ["websocket"], perMessageDeflate: false, serveClient: false });

let redis = null;
if (PEER_REDIS) {
  redis = createClient({ url: PEER_REDIS });
  const subscriber = redis.duplicate();
  await Promise.all([redis.connect(), subscriber.connect()]);
  io.adapter(createAdapter(redis, subscriber));
}

const insert = {
  name: "insert",
  text: `WITH head AS (
           INSERT INTO peer.rooms (room, seq) VALUES ($1, 1)
           ON CONFLICT (room) DO UPDATE SET seq = peer.rooms.seq + 1 RETURNING seq)
         INSERT INTO peer.messages (room, seq, msg_id, sender, text, client_msg_id)
         SELECT $1, head.seq, $2, $3, $4, $5 FROM head RETURNING seq`,
};
const pool = PEER_DURABLE === "1" ? new pg.Pool({ connectionString: PEER_DATABASE, max: 10 }) : null;
if (pool) {
  // The nodes start together; the lock keeps them from making the tables at once.
  await pool.query(`SELECT pg_advisory_lock(7300);
    CREATE SCHEMA IF NOT EXISTS peer;
    CREATE TABLE IF NOT EXISTS peer.rooms (room text PRIMARY KEY, seq bigint NOT NULL);
    CREATE TABLE IF NOT EXISTS peer.messages (
      room text NOT NULL, seq bigint NOT NULL, msg_id uuid NOT NULL, sender text NOT NULL,
      text text NOT NULL, client_msg_id text NOT NULL, created_at timestamptz DEFAULT now(),
      PRIMARY KEY (room, seq), UNIQUE (room, sender, client_msg_id));
    SELECT pg_advisory_unlock(7300)`);
}

const numbers = new Map();
function nextInMemory(room) {
  const seq = (numbers.get(room) ?? 0) + 1;
  numbers.set(room, seq);
  return seq;
}

/** The message's number in its room, from wherever this deployment keeps the truth. */
async function number(message) {
  if (pool) {
    const { room, msg_id, sender, text, client_msg_id } = message;
    const result = await pool.query({ ...insert, values: [room, msg_id, sender.username, text, client_msg_id] });
    return Number(result.rows[0].seq);
  }
  return redis ? redis.incr(`seq:${message.room}`) : nextInMemory(message.room);
}

io.use((socket, next) => {
  try {
    socket.data.user = jwt.verify(socket.handshake.auth.token, PEER_SECRET, { algorithms: ["HS256"] });
    next();
  } catch {
    next(new Error("unauthenticated"));
  }
});

io.on("connection", (socket) => {
  const { user } = socket.data;
  const rooms = socket.handshake.auth.rooms;
  // Tokens are ours and name no rooms; a team would look them up, which is not charged here.
  if (Array.isArray(rooms)) socket.join(rooms);
  socket.on("send", async ({ room, text, client_msg_id }, ack) => {
    try {
      const sender = { id: user.id, uuid: user.uuid, username: user.sub, name: user.sub };
      const message = { type: "message", room, seq: 0, msg_id: randomUUID(), ts: Date.now(), sender, text, client_msg_id };
      message.seq = await number(message);
      io.to(room).emit("message", message);
      ack?.({ ok: true, room, seq: message.seq, msg_id: message.msg_id, ts: message.ts, client_msg_id });
    } catch (error) {
      console.error(error.message);
      ack?.({ ok: false, error: { code: "internal", message: "not sent", retryable: true } });
    }
  });
});

http.listen(Number(PEER_PORT), "127.0.0.1", () => console.log("listening"));
process.on("SIGTERM", () => process.exit(0));
