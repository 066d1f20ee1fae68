// Rooms as such: settings, roles, bans, invitations, and what somebody put out still gets: nothing.
import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { Client } from "./lib/client.js";
import { call, signUp } from "./lib/rest.js";
import { gateways } from "./lib/system.js";

const [here, there] = gateways;

const people = (count) => Promise.all(Array.from({ length: count }, (_, i) => signUp(gateways[i % gateways.length])));

/** Calls as that account, on either gateway. */
const as = (account, method, path, body, gateway = here) =>
  call(gateway, method, `/v1${path}`, { token: account.token, body });

async function makeRoom(owner, members = [], more = {}) {
  const names = members.map((member) => member.username);
  const { status, body } = await as(owner, "POST", "/rooms", { name: "Tea", members: names, ...more });
  assert.equal(status, 201, JSON.stringify(body));
  return body.room.gid;
}

const role = (actor, room, member, name) =>
  as(actor, "PATCH", `/rooms/${room}/members/${member.username}`, { role: name });
const ban = (actor, room, user) => as(actor, "PUT", `/rooms/${room}/bans/${user.username}`);
const last = (client, room) => client.log(room).at(-1);

describe("a room's settings", () => {
  it("are changed by admins, and everybody hears what has become different", async () => {
    const [ada, bob] = await people(2);
    const room = await makeRoom(ada, [bob], { topic: "leaves", picture: "https://example.com/a.png" });
    const client = await Client.open(there, bob.token);
    const changed = await as(ada, "PATCH", `/rooms/${room}`, { name: "Coffee", topic: "", kind: "public" });
    assert.equal(changed.status, 200);
    assert.deepEqual([changed.body.room.name, changed.body.room.topic, changed.body.room.picture, changed.body.room.kind],
      ["Coffee", "", "https://example.com/a.png", "public"]);
    await client.until(() => client.all("room.updated").length === 1, "room.updated");
    const [event] = client.all("room.updated");
    assert.deepEqual(event.changed, { name: "Coffee", topic: "", kind: "public" });
    assert.deepEqual([event.type, event.room, event.seq, event.sender.username], ["room.updated", room, 1, ada.username]);
    assert.equal((await client.ask("room.update", { room, topic: "mine" })).error.code, "permission_denied");
    for (const bad of [{ name: "" }, { topic: "x".repeat(251) }, { picture: "javascript:alert(1)" }, { kind: "direct" }, {}, { name: 5 }]) {
      assert.equal((await as(ada, "PATCH", `/rooms/${room}`, bad)).body.code, "invalid_argument", JSON.stringify(bad));
    }
    assert.equal(client.all("room.updated").length, 1);
    client.close();
  });

  it("an archived room can be read and left, not written to, and comes back", async () => {
    const [ada, bob, eve] = await people(3);
    const room = await makeRoom(ada, [bob], { kind: "public" });
    await role(ada, room, bob, "admin");
    const client = await Client.open(there, bob.token);
    const { seq } = await client.send(room, "before");
    assert.equal((await client.ask("room.archive", { room })).error.code, "permission_denied");
    assert.equal((await as(ada, "POST", `/rooms/${room}/archive`)).body.room.archived, true);
    await client.until(() => last(client, room)?.changed?.archived === true, "the archiving");
    assert.equal((await client.send(room, "after")).error.code, "permission_denied");
    for (const [name, data] of [["edit", { text: "else" }], ["redact", {}], ["react", { reaction: "+1" }], ["pin", {}]]) {
      assert.equal((await client.ask(name, { room, seq, ...data })).error.code, "permission_denied", name);
    }
    assert.equal((await as(eve, "POST", `/rooms/${room}/join`)).body.code, "permission_denied");
    assert.equal((await client.ask("history", { room })).ok, true);
    const gids = async (query) => (await as(bob, "GET", `/rooms${query}`)).body.rooms.map((one) => one.gid);
    assert.deepEqual([await gids(""), await gids("?archived=true")], [[], [room]]);
    assert.equal((await as(ada, "POST", `/rooms/${room}/archive`, { archived: false })).body.room.archived, false);
    await client.until(() => last(client, room)?.changed?.archived === false, "its coming back");
    assert.ok((await client.send(room, "again")).ok);
    assert.deepEqual(await gids(""), [room]);
    client.close();
  });

  it("public rooms are listed, found and joined; private ones are not", async () => {
    const [ada, eve] = await people(2);
    const word = `w${ada.user.id}x`;
    const [first, second] = [await makeRoom(ada, [], { kind: "public", name: `a ${word}` }),
      await makeRoom(ada, [], { kind: "public", name: "b", topic: `of ${word.toUpperCase()}` })];
    const hidden = await makeRoom(ada, [], { name: word });
    const page = (await as(eve, "GET", `/public-rooms?query=${word}&limit=1`)).body;
    assert.deepEqual([page.rooms.map((one) => [one.gid, one.joined]), page.next], [[[first, false]], first]);
    const rest = (await as(eve, "GET", `/public-rooms?query=${word}&after=${page.next}`)).body;
    assert.deepEqual([rest.rooms.map((one) => one.gid), rest.next], [[second], undefined]);
    const client = await Client.open(there, eve.token);
    assert.equal((await client.ask("room.join", { room: first })).room.gid, first);
    await client.until(() => client.all("room.added").length === 1, "room.added");
    assert.equal((await client.ask("room.join", { room: hidden })).error.code, "not_a_member");
    assert.equal((await client.ask("rooms.public", { query: `a ${word}` })).rooms[0].joined, true);
    client.close();
  });
});

describe("roles", () => {
  it("who only reads hears all and writes nothing until that changes", async () => {
    const [ada, bob] = await people(2);
    const room = await makeRoom(ada, [bob]);
    const [owner, reader] = await Promise.all([Client.open(here, ada.token), Client.open(there, bob.token)]);
    assert.ok((await reader.send(room, "still", { client_msg_id: "m1" })).ok);
    assert.equal((await role(ada, room, bob, "read-only")).body.role, "read-only");
    await reader.until(() => reader.all("member.updated").length === 1, "member.updated");
    assert.deepEqual(reader.all("member.updated")[0].member.role, "read-only");
    assert.equal((await reader.send(room, "no more")).error.code, "permission_denied");
    assert.equal((await reader.send(room, "still", { client_msg_id: "m1" })).seq, 1, "a repeat keeps its ack");
    for (const [name, data] of [["edit", { text: "else" }], ["react", { reaction: "+1" }], ["pin", {}]]) {
      assert.equal((await reader.ask(name, { room, seq: 1, ...data })).error.code, "permission_denied", name);
    }
    assert.ok((await reader.ask("redact", { room, seq: 1 })).ok, "one's own");
    const said = await owner.send(room, "listen");
    await reader.hears(room, said.seq);
    assert.ok((await owner.ask("member.role", { room, username: bob.username, role: "member" })).ok);
    assert.ok((await reader.send(room, "thanks")).ok);
    owner.close();
    reader.close();
  });

  it("nobody gives above their own, touches a higher one, or leaves the others without anybody in charge", async () => {
    const [ada, bob, eve] = await people(3);
    const room = await makeRoom(ada, [bob, eve]);
    const code = async (answer) => (await answer).body?.code ?? (await answer).status;
    assert.equal(await code(role(bob, room, eve, "admin")), "permission_denied");
    assert.equal(await code(role(ada, room, ada, "member")), "permission_denied");
    assert.equal(await code(role(ada, room, bob, "admin")), 200);
    assert.equal(await code(role(bob, room, eve, "owner")), "permission_denied");
    assert.equal(await code(role(bob, room, ada, "member")), "permission_denied");
    assert.equal(await code(ban(bob, room, ada)), "permission_denied");
    assert.equal(await code(role(ada, room, eve, "king")), "invalid_argument");
    assert.equal(await code(role(ada, room, { username: "nobody-at-all" }, "admin")), "user_not_found");
    assert.equal(await code(as(ada, "DELETE", `/rooms/${room}/members/${ada.username}`)), 204);
    assert.equal(await code(as(bob, "DELETE", `/rooms/${room}/members/${bob.username}`)), "permission_denied");
    assert.equal(await code(role(bob, room, eve, "owner")), 200, "an admin stands for the owner who has left");
  });

  it("members are paged", async () => {
    const [ada, ...others] = await people(4);
    const room = await makeRoom(ada, others);
    const seen = [];
    for (let next = 0; next !== undefined;) {
      const { body } = await as(ada, "GET", `/rooms/${room}/members?limit=2&after=${next}`, undefined, there);
      assert.ok(body.members.length <= 2);
      seen.push(...body.members.map((member) => member.username));
      next = body.next;
    }
    assert.deepEqual(seen.sort(), [ada, ...others].map((one) => one.username).sort());
  });

  it("an invitation lets in until it is used up, revoked, or the guest banned", async () => {
    const [ada, bob, eve, dan] = await people(4);
    const room = await makeRoom(ada);
    const invited = await as(ada, "POST", `/rooms/${room}/invites`, { uses: 2, expires_in: 3600 });
    assert.equal(invited.status, 201);
    const { code } = invited.body;
    const join = (account) => as(account, "POST", "/join", { code }, there);
    assert.equal((await join(bob)).body.room.gid, room);
    assert.equal((await as(bob, "POST", `/rooms/${room}/invites`)).body.code, "permission_denied");
    assert.equal((await ban(ada, room, eve)).status, 204);
    assert.equal((await join(eve)).body.code, "permission_denied");
    assert.equal((await as(ada, "DELETE", `/rooms/${room}/invites/${code}`)).status, 204);
    assert.equal((await join(dan)).body.code, "not_found");
    assert.equal((await as(ada, "POST", `/rooms/${room}/invites`, { expires_in: 5 })).body.code, "invalid_argument");
  });
});

describe("somebody banned", () => {
  it("is out of the room on every device at once, and comes back only when unbanned", async () => {
    const [ada, bob] = await people(2);
    const room = await makeRoom(ada, [bob], { kind: "public" });
    const devices = await Promise.all([Client.open(here, bob.token), Client.open(there, bob.token)]);
    assert.equal((await ban(ada, room, bob)).status, 204);
    for (const device of devices) {
      await device.until(() => device.all("room.removed").length === 1, "room.removed");
      assert.equal(last(device, room).reason, "banned");
    }
    const back = () => as(bob, "POST", `/rooms/${room}/join`);
    assert.equal((await back()).body.code, "permission_denied");
    assert.equal((await as(ada, "POST", `/rooms/${room}/members`, { username: bob.username })).body.code, "permission_denied");
    const bans = (await as(ada, "GET", `/rooms/${room}/bans`)).body.bans;
    assert.deepEqual(bans.map((one) => [one.user.username, one.banned_by]), [[bob.username, ada.username]]);
    assert.equal((await as(ada, "DELETE", `/rooms/${room}/bans/${bob.username}`)).status, 204);
    assert.equal((await back()).status, 200);
    for (const device of devices) {
      await device.until(() => device.all("room.added").length === 1, "room.added");
      device.close();
    }
  });

  it("gets nothing above the ban: live, from history, by resuming, by REST, in many races", async () => {
    const [ada, bob] = await people(2);
    for (let round = 0; round < 8; ++round) {
      const room = await makeRoom(ada, [bob]);
      const [owner, device, laptop] = await Promise.all([
        Client.open(here, ada.token), Client.open(there, bob.token), Client.open(here, bob.token)]);
      const seen = [];
      const keep = (events) => seen.push(...(events ?? []));
      let over = false;
      // Reads in every way there is, all the while.
      const reading = (async () => {
        while (!over) {
          const answers = await Promise.all([
            device.ask("history", { room }), laptop.ask("history", { room, after: round % 3, limit: 100 }),
            device.ask("subscribe", { room, position: { epoch: 1, seq: 0 } }),
            as(bob, "GET", `/rooms/${room}/history?limit=100`, undefined, there).then(({ body }) => body),
            as(bob, "GET", `/rooms`).then(({ body }) => {
              const mine = body.rooms.find((one) => one.gid === room);
              return { events: mine?.last_message ? [mine.last_message] : [] };
            }),
          ]);
          for (const answer of answers) keep(answer.events);
        }
      })();
      const talking = (async () => {
        for (let i = 0; i < 30; ++i) await owner.send(room, `${i}`);
      })();
      await owner.until(() => owner.log(room).length > round, "some talk");
      if (round % 2 === 0) assert.equal((await ban(ada, room, bob)).status, 204);
      else assert.equal((await as(ada, "DELETE", `/rooms/${room}/members/${bob.username}`, undefined, there)).status, 204);
      await talking;
      const after = await owner.send(room, "after");
      await owner.hears(room, after.seq);
      over = true;
      await reading;
      for (const client of [device, laptop]) {
        await client.until(() => client.all("room.removed").some((event) => event.room === room), "room.removed");
      }
      const kick = owner.log(room).find((event) => event.type === "member.left").seq;
      assert.ok(kick < after.seq);
      const fresh = await Client.open(there, bob.token);
      assert.equal((await fresh.ask("subscribe", { room, position: { epoch: 1, seq: 1 } })).error.code, "not_a_member");
      for (const client of [device, laptop, fresh]) {
        keep(client.log(room));
        assert.equal((await client.ask("history", { room })).error.code, "not_a_member");
        client.close();
      }
      assert.equal(Math.max(...seen.map((event) => event.seq)) <= kick, true,
        `round ${round}: above the kick at ${kick} was seen ${seen.map((event) => event.seq).filter((seq) => seq > kick)}`);
      owner.close();
    }
  });
});
