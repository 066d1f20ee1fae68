// Replies, mentions, edits, redactions, reactions and pins: over Socket.IO and REST, on two gateways.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { Client } from "./lib/client.js";
import { call, createRoom, signUp, wholeHistory } from "./lib/rest.js";
import { dumpTables, gateways } from "./lib/system.js";

const [here, there] = gateways;

async function refused(answer, code) {
  const { ok, error } = await answer;
  assert.equal(ok, false);
  assert.equal(error.code, code, error.message);
}

/** A room of ada (owner, here), bob (there) and eve; each with a client. */
async function chat() {
  const [ada, bob, eve] = await Promise.all([signUp(here, "ada"), signUp(there, "bob"), signUp(there, "eve")]);
  const { gid } = await createRoom(here, ada, [bob, eve]);
  const clients = await Promise.all([Client.open(here, ada.token), Client.open(there, bob.token)]);
  const [adas, bobs] = clients;
  return { ada, bob, eve, gid, adas, bobs, close: () => clients.forEach((client) => client.close()) };
}

/** Where the answer says the entry is, both have heard it. */
async function heard(room, answer) {
  assert.ok(answer.ok, JSON.stringify(answer));
  await Promise.all([room.adas.hears(room.gid, answer.seq), room.bobs.hears(room.gid, answer.seq)]);
  const [one, other] = [room.adas, room.bobs].map((client) => client.log(room.gid).find((e) => e.seq === answer.seq));
  assert.deepEqual(one, other);
  return one;
}

const history = async (client, room, more = {}) => {
  const page = await client.ask("history", { room, ...more });
  assert.ok(page.ok, JSON.stringify(page));
  return page.events;
};

describe("messages", () => {
  let room, gid, adas, bobs;
  before(async () => {
    room = await chat();
    ({ gid, adas, bobs } = room);
  });
  after(() => room?.close());

  const path = (rest) => `/v1/rooms/${gid}/${rest}`;

  it("carry replies to messages, and mentions of those who are in the room", async () => {
    const first = await adas.send(gid, "question");
    const stranger = await signUp(here, "stranger");
    const mentions = [room.eve.username.toUpperCase(), stranger.username, room.eve.username];
    const reply = await heard(room, await bobs.send(gid, "answer", { reply_to: first.seq, mentions }));
    assert.equal(reply.reply_to, first.seq);
    assert.deepEqual(reply.mentions, [room.eve.user]);
    await refused(bobs.send(gid, "x", { reply_to: 999 }), "message_not_found");
    await refused(bobs.send(gid, "x", { mentions: ["nobody-at-all"] }), "user_not_found");
    assert.deepEqual((await history(adas, gid)).at(-1), reply);
  });

  it("take attributes of the known forms only with good URLs", async () => {
    const url = "https://example.org/x";
    for (const attributes of [
      { image: { url, width: 1, height: 2 }, video: { url, source: "cam", length: 1.5 } },
      { file: { url, name: "a.pdf", size: 10, type: "application/pdf" }, mood: { any: ["thing"] } },
    ]) {
      const ack = await adas.send(gid, "see", { attributes });
      assert.deepEqual((await heard(room, ack)).attributes, attributes);
    }
    for (const image of [{ url: "javascript:alert(1)" }, { url, width: "1" }, {}, url]) {
      await refused(adas.send(gid, "see", { attributes: { image } }), "invalid_argument");
    }
  });

  it("are edited by their sender, and history has the latest", async () => {
    const { seq, msg_id } = await adas.send(gid, "wrnog", { attributes: { k: 1 } });
    const ack = await adas.ask("edit", { room: gid, seq, text: "wrong", client_msg_id: "e-1" });
    const event = await heard(room, ack);
    assert.equal(event.type, "message.edited");
    assert.deepEqual(event.target, { seq, msg_id });
    assert.deepEqual([event.text, event.attributes, event.sender], ["wrong", { k: 1 }, room.ada.user]);
    const again = await adas.ask("edit", { room: gid, seq, text: "wrong", client_msg_id: "e-1" });
    assert.deepEqual(again, { ...ack, changed: false });
    const byRest = await call(there, "PATCH", path(`messages/${seq}`), {
      token: room.ada.token,
      body: { text: "right", attributes: {} },
    });
    assert.equal(byRest.status, 200, JSON.stringify(byRest.body));
    const last = await heard(room, { ok: true, ...byRest.body });
    for (const client of [adas, bobs]) {
      const message = (await history(client, gid)).at(-1);
      assert.equal(message.seq, seq);
      assert.equal(message.text, "right");
      assert.deepEqual(message.edited, { seq: last.seq, ts: last.ts });
      assert.equal(message.attributes, undefined);
      const raw = await history(client, gid, { raw: true, after: seq - 1 });
      assert.deepEqual(raw.map((e) => [e.type, e.text]),
        [["message", "wrnog"], ["message.edited", "wrong"], ["message.edited", "right"]]);
    }
    await refused(bobs.ask("edit", { room: gid, seq, text: "x" }), "permission_denied");
    await refused(adas.ask("edit", { room: gid, seq: last.seq, text: "x" }), "message_not_found");
  });

  it("are reacted to once by each user and kind, and counted", async () => {
    const { seq } = await adas.send(gid, "a joke");
    const reaction = "\u{1F602}";
    const one = await heard(room, await bobs.ask("react", { room: gid, seq, reaction }));
    assert.deepEqual([one.type, one.reaction, one.count, one.target.seq], ["reaction", reaction, 1, seq]);
    const same = await bobs.ask("react", { room: gid, seq, reaction });
    assert.deepEqual([same.ok, same.changed, same.seq], [true, false, one.seq]);
    const url = path(`messages/${seq}/reactions/${encodeURIComponent(reaction)}`);
    const put = await call(here, "PUT", url, { token: room.ada.token });
    assert.equal(put.status, 200);
    await heard(room, { ok: true, ...put.body });
    const shown = async () => (await history(bobs, gid)).at(-1).reactions;
    assert.deepEqual(await shown(), [{ reaction, count: 2, user_ids: [room.bob.user.id, room.ada.user.id] }]);
    const taken = await call(here, "DELETE", url, { token: room.ada.token });
    const gone = await heard(room, { ok: true, ...taken.body });
    assert.deepEqual([gone.removed, gone.count], [true, 1]);
    assert.deepEqual(await shown(), [{ reaction, count: 1, user_ids: [room.bob.user.id] }]);
    const nothing = await adas.ask("react", { room: gid, seq, reaction, remove: true });
    assert.deepEqual(nothing, { ok: true, room: gid, changed: false });
    await refused(adas.ask("react", { room: gid, seq, reaction: "" }), "invalid_argument");
    for (let i = 1; i < 20; ++i) assert.ok((await adas.ask("react", { room: gid, seq, reaction: `r${i}` })).ok);
    await refused(adas.ask("react", { room: gid, seq, reaction: "r20" }), "too_many_reactions");
  });

  it("are pinned by those in charge, and listed", async () => {
    const [a, b] = [await bobs.send(gid, "rules"), await bobs.send(gid, "plan")];
    await refused(bobs.ask("pin", { room: gid, seq: a.seq }), "permission_denied");
    const pin = await heard(room, await adas.ask("pin", { room: gid, seq: a.seq, pinned: true }));
    assert.deepEqual([pin.type, pin.pinned, pin.target], ["pin", true, { seq: a.seq, msg_id: a.msg_id }]);
    assert.equal((await call(there, "PUT", path(`messages/${b.seq}/pin`), { token: room.ada.token })).status, 200);
    const listed = await bobs.ask("pins", { room: gid });
    assert.deepEqual(listed.events.map((e) => [e.seq, e.pinned]), [[b.seq, true], [a.seq, true]]);
    assert.equal((await call(here, "DELETE", path(`messages/${a.seq}/pin`), { token: room.ada.token })).status, 200);
    const { body } = await call(there, "GET", path("pins"), { token: room.eve.token });
    assert.deepEqual(body.events.map((e) => e.seq), [b.seq]);
  });

  it("are seen with +1 steps and the same by everybody, whoever changed what", async () => {
    const head = (await adas.ask("history", { room: gid, limit: 1 })).head.seq;
    await Promise.all([adas.hears(gid, head), bobs.hears(gid, head)]);
    const seen = adas.log(gid);
    assert.deepEqual(seen.map((event) => event.seq), Array.from({ length: head }, (_, i) => i + 1));
    assert.deepEqual(bobs.log(gid), seen);
    const raw = await wholeHistory(there, room.eve, gid, 7);
    assert.deepEqual(raw, seen);
    const folded = [];
    for (let more = true, before; more;) {
      const page = await bobs.ask("history", { room: gid, limit: 3, before });
      folded.unshift(...page.events);
      ({ more } = page);
      before = page.events[0].seq;
    }
    assert.deepEqual(folded.map((e) => e.seq), raw.filter((e) => e.type === "message").map((e) => e.seq));
    const { body } = await call(here, "GET", path("history?after=0&limit=1000"), { token: room.ada.token });
    assert.deepEqual(body.events, folded);
  });

  it("are no business of others", async () => {
    const eve = await Client.open(here, room.eve.token);
    await call(there, "DELETE", path(`members/${room.eve.username}`), { token: room.ada.token });
    for (const [command, more] of [["edit", { text: "x" }], ["redact", {}], ["react", { reaction: "x" }], ["pin", {}]]) {
      await refused(eve.ask(command, { room: gid, seq: 1, ...more }), "not_a_member");
    }
    await refused(eve.ask("pins", { room: gid }), "not_a_member");
    await refused(eve.ask("redact", { room: "zzzzzzzz", seq: 1 }), "room_not_found");
    eve.close();
  });
});

describe("a redacted message", () => {
  it("is nowhere: not in history, the raw log, replays, pins, nor in any table", async () => {
    const room = await chat();
    const { gid, adas, bobs, bob } = room;
    const secret = `secret-${gid}-${Date.now()}`;
    const plain = await adas.send(gid, "before");
    const sent = await bobs.send(gid, `${secret} 1`, {
      attributes: { note: secret },
      mentions: [room.eve.username],
      reply_to: plain.seq,
    });
    assert.ok((await bobs.ask("edit", { room: gid, seq: sent.seq, text: `${secret} 2` })).ok);
    assert.ok((await bobs.ask("edit", { room: gid, seq: sent.seq, text: `${secret} 3` })).ok);
    assert.ok((await adas.ask("react", { room: gid, seq: sent.seq, reaction: "x" })).ok);
    assert.ok((await adas.ask("pin", { room: gid, seq: sent.seq })).ok);
    for (const client of [adas, bobs]) {
      assert.ok(JSON.stringify(await history(client, gid)).includes(`${secret} 3`));
    }
    assert.ok((await dumpTables("chat")).includes(secret));

    // An owner takes it away.
    const event = await heard(room, await adas.ask("redact", { room: gid, seq: sent.seq }));
    assert.deepEqual([event.type, event.target], ["message.redacted", { seq: sent.seq, msg_id: sent.msg_id }]);
    const again = await bobs.ask("redact", { room: gid, seq: sent.seq });
    assert.deepEqual([again.ok, again.changed, again.seq], [true, false, event.seq]);

    const late = await Client.open(here, room.eve.token, { auth: { token: room.eve.token, rooms: "none" } });
    const answers = {
      pins: await bobs.ask("pins", { room: gid }),
      replay: await late.ask("subscribe", { room: gid, position: { epoch: 1, seq: 0 } }),
      later: await bobs.ask("subscribe", { room: gid, position: { epoch: 1, seq: sent.seq } }),
      tables: await dumpTables("chat"),
    };
    for (const [index, gateway] of gateways.entries()) {
      for (const query of ["", "?raw=true", "?after=0", "?after=1&raw=true", "?limit=5&raw=true"]) {
        const { body } = await call(gateway, "GET", `/v1/rooms/${gid}/history${query}`, { token: bob.token });
        answers[`${index}${query}`] = body;
      }
    }
    for (const [name, answer] of Object.entries(answers)) {
      assert.ok(!JSON.stringify(answer).includes(secret), name);
    }
    assert.equal(answers.replay.events.length, 7, "the entries stay");
    assert.deepEqual(answers.pins.events, []);
    const redacted = (await history(adas, gid)).at(-1);
    const { epoch, seq, msg_id, ts } = sent;
    assert.deepEqual(redacted, {
      type: "message", room: gid, epoch, seq, msg_id, ts, sender: bob.user, reply_to: plain.seq,
      redacted: { by: room.ada.user, seq: event.seq, ts: event.ts }, client_msg_id: sent.client_msg_id,
    });
    for (const [command, more] of [["edit", { text: "x" }], ["react", { reaction: "y" }]]) {
      await refused(bobs.ask(command, { room: gid, seq: sent.seq, ...more }), "redacted");
    }
    assert.ok((await bobs.send(gid, "life goes on")).ok);
    late.close();
    room.close();
  });
});
