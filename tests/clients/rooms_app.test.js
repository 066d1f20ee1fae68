// What the app "Flask Chat Application" did, by /v1: rooms with admins and members, and what was said in them.
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";

import { Client } from "./lib/client.js";
import { call, signUp } from "./lib/rest.js";
import { gateways } from "./lib/system.js";

const [here, there] = gateways;

describe("the rooms of Flask Chat Application", () => {
  let ada, bob, eve, room, began;

  const as = (account, method, path, body) => call(there, method, path, { token: account.token, body });
  const view = async (account) => (await as(account, "GET", `/v1/rooms/${room}`)).body.room;

  before(async () => {
    [ada, bob, eve] = await Promise.all([signUp(here, "ada"), signUp(there, "bob"), signUp(there, "eve")]);
    began = Date.now() - 60_000; // Of another clock.
    const made = await call(here, "POST", "/v1/rooms", {
      token: ada.token, body: { name: "Flask", members: [bob.username, eve.username] },
    });
    assert.equal(made.status, 201);
    room = made.body.room.gid;
  });

  const isRecent = (time) => assert.ok(time > began && time < Date.now() + 60_000, String(time));

  it("create room: saves it with who made it and when, and adds the members", async () => {
    const { name, created_by, created_at, members } = await view(bob);
    assert.deepEqual({ name, created_by }, { name: "Flask", created_by: ada.username });
    isRecent(created_at);
    const listed = members.map(({ username, admin, added_by }) => ({ username, admin, added_by }));
    assert.deepEqual(listed.sort((a, b) => (a.username < b.username ? -1 : 1)), [
      { username: ada.username, admin: true, added_by: ada.username },
      { username: bob.username, admin: false, added_by: ada.username },
      { username: eve.username, admin: false, added_by: ada.username },
    ]);
    for (const member of members) isRecent(member.added_at);
  });

  it("create room: with a member who does not exist nothing is made", async () => {
    const before = (await as(ada, "GET", "/v1/rooms")).body.rooms.length;
    const refused = await as(ada, "POST", "/v1/rooms", { name: "no", members: ["nobody-at-all"] });
    assert.equal(refused.body.code, "user_not_found");
    assert.equal((await as(ada, "GET", "/v1/rooms")).body.rooms.length, before);
  });

  it("view room: for members, who are told who is an admin", async () => {
    const dora = await signUp(here);
    assert.equal((await as(dora, "GET", `/v1/rooms/${room}`)).body.code, "not_a_member");
    assert.equal((await as(dora, "GET", "/v1/rooms/nowhere1")).body.code, "room_not_found");
    const page = (await as(eve, "GET", `/v1/rooms/${room}/members`)).body;
    assert.equal(page.room, room);
    assert.deepEqual(page.members.filter((member) => member.admin).map((member) => member.username), [ada.username]);
  });

  it("update room: its name, and its members, by admins only", async () => {
    const dora = await signUp(here);
    for (const [method, path, body] of [
      ["PATCH", `/v1/rooms/${room}`, { name: "Mine" }],
      ["POST", `/v1/rooms/${room}/members`, { username: dora.username }],
      ["DELETE", `/v1/rooms/${room}/members/${eve.username}`],
      ["PATCH", `/v1/rooms/${room}/members/${bob.username}`, { role: "admin" }],
    ]) {
      assert.equal((await as(bob, method, path, body)).body.code, "permission_denied", path);
    }
    assert.equal((await as(ada, "PATCH", `/v1/rooms/${room}`, { name: "Flask 2" })).body.room.name, "Flask 2");
    const promoted = await as(ada, "PATCH", `/v1/rooms/${room}/members/${bob.username}`, { role: "admin" });
    assert.deepEqual([promoted.body.room, promoted.body.admin], [room, true]);
    const added = await as(bob, "POST", `/v1/rooms/${room}/members`, { username: dora.username });
    assert.equal(added.status, 201);
    const { room: of, username, admin, added_by, added_at } = added.body;
    assert.deepEqual({ of, username, admin, added_by },
      { of: room, username: dora.username, admin: false, added_by: bob.username });
    isRecent(added_at);
    assert.equal((await as(bob, "DELETE", `/v1/rooms/${room}/members/${eve.username}`)).status, 204);
    assert.deepEqual((await view(ada)).members.map((member) => member.username).sort(),
      [ada.username, bob.username, dora.username].sort());
    assert.equal((await as(eve, "GET", `/v1/rooms/${room}`)).body.code, "not_a_member");
  });

  it("homepage: the rooms of a user, with their names and what the user is in them", async () => {
    const { rooms } = (await as(bob, "GET", "/v1/rooms")).body;
    assert.deepEqual(rooms.map(({ gid, name, created_by, role, admin }) => ({ gid, name, created_by, role, admin })),
      [{ gid: room, name: "Flask 2", created_by: ada.username, role: "admin", admin: true }]);
    assert.deepEqual((await as(eve, "GET", "/v1/rooms")).body.rooms, []);
  });

  it("messages are stored with room, text, sender and time, and heard at once", async () => {
    const clients = await Promise.all([Client.open(here, ada.token), Client.open(there, bob.token)]);
    const ack = await clients[0].send(room, "kept");
    await clients[1].hears(room, ack.seq);
    const heard = clients[1].log(room).at(-1);
    const { events } = (await as(bob, "GET", `/v1/rooms/${room}/history`)).body;
    assert.deepEqual(events.at(-1), heard);
    assert.deepEqual([heard.msg_id, heard.room, heard.text, heard.sender.username, heard.ts],
      [ack.msg_id, room, "kept", ada.username, ack.ts]);
    isRecent(heard.ts);
    for (const client of clients) client.close();
  });
});
