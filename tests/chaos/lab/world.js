// The people, rooms and clients of one run.
import { ChaosClient } from "../clients/chaos_client.js";
import { PlainLink } from "../clients/plain_link.js";
import { SocketIoLink } from "../clients/socketio_link.js";
import { readHeads } from "./final_logs.js";
import { createRoom, signUp } from "./rest.js";

/** Devices: whose, and what they speak. The first user owns the rooms and never leaves one. */
const devices = [
  { user: 0, Link: PlainLink },
  { user: 1, Link: SocketIoLink, options: { transports: ["polling", "websocket"] } },
  { user: 1, Link: PlainLink },
  { user: 2, Link: SocketIoLink },
  { user: 2, Link: PlainLink, options: { rooms: "none" } },
  { user: 3, Link: SocketIoLink, options: { rooms: "none" } },
];
let worlds = 0;

export class World {
  /** Makes four users, two public rooms of all and a private one of three. */
  static async make({ system, recorder, random, label }) {
    const world = new World();
    Object.assign(world, { system, recorder, random });
    const door = system.gateways[0].url;
    worlds += 1;
    const name = (who) => `${label}-${worlds}-${who}`.toLowerCase();
    world.users = [];
    for (const who of ["ann", "bob", "cid", "dot"]) world.users.push(await signUp(door, name(who)));
    [world.owner] = world.users;
    world.rooms = [];
    for (const [title, kind, count] of [
      ["a", "public", 4],
      ["b", "public", 4],
      ["c", "private", 3],
    ]) {
      const members = world.users.slice(0, count);
      const room = await createRoom(door, world.owner, name(title), kind, members.slice(1));
      world.rooms.push({ room, kind, members: members.map(({ user }) => user.id) });
    }
    world.clients = devices.map((device, i) => world.client(device, `${i + 1}`));
    return world;
  }

  /** A client of one of the users; `user` is its number. */
  client({ user, Link, options }, suffix) {
    const account = this.users[user];
    const kind = Link === PlainLink ? "plain" : "socketio";
    return new ChaosClient({
      name: `${account.username}/${kind}-${suffix}`,
      account,
      Link,
      options,
      recorder: this.recorder,
      random: this.random.fork(`client ${suffix}`),
      gateways: this.system.doors,
      gids: this.rooms.filter(({ members }) => members.includes(account.user.id)).map(({ room }) => room),
    });
  }

  async connect() {
    await Promise.all(this.clients.map((client) => client.connect()));
  }

  /** Whether all have heard all of their rooms, and nothing waits for an answer. */
  async isSettled() {
    if (this.clients.some((client) => client.openCount > 0 || !client.link)) return false;
    const heads = await readHeads(this.system, this).catch(() => null);
    if (!heads) return false;
    const members = await this.members();
    return this.clients.every((client) =>
      this.rooms.every(({ room }) => {
        if (!members.has(`${room} ${client.user}`)) return true;
        const { state, last } = client.view(room);
        return state === "live" && last.epoch === heads[room].epoch && last.seq === heads[room].seq;
      }),
    );
  }

  /** "gid user" of all who are in. */
  async members() {
    const rows = await this.system.chat(
      `SELECT g.gid, m.user_id FROM chat.members m JOIN chat.gids g USING (room_id)
       WHERE g.gid = ANY($1) AND m.left_seq IS NULL`,
      [this.rooms.map(({ room }) => room)],
    );
    return new Set(rows.map(({ gid, user_id }) => `${gid} ${user_id}`));
  }

  close() {
    for (const client of this.clients) client.close();
  }
}
