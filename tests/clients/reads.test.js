// Read positions, what is unread, who has read what, and what became of a send.
import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { Client } from "./lib/client.js";
import { call, createRoom, signUp } from "./lib/rest.js";
import { gateways } from "./lib/system.js";

const [here, there] = gateways;

const as = (account, method, path, body, gateway = here) =>
  call(gateway, method, `/v1${path}`, { token: account.token, body });

const mine = async (account, gid, gateway = here) =>
  (await as(account, "GET", "/rooms", undefined, gateway)).body.rooms.find((room) => room.gid === gid);

/** The last position of that user the client has heard. */
const heardRead = (client, room, account) => client.all("read")
  .filter((event) => event.room === room && event.user.username === account.username).at(-1)?.seq;

describe("read positions", () => {
  it("are monotonic, end at the head, and reach the user's other devices", async () => {
    const [ada, bob] = await Promise.all([signUp(here), signUp(there)]);
    const room = (await createRoom(here, ada, [bob])).gid;
    const [owner, phone, laptop] = await Promise.all([
      Client.open(here, ada.token), Client.open(here, bob.token), Client.open(there, bob.token)]);
    for (let i = 0; i < 5; ++i) await owner.send(room, `${i}`);
    assert.deepEqual(await phone.ask("read", { room, seq: 3 }), { ok: true, room, seq: 3 });
    await laptop.until(() => heardRead(laptop, room, bob) === 3, "the position on the other device");
    await owner.until(() => heardRead(owner, room, bob) === 3, "the receipt");
    assert.equal((await phone.ask("read", { room, seq: 1 })).seq, 3);
    assert.equal((await as(bob, "PUT", `/rooms/${room}/read`, { seq: 4 }, there)).body.seq, 4);
    assert.equal((await laptop.ask("read", { room, seq: 1_000_000 })).seq, 5, "the head");
    await phone.until(() => heardRead(phone, room, bob) === 5, "the last position");
    assert.equal((await mine(bob, room)).read_seq, 5);
    for (const bad of [{ room }, { room, seq: "3" }, { room, seq: -1 }, { seq: 3 }]) {
      assert.equal((await phone.ask("read", bad)).error.code, "invalid_argument", JSON.stringify(bad));
    }
    for (const client of [owner, phone, laptop]) client.close();
  });

  it("are refused of strangers and of those who have left", async () => {
    const [ada, bob] = await Promise.all([signUp(here), signUp(there)]);
    const room = (await createRoom(here, ada, [bob])).gid;
    const client = await Client.open(here, bob.token);
    await client.send(room, "x");
    assert.ok((await client.ask("room.leave", { room })).ok);
    assert.equal((await client.ask("read", { room, seq: 1 })).error.code, "not_a_member");
    assert.equal((await client.ask("readers", { room, seq: 1 })).error.code, "not_a_member");
    client.close();
  });

  it("of a burst become few writes, and all are answered with the last", async () => {
    const [ada, bob] = await Promise.all([signUp(here), signUp(there)]);
    const room = (await createRoom(here, ada, [bob])).gid;
    const [owner, phone] = await Promise.all([Client.open(here, ada.token), Client.open(there, bob.token)]);
    for (let i = 0; i < 40; ++i) await owner.send(room, `${i}`);
    const answers = await Promise.all(Array.from({ length: 40 }, (_, i) => phone.ask("read", { room, seq: i + 1 })));
    assert.ok(answers.every((answer, i) => answer.ok && answer.seq >= i + 1), JSON.stringify(answers));
    assert.equal(answers.at(-1).seq, 40);
    await owner.until(() => heardRead(owner, room, bob) === 40, "the receipt");
    assert.ok(owner.all("read").length <= 4, `${owner.all("read").length} receipts`);
    owner.close();
    phone.close();
  });

  it("say who has read a message", async () => {
    const [ada, bob, eve] = await Promise.all([signUp(here), signUp(there), signUp(here)]);
    const room = (await createRoom(here, ada, [bob, eve])).gid;
    for (let i = 0; i < 3; ++i) await as(ada, "POST", `/rooms/${room}/messages`, { text: `${i}` });
    await as(bob, "PUT", `/rooms/${room}/read`, { seq: 3 });
    await as(eve, "PUT", `/rooms/${room}/read`, { seq: 1 }, there);
    const readers = async (seq, query = "") => {
      const { status, body } = await as(ada, "GET", `/rooms/${room}/messages/${seq}/readers${query}`, undefined, there);
      assert.equal(status, 200, JSON.stringify(body));
      return body;
    };
    assert.deepEqual((await readers(1)).readers.map((one) => [one.user.username, one.seq]).sort(),
      [[bob.username, 3], [eve.username, 1]].sort());
    assert.deepEqual((await readers(2)).readers.map((one) => one.user.username), [bob.username]);
    const pages = [];
    for (let next = 0; next !== undefined;) {
      const page = await readers(1, `?limit=1&after=${next}`);
      pages.push(...page.readers.map((one) => one.user.username));
      next = page.next;
    }
    assert.deepEqual(pages.sort(), [bob.username, eve.username].sort());
    assert.equal((await as(ada, "GET", `/rooms/${room}/messages/one/readers`)).body.code, "invalid_argument");
  });
});

describe("the list of rooms", () => {
  it("shows the last message, exact unread, role and head in one call, the latest active first", async () => {
    const [ada, bob] = await Promise.all([signUp(here), signUp(there)]);
    const [tea, coffee] = [(await createRoom(here, ada, [bob], "tea")).gid, (await createRoom(here, ada, [bob], "coffee")).gid];
    const [owner, other] = await Promise.all([Client.open(here, ada.token), Client.open(there, bob.token)]);
    await owner.send(coffee, "x");
    for (let i = 0; i < 120; ++i) await owner.send(tea, `${i}`);
    await other.send(tea, "é".repeat(300));
    const { rooms } = await other.ask("rooms");
    assert.deepEqual(rooms.map((room) => room.gid), [tea, coffee]);
    const [first] = rooms;
    assert.deepEqual([first.unread, first.read_seq, first.role, first.head], [120, 0, "member", { epoch: 1, seq: 121 }]);
    assert.deepEqual({ ...first.last_message, ts: 0 },
      { seq: 121, ts: 0, sender: bob.username, kind: "text", text: "é".repeat(200) });
    assert.equal(first.active_at, first.last_message.ts);
    assert.equal((await mine(bob, tea, here)).unread, 120, "counted once, and kept");
    await owner.send(tea, "more");
    assert.equal((await mine(bob, tea, there)).unread, 121);
    assert.ok((await other.ask("read", { room: tea, seq: 100 })).ok);
    assert.equal((await mine(bob, tea)).unread, 21);
    assert.equal((await mine(ada, tea)).unread, 1);
    owner.close();
    other.close();
  });

  it("shows messages as they are now, and counts none that was redacted", async () => {
    const [ada, bob] = await Promise.all([signUp(here), signUp(there)]);
    const room = (await createRoom(here, ada, [bob])).gid;
    const client = await Client.open(here, ada.token);
    await client.send(room, "first");
    const { seq } = await client.send(room, "second");
    const seen = async () => {
      const { unread, last_message: last, active_at: active } = await mine(bob, room, there);
      return { unread, kind: last.kind, text: last.text, seq: last.seq, active };
    };
    const before = await seen();
    assert.deepEqual([before.unread, before.text], [2, "second"]);
    for (const [name, data] of [["edit", { text: "the second" }], ["react", { reaction: "+1" }], ["pin", {}]]) {
      assert.ok((await client.ask(name, { room, seq, ...data })).ok, name);
    }
    assert.deepEqual(await seen(), { ...before, text: "the second" });
    assert.ok((await client.ask("redact", { room, seq })).ok);
    assert.deepEqual(await seen(), { ...before, unread: 1, kind: "redacted", text: "" });
    client.close();
  });

  it("is paged", async () => {
    const ada = await signUp(here);
    const made = [];
    for (let i = 0; i < 5; ++i) made.push((await createRoom(here, ada, [], `${i}`)).gid);
    const seen = [];
    for (let after = ""; after !== undefined;) {
      const { body } = await as(ada, "GET", `/rooms?limit=2&after=${after}`);
      assert.ok(body.rooms.length <= 2);
      seen.push(...body.rooms.map((room) => room.gid));
      after = body.next;
    }
    assert.deepEqual(seen.sort(), made.sort());
    assert.equal((await as(ada, "GET", "/rooms?after=nonsense")).body.code, "invalid_argument");
  });

  it("counts nothing unread that was said before one came", async () => {
    const [ada, bob] = await Promise.all([signUp(here), signUp(there)]);
    const room = (await createRoom(here, ada, [])).gid;
    const say = () => as(ada, "POST", `/rooms/${room}/messages`, { text: "x" });
    await say();
    await as(ada, "POST", `/rooms/${room}/members`, { username: bob.username });
    assert.equal((await mine(bob, room)).unread, 0);
    await say();
    assert.equal((await mine(bob, room)).unread, 1);
  });
});

describe("send.status", () => {
  it("tells a sender who lost the ack where the message is, or that it is not stored", async () => {
    const [ada, bob] = await Promise.all([signUp(here), signUp(there)]);
    const room = (await createRoom(here, ada, [bob])).gid;
    const client = await Client.open(here, ada.token);
    const { ok, ...sent } = await client.send(room, "x", { client_msg_id: "mine/1" });
    assert.ok(ok);
    assert.deepEqual(await client.ask("send.status", { room, client_msg_id: "mine/1" }), { ok: true, stored: true, ...sent });
    const lost = await as(ada, "GET", `/rooms/${room}/sends/mine%2F2`, undefined, there);
    assert.deepEqual([lost.status, lost.body], [200, { room, client_msg_id: "mine/2", stored: false }]);
    assert.equal((await as(bob, "GET", `/rooms/${room}/sends/mine%2F1`)).body.stored, false, "of one's own only");
    client.close();
  });
});
