// Rooms and members: who is in hears, who is out does not.
import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { Client } from "./lib/client.js";
import { call, createRoom, signUp } from "./lib/rest.js";
import { gateways } from "./lib/system.js";

const [here, there] = gateways;

describe("members", () => {
  it("one who is added hears from the joining on, at once and on any gateway", async () => {
    const [ada, bob] = await Promise.all([signUp(here), signUp(there)]);
    const room = (await createRoom(here, ada, [])).gid;
    const [adasClient, bobsClient] = await Promise.all([Client.open(here, ada.token), Client.open(there, bob.token)]);
    await adasClient.send(room, "alone");
    const added = await call(here, "POST", `/v1/rooms/${room}/members`, {
      token: ada.token,
      body: { username: bob.username },
    });
    assert.deepEqual([added.status, added.body.username, added.body.role, added.body.added_by],
      [201, bob.username, "member", ada.username]);
    const hello = await adasClient.send(room, "hello bob");
    await bobsClient.hears(room, hello.seq);
    assert.deepEqual(bobsClient.log(room).map((event) => event.type), ["member.joined", "message"]);
    assert.equal(bobsClient.log(room)[0].member.username, bob.username);
    assert.ok((await bobsClient.send(room, "hello ada")).ok);
    adasClient.close();
    bobsClient.close();
  });

  it("a stranger may look at a public room, but listens there only after entering it", async () => {
    const [ada, eve] = await Promise.all([signUp(here), signUp(there)]);
    const { body } = await call(here, "POST", "/v1/rooms", { token: ada.token, body: { name: "open", kind: "public" } });
    const room = body.room.gid;
    const [adasClient, evesClient] = await Promise.all([Client.open(here, ada.token), Client.open(there, eve.token)]);
    assert.equal((await evesClient.ask("room", { room })).room.gid, room);
    for (const more of [{}, { position: { epoch: 1, seq: 0 } }]) {
      assert.equal((await evesClient.ask("subscribe", { room, ...more })).error.code, "not_a_member");
    }
    assert.equal((await evesClient.ask("history", { room })).error.code, "not_a_member");
    await adasClient.send(room, "before eve came");
    assert.ok((await evesClient.ask("member.add", { room, username: eve.username })).ok);
    const hello = await adasClient.send(room, "hello eve");
    await evesClient.hears(room, hello.seq);
    assert.deepEqual(evesClient.log(room).map((event) => event.type), ["member.joined", "message"]);
    adasClient.close();
    evesClient.close();
  });

  it("one who is removed sees the leave and nothing after, live or in history", async () => {
    const [ada, bob] = await Promise.all([signUp(here), signUp(there)]);
    const room = (await createRoom(here, ada, [bob])).gid;
    const [adasClient, bobsClient] = await Promise.all([Client.open(here, ada.token), Client.open(there, bob.token)]);
    await adasClient.send(room, "before");
    const removed = await call(there, "DELETE", `/v1/rooms/${room}/members/${bob.username}`, { token: ada.token });
    assert.equal(removed.status, 204);
    const last = await adasClient.send(room, "after");
    await adasClient.hears(room, last.seq);
    await bobsClient.until(() => bobsClient.all("room.removed").length > 0, "room.removed");
    assert.ok(bobsClient.log(room).every((event) => event.seq < last.seq));
    assert.equal((await bobsClient.send(room, "still here?")).error.code, "not_a_member");
    assert.equal((await bobsClient.ask("history", { room })).error.code, "not_a_member");
    assert.deepEqual((await bobsClient.ask("rooms")).rooms, []);
    adasClient.close();
    bobsClient.close();
  });

  it("only those in charge add and remove; the last of them cannot leave the others", async () => {
    const [ada, bob, eve] = await Promise.all([signUp(here), signUp(there), signUp(there)]);
    const room = (await createRoom(here, ada, [bob])).gid;
    const members = (method, who, by, body) =>
      call(there, method, `/v1/rooms/${room}/members${who ? `/${who.username}` : ""}`, { token: by.token, body });
    const add = (who, by, role) => members("POST", null, by, { username: who.username, role });
    assert.equal((await add(eve, bob)).body.code, "permission_denied");
    assert.equal((await members("DELETE", ada, bob)).body.code, "permission_denied");
    assert.equal((await add(bob, ada)).body.code, "already_exists");
    assert.equal((await members("DELETE", ada, ada)).body.code, "permission_denied");
    assert.equal((await add(eve, ada, "admin")).status, 201);
    assert.equal((await members("DELETE", ada, eve)).body.code, "permission_denied");
    assert.equal((await members("DELETE", ada, ada)).status, 204);
    assert.equal((await members("DELETE", bob, eve)).status, 204);
    assert.equal((await members("DELETE", bob, eve)).body.code, "user_not_found");
  });

  it("two users have one direct room, whoever opens it, however often, at once", async () => {
    const [ada, bob] = await Promise.all([signUp(here), signUp(there)]);
    const open = (gateway, by, other) =>
      call(gateway, "POST", "/v1/direct", { token: by.token, body: { username: other.username } });
    const answers = await Promise.all([
      open(here, ada, bob), open(there, bob, ada), open(here, bob, ada), open(there, ada, bob),
    ]);
    assert.deepEqual([...new Set(answers.map((answer) => answer.status))], [200]);
    const gids = new Set(answers.map((answer) => answer.body.room.gid));
    assert.equal(gids.size, 1);
    const [gid] = gids;
    assert.equal(answers[0].body.room.kind, "direct");
    // One leaves; opening it again brings them back to the same room.
    const left = await call(here, "DELETE", `/v1/rooms/${gid}/members/${bob.username}`, { token: bob.token });
    assert.equal(left.status, 204);
    const again = await open(here, ada, bob);
    assert.equal(again.body.room.gid, gid);
    assert.equal(again.body.room.members.length, 2);
  });

  it("a connection can ask for no rooms, or some, and subscribe by itself", async () => {
    const ada = await signUp(here);
    const [one, two] = [await createRoom(here, ada, []), await createRoom(here, ada, [])];
    const quiet = await Client.open(there, ada.token, { auth: { token: ada.token, rooms: "none" } });
    const some = await Client.open(there, ada.token, { auth: { token: ada.token, rooms: [two.gid] } });
    const say = (room) => call(here, "POST", `/v1/rooms/${room.gid}/messages`, { token: ada.token, body: { text: "x" } });
    await say(one);
    await say(two);
    await some.hears(two.gid, 1);
    assert.deepEqual(some.log(one.gid), []);
    const answer = await quiet.ask("subscribe", { room: one.gid });
    assert.deepEqual([answer.ok, answer.head], [true, { epoch: 1, seq: 1 }]);
    await say(one);
    await quiet.hears(one.gid, 2);
    assert.ok((await quiet.ask("unsubscribe", { room: one.gid })).ok);
    await say(one);
    await quiet.ask("subscribe", { room: two.gid });
    await say(two);
    await quiet.hears(two.gid, 2);
    assert.deepEqual(quiet.log(one.gid).map((event) => event.seq), [2]);
    quiet.close();
    some.close();
  });
});
