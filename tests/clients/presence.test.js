// Who types and who is connected: told to those who look at a room, and to nobody else.
import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { Client } from "./lib/client.js";
import { PlainClient } from "./lib/plain.js";
import { call, createRoom, signUp } from "./lib/rest.js";
import { gateways, metric } from "./lib/system.js";

const [here, there] = gateways;
const protobuf = { subprotocol: "confab.v1.protobuf" };

const as = (account, method, path, gateway = here) => call(gateway, method, `/v1${path}`, { token: account.token });

/** A room of so many, the first its owner. */
async function roomOf(count) {
  const people = await Promise.all(Array.from({ length: count }, (_, i) => signUp(i % 2 ? there : here)));
  return [(await createRoom(here, people[0], people.slice(1))).gid, ...people];
}

/** Who types, by the last event of the room. */
const typists = (client, room) =>
  client.all("typing").filter((event) => event.room === room).at(-1)?.users.map((user) => user.username);
/** Whether the account is connected, by the last that was told of it. */
const state = (client, account) => client.all("presence").flatMap((event) => event.users)
  .filter((user) => user.id === account.user.id).at(-1)?.online;
const listed = ({ users }, account) => users.find((user) => user.id === account.user.id);

/** Says it again until it is heard: nobody tells when a gateway follows a room. */
async function untilHeard(say, heard, what) {
  const again = setInterval(say, 3100);
  say();
  try {
    await heard(what);
  } finally {
    clearInterval(again);
  }
}

describe("typing", () => {
  it("is heard by those who look, at any gateway, on any door, and by nobody else", async () => {
    const [room, ada, bob, eve, dan] = await roomOf(4);
    const [writer, looker, plain, other] = await Promise.all([
      Client.open(here, ada.token), Client.open(there, bob.token), PlainClient.open(here, eve.token, protobuf),
      PlainClient.open(there, dan.token)]);
    for (const client of [looker, plain]) assert.ok((await client.ask("watch", { room })).ok);
    await untilHeard(() => writer.ask("typing", { room }),
      (what) => Promise.all([looker, plain].map((one) => one.until(() => typists(one, room)?.length === 1, what))),
      "who types");
    const [event] = looker.all("typing");
    assert.deepEqual(event, { room, users: [ada.user], count: 1 });
    assert.deepEqual(typists(plain, room), [ada.username]);
    assert.ok((await writer.ask("typing", { room, on: false })).ok);
    await looker.until(() => typists(looker, room).length === 0, "the end");

    await untilHeard(() => as(bob, "PUT", `/rooms/${room}/typing`, there),
      (what) => plain.until(() => typists(plain, room)[0] === bob.username, what), "who types by REST");
    await writer.send(room, "hello");
    assert.equal(looker.all("typing").some((one) => one.users.some((user) => user.id === bob.user.id)), false, "oneself");
    assert.ok((await plain.ask("unwatch", { room })).ok);
    await Promise.all([writer, other].map((one) => one.hears(room, 1)));
    assert.deepEqual([...writer.all("typing"), ...other.all("typing")], []);
    for (const client of [writer, looker, plain, other]) client.close();
  });

  it("ends with a message, and by itself", async () => {
    const [room, ada, bob] = await roomOf(2);
    const [writer, looker] = await Promise.all([Client.open(here, ada.token), Client.open(there, bob.token)]);
    await looker.ask("watch", { room });
    const typing = () => untilHeard(() => writer.ask("typing", { room }),
      (what) => looker.until(() => typists(looker, room)?.length === 1, what), "who types");
    await typing();
    await writer.send(room, "said");
    await looker.until(() => typists(looker, room).length === 0, "the end by a message");
    await typing();
    await looker.until(() => typists(looker, room).length === 0, "the end by itself");
    writer.close();
    looker.close();
  });

  it("is said a hundred times and published once or twice", async () => {
    const [room, ada] = await roomOf(2);
    const writer = await PlainClient.open(here, ada.token);
    const before = await metric("confab_gateway_typing_total", { result: "gathered" });
    const answers = await Promise.all(Array.from({ length: 100 }, () => writer.ask("typing", { room })));
    assert.ok(answers.every((answer) => answer.ok));
    assert.ok(await metric("confab_gateway_typing_total", { result: "gathered" }) - before >= 95);
    writer.close();
  });

  it("and looking are refused of those who may not send, or are not in the room", async () => {
    const [room, ada, bob] = await roomOf(2);
    const eve = await signUp(there);
    const [owner, member, stranger] = await Promise.all([
      Client.open(here, ada.token), Client.open(there, bob.token), Client.open(there, eve.token)]);
    for (const command of ["typing", "watch", "presence"]) {
      assert.equal((await stranger.ask(command, { room })).error.code, "not_a_member", command);
      assert.equal((await stranger.ask(command, { room: "zzzzzzzz" })).error.code, "room_not_found", command);
      assert.equal((await stranger.ask(command, { room: 7 })).error.code, "invalid_argument", command);
    }
    assert.equal((await as(eve, "GET", `/rooms/${room}/presence`)).status, 403);
    assert.ok((await owner.ask("member.role", { room, username: bob.username, role: "read-only" })).role);
    assert.equal((await member.ask("typing", { room })).error.code, "permission_denied");
    assert.ok((await member.ask("watch", { room })).ok);

    const { gid } = (await call(here, "POST", "/v1/direct", { token: ada.token, body: { username: eve.username } })).body.room;
    assert.equal(listed(await stranger.ask("presence", { room: gid }), ada).online, true);
    assert.ok((await owner.ask("block", { username: eve.username })).ok);
    assert.equal((await stranger.ask("typing", { room: gid })).error.code, "blocked");
    assert.equal("online" in listed(await stranger.ask("watch", { room: gid }), ada), false);
    for (const client of [owner, member, stranger]) client.close();
  });
});

describe("presence", () => {
  it("comes and goes with the last device, and says when somebody was last seen", async () => {
    const [room, ada, bob, eve] = await roomOf(3);
    const [looker, plain] = await Promise.all([
      Client.open(here, ada.token), PlainClient.open(there, eve.token)]);
    const page = await looker.ask("watch", { room });
    assert.equal((await plain.ask("watch", { room })).ok, true);
    assert.deepEqual(listed(page, bob), { id: bob.user.id, username: bob.username, online: false });
    const [phone, laptop] = await Promise.all([Client.open(here, bob.token), PlainClient.open(there, bob.token)]);
    await Promise.all([looker, plain].map((one) => one.until(() => state(one, bob) === true, "the arrival")));
    const seen = (await as(eve, "GET", `/rooms/${room}/presence?limit=500`, there)).body;
    assert.equal(listed(seen, bob).online, true);
    phone.close();
    laptop.close();
    await Promise.all([looker, plain].map((one) => one.until(() => state(one, bob) === false, "the departure")));
    const gone = listed((await as(ada, "GET", `/rooms/${room}/presence`, there)).body, bob);
    assert.equal(gone.online, false);
    assert.ok(Math.abs(Date.now() - gone.last_seen) < 60_000, JSON.stringify(gone));
    assert.deepEqual((await as(ada, "GET", `/rooms/${room}/presence?limit=1`)).body.users.length, 1);
    looker.close();
    plain.close();
  });

  it("of a crowd that reconnects is no event at all", async () => {
    const [room, ada, ...crowd] = await roomOf(12);
    const connect = () => Promise.all(crowd.map((one, i) => Client.open(i % 2 ? here : there, one.token)));
    let clients = await connect();
    const looker = await Client.open(here, ada.token);
    const first = await looker.ask("watch", { room });
    const known = new Set(first.users.filter((user) => user.online).map((user) => user.id));
    const online = (one) => known.has(one.user.id) || state(looker, one) === true;
    await looker.until(() => crowd.every(online), "all of the crowd");
    const before = looker.all("presence").length;
    for (let round = 0; round < 3; ++round) {
      for (const client of clients) client.close();
      clients = await connect();
    }
    // Somebody else comes: what there was to tell before would have been told with it or earlier.
    const late = await signUp(there);
    await call(here, "POST", `/v1/rooms/${room}/members`, { token: ada.token, body: { username: late.username } });
    const newcomer = await Client.open(there, late.token);
    await looker.until(() => state(looker, late) === true, "the newcomer");
    const told = looker.all("presence").slice(before).flatMap((event) => event.users.map((user) => user.id));
    assert.deepEqual(told.filter((id) => crowd.some((one) => one.user.id === id)), []);
    for (const client of [...clients, looker, newcomer]) client.close();
  });

  it("is told no more to who was put out of the room", async () => {
    const [room, ada, bob, eve] = await roomOf(3);
    const [owner, looker] = await Promise.all([Client.open(here, ada.token), PlainClient.open(there, bob.token)]);
    for (const client of [owner, looker]) await client.ask("watch", { room });
    assert.ok((await owner.ask("member.remove", { room, username: bob.username })).ok);
    await looker.until(() => looker.all("room.removed").length === 1, "the removal");
    const newcomer = await Client.open(there, eve.token);
    await owner.until(() => state(owner, eve) === true, "the arrival");
    assert.equal(state(looker, eve), undefined);
    for (const client of [owner, looker, newcomer]) client.close();
  });
});
