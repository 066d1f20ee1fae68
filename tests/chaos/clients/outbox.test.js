import assert from "node:assert/strict";
import { it } from "node:test";

import { gate, Lost } from "./link.js";
import { Outbox } from "./outbox.js";

const turn = () => new Promise((resolve) => setImmediate(resolve));
const good = { ok: true, epoch: 1, seq: 1, msg_id: "m" };
const refused = (code, retryable) => ({ ok: false, error: { code, retryable } });

/** An outbox whose answers the test gives: answer(cmid, …). */
function made(window = 4) {
  const events = [];
  const open = new Map();
  const outbox = new Outbox({
    window,
    retryMs: () => 0,
    record: (kind, fields) => events.push({ kind, ...fields }),
    transmit: ({ cmid }) => {
      const asked = gate();
      open.set(cmid, asked);
      return asked.promise;
    },
  });
  const answer = async (cmid, what) => {
    const asked = open.get(cmid);
    open.delete(cmid);
    if (what) asked.resolve(what);
    else asked.reject(new Lost("test"));
    await turn();
  };
  const told = () =>
    events.splice(0).map(({ kind, cmid, key }) => [kind, cmid, key].filter((part) => part !== undefined).join(" "));
  const send = (...cmids) => cmids.forEach((cmid) => outbox.send({ cmid, text: cmid }));
  return { outbox, open, answer, told, send };
}

/** Until the outbox has waited its moment after a refusal. */
const retried = async (open, cmid) => {
  while (!open.has(cmid)) await turn();
};

it("messages leave in order, as many at once as the window has", () => {
  const { outbox, told, send } = made(2);
  send("a", "b", "c");
  outbox.connected();
  assert.deepEqual(told(), ["inv a 1", "inv b 2"]);
});

it("after a break what has no answer is sent again in order, before anything new", async () => {
  const { outbox, answer, told, send } = made();
  outbox.connected();
  send("a", "b", "c");
  await answer("b", good);
  outbox.lost();
  await answer("a");
  await answer("c");
  send("d");
  told();
  outbox.connected();
  assert.deepEqual(told(), ["again a 4", "again c 5", "inv d 6"]);
});

it("after a refusal nothing is sent until all has its answer; then all again", async () => {
  const { outbox, open, answer, told, send } = made();
  outbox.connected();
  send("a", "b");
  await answer("a", refused("unavailable", true));
  send("c");
  assert.deepEqual(told(), ["inv a 1", "inv b 2", "nack a"]);
  await answer("b", refused("unknown_outcome", true));
  await retried(open, "a");
  assert.deepEqual(told(), ["nack b", "again a 3", "again b 4", "inv c 5"]);
});

it("what is refused for good is not sent again", async () => {
  const { outbox, answer, told, send } = made();
  outbox.connected();
  send("a");
  await answer("a", refused("empty_text", false));
  assert.equal(outbox.openCount, 0);
  assert.deepEqual(told(), ["inv a 1", "nack a"]);
});

it("what was acknowledged can be sent once more", async () => {
  const { outbox, answer, told, send } = made();
  outbox.connected();
  send("a");
  await answer("a", good);
  outbox.repeat(([message]) => message);
  await answer("a", good);
  assert.deepEqual(told(), ["inv a 1", "ok a", "again a", "ok a"]);
});
