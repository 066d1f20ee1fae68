import assert from "node:assert/strict";
import { it } from "node:test";

import { RoomView } from "./room_view.js";

const me = 7;
const event = (seq, more = {}) => ({
  type: "message",
  epoch: 1,
  seq,
  msg_id: `m${seq}`,
  client_msg_id: `c${seq}`,
  text: "t",
  ...more,
});
const head = (seq) => ({ epoch: 1, seq });

/** A view and what its application saw, such as "from 3" and "dlv 4". */
function viewed() {
  const seen = [];
  const view = new RoomView(me, (kind, { seq }) => seen.push(seq === undefined ? kind : `${kind} ${seq}`));
  return { view, seen };
}

function live(at = 0) {
  const made = viewed();
  made.view.ask();
  made.view.subscribed({ head: head(at), events: [] });
  made.seen.length = 0;
  return made;
}

it("a first subscribe begins at the head, and what came meanwhile is seen once", () => {
  const { view, seen } = viewed();
  assert.deepEqual(view.ask(), {});
  for (const seq of [3, 4]) view.entry(event(seq));
  view.subscribed({ head: head(3), events: [] });
  assert.deepEqual(seen, ["from 3", "dlv 4", "live"]);
});

it("a resume asks with the last place and sees what was missed before what came live", () => {
  const { view, seen } = live(3);
  view.lost();
  view.entry(event(4)); // Of the old connection, late.
  assert.deepEqual(view.ask(), { position: head(3) });
  view.entry(event(5));
  view.entry(event(6));
  view.subscribed({ head: head(5), events: [event(4), event(5)] });
  assert.deepEqual(seen, ["dlv 4", "dlv 5", "dlv 6", "live"]);
});

it("a live view hides neither gaps nor repeats of the server", () => {
  const { view, seen } = live(3);
  for (const seq of [5, 5, 4]) view.entry(event(seq));
  assert.deepEqual(seen, ["dlv 5", "dlv 5", "dlv 4"]);
});

it("a resume hides no gap in the answer", () => {
  const { view, seen } = live(3);
  view.lost();
  view.ask();
  view.subscribed({ head: head(6), events: [event(5), event(6)] });
  assert.deepEqual(seen, ["dlv 5", "dlv 6", "live"]);
});

it("a reset begins the view anew, as an answer and as an event", () => {
  const { view, seen } = live(3);
  view.lost();
  view.ask();
  view.entry(event(901));
  view.subscribed({ head: head(900), events: [], reset: true });
  view.reset({ head: head(950) });
  view.entry(event(951));
  assert.deepEqual(seen, ["reset 900", "dlv 901", "live", "reset 950", "live", "dlv 951"]);
});

it("a reset that comes before the answer is seen in its place", () => {
  const { view, seen } = live(3);
  view.lost();
  view.ask();
  view.entry(event(5));
  view.reset({ head: head(9) });
  view.entry(event(10));
  view.subscribed({ head: head(4), events: [event(4)] });
  assert.deepEqual(seen, ["dlv 4", "dlv 5", "reset 9", "dlv 10", "live"]);
});

it("a lag is made good from the history before what came live", () => {
  const { view, seen } = live(3);
  assert.ok(view.lag({ at: head(3), head: head(5) }));
  view.entry(event(6));
  view.caughtUp([event(4), event(5)]);
  assert.deepEqual(seen, ["dlv 4", "dlv 5", "dlv 6", "live"]);
});

it("one's own leave ends the view, another's does not", () => {
  const { view, seen } = live(3);
  assert.ok(!view.entry(event(4, { type: "member.left", member: { id: 8 } })));
  assert.ok(view.entry(event(5, { type: "member.left", member: { id: me } })));
  view.end();
  view.entry(event(6));
  assert.deepEqual(seen, ["dlv 4", "dlv 5", "out"]);
});
