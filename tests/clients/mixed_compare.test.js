// The randomised test's own eyes: what its comparisons must see, planted.
import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { checkNothingAfterLeaving } from "./mixed/checks.js";
import { differences } from "./mixed/compare.js";
import { Fold } from "./mixed/fold.js";
import * as rules from "./mixed/rules.js";
import { Message, Room, World } from "./mixed/world.js";

const [ada, bob, eve] = ["ada", "bob", "eve"].map((username, i) => ({ id: i + 1, username, key: username }));

const entry = (seq, type, sender, more) =>
  ({ type, seq, msg_id: `id-${seq}`, sender, room: "wjLJb3Jo", epoch: 1, ts: seq, ...more });
const about = (seq) => ({ target: { seq, msg_id: `id-${seq}` } });

/** A log in which everything happens, as raw pages give it. */
const log = [
  entry(1, "message", ada, { text: "one", client_msg_id: "a" }),
  entry(2, "message", bob, { text: "two", client_msg_id: "b", reply_to: 1, mentions: [ada], attributes: { a: 1 } }),
  entry(3, "reaction", bob, { reaction: "+1", count: 1, ...about(1) }),
  entry(4, "reaction", ada, { reaction: "heart", count: 1, ...about(1) }),
  entry(5, "reaction", ada, { reaction: "+1", count: 2, ...about(1) }),
  entry(6, "reaction", bob, { reaction: "+1", count: 1, removed: true, ...about(1) }),
  entry(7, "message.edited", ada, { text: "one!", ...about(1) }),
  entry(8, "pin", ada, { pinned: true, ...about(1) }),
  entry(9, "member.joined", ada, { member: { ...eve, role: "member" } }),
  entry(10, "member.updated", ada, { member: { ...eve, role: "admin" } }),
  entry(11, "member.left", ada, { member: { ...bob, role: "member" }, reason: "removed" }),
  entry(12, "room.updated", ada, { changed: { topic: "tea", archived: false } }),
  entry(13, "message.redacted", ada, about(2)),
];
const room = { name: "Tea", topic: "", picture: "", kind: "private", archived: false, head: { epoch: 1, seq: 0 } };
const members = [{ username: "ada", role: "owner" }, { username: "bob", role: "member" }];

const folded = (entries = log) => {
  const fold = new Fold();
  fold.start(room, members);
  entries.forEach((event) => fold.entry(event));
  return fold;
};

/** The same log, as the world of the operations has it. */
function world() {
  const made = new World("x");
  const one = Object.assign(new Room("r1", "wjLJb3Jo", "private", "Tea"), { head: 13, topic: "tea" });
  one.enter(ada, "owner", 0, 0);
  one.enter(bob, "member", 0, 0);
  one.enter(eve, "admin", 4, 9);
  one.exit(bob, 5, 11);
  const first = Object.assign(new Message("m1", one, ada), { seq: 1, msgId: "id-1", text: "one!", mentions: [], pinned: true });
  first.edits.push({ seq: 7 });
  first.react(ada, "heart", 4);
  first.react(ada, "+1", 5);
  const second = Object.assign(new Message("m2", one, bob), { seq: 2, msgId: "id-2", replyTo: first, mentions: [ada] });
  second.redact(ada, 13);
  one.messages.push(first, second);
  made.rooms.push(one);
  return made;
}

describe("the comparison of views", () => {
  it("finds nothing where a fold has followed", () => {
    assert.deepEqual(differences(world().rooms[0].view(), folded().view()), []);
  });

  const planted = {
    "another text": ["/messages/1/text", (view) => { view.messages[1].text = "one"; }],
    "a lost message": ["/messages/1", (view) => { delete view.messages[1]; }],
    "a message too many": ["/messages/3", (view) => { view.messages[3] = { seq: 3 }; }],
    "text that should be gone": ["/messages/2/text", (view) => { view.messages[2].text = "two"; }],
    "mentions that should be gone": ["/messages/2/mentions", (view) => { view.messages[2].mentions = ["ada"]; }],
    "a redaction by another": ["/messages/2/redacted/by", (view) => { view.messages[2].redacted.by = "eve"; }],
    "a redaction unseen": ["/messages/2/redacted", (view) => { view.messages[2].redacted = undefined; }],
    "an edit unseen": ["/messages/1/edited", (view) => { view.messages[1].edited = undefined; }],
    "a pin unseen": ["/messages/1/pinned", (view) => { view.messages[1].pinned = false; }],
    "a reaction too many": ["/messages/1/reactions/+1/count", (view) => { view.messages[1].reactions.find((one) => one.reaction === "+1").count = 2; }],
    "a reaction of another": ["/messages/1/reactions/heart/users/0", (view) => { view.messages[1].reactions.find((one) => one.reaction === "heart").users = [2]; }],
    "a reaction lost": ["/messages/1/reactions/heart", (view) => { view.messages[1].reactions = view.messages[1].reactions.filter((one) => one.reaction !== "heart"); }],
    "another msg_id": ["/messages/1/msgId", (view) => { view.messages[1].msgId = "id-9"; }],
    "a reply to another": ["/messages/2/replyTo", (view) => { view.messages[2].replyTo = 2; }],
    "another role": ["/members/eve", (view) => { view.members.eve = "member"; }],
    "a member who has left": ["/members/bob", (view) => { view.members.bob = "member"; }],
    "an old topic": ["/settings/topic", (view) => { view.settings.topic = ""; }],
    "a head that lags": ["/head", (view) => { view.head = 12; }],
  };
  for (const [what, [path, plant]] of Object.entries(planted)) {
    it(`sees ${what}`, () => {
      const view = structuredClone(folded().view());
      plant(view);
      const found = differences(world().rooms[0].view(), view);
      assert.equal(found.length, 1, found.join("\n"));
      assert.ok(found[0].startsWith(`${path}: wanted `), found[0]);
    });
  }

  it("counts neither the order of reactions nor what is undefined", () => {
    const view = structuredClone(folded().view());
    view.messages[1].reactions.reverse();
    view.messages[1].more = undefined;
    assert.deepEqual(differences(world().rooms[0].view(), view), []);
  });
});

describe("a fold", () => {
  it("comes to the same by a folded page and what came after it", () => {
    for (let head = 0; head <= log.length; ++head) {
      const before = folded(log.slice(0, head));
      const user = (id) => [ada, bob, eve].find((one) => one.id === id);
      const events = Object.values(before.view().messages).map((one) => ({
        type: "message", seq: one.seq, msg_id: one.msgId, sender: user(one.sender === "ada" ? 1 : 2), text: one.text,
        attributes: one.attributes, reply_to: one.replyTo, mentions: one.mentions?.map(() => ada), pinned: one.pinned,
        edited: one.edited && { seq: one.edited }, redacted: one.redacted && { by: ada, seq: one.redacted.seq },
        reactions: one.reactions.map(({ reaction, count, users }) => ({ reaction, count, user_ids: users })) }));
      const fold = new Fold();
      // The page is of a time before the lists were read, and the lists of one at the end.
      fold.page({ head: { seq: head }, events });
      fold.start({ ...room, topic: "tea" }, [{ username: "ada", role: "owner" }, { username: "eve", role: "admin" }], head);
      log.slice(head).forEach((event) => fold.entry(event));
      assert.deepEqual(differences(folded().view(), fold.view()), [], `a page as of ${head}`);
    }
  });

  it("does not go on over a gap, or about what is not there", () => {
    assert.throws(() => folded([log[0], log[2]]), /seq 3 was applied at 1/);
    assert.throws(() => folded([log[0], log[0]]), /seq 1 was applied at 1/);
    assert.throws(() => folded([entry(1, "pin", ada, { pinned: true, ...about(9) })]), /is about 9/);
    assert.throws(() => folded([log[0], entry(2, "reaction", bob, { reaction: "+1", count: 2, ...about(1) })]), /counts 2/);
  });
});

describe("what was got after leaving", () => {
  const got = (user, wave, seq) =>
    checkNothingAfterLeaving({ world: world(), devices: [], seen: [{ user, gid: "wjLJb3Jo", wave, seq }] }).length;

  it("is seen, however late an entry from before may come", () => {
    assert.equal(got(bob, 3, 10), 0, "still in");
    assert.equal(got(bob, 5, 11), 0, "the leaving itself");
    assert.equal(got(bob, 9, 4), 0, "from before, late");
    assert.equal(got(bob, 5, 12), 1, "in the very wave");
    assert.equal(got(bob, 9, 13), 1, "later");
    assert.equal(got(eve, 3, 1), 1, "before coming in");
    assert.equal(got(eve, 4, 1), 0, "who comes in may read what was before");
  });
});

describe("the rules", () => {
  const place = () => {
    const one = new Room("r1", "wjLJb3Jo", "private", "Tea");
    one.enter(ada, "owner", 0, 0);
    one.enter(bob, "member", 0, 0);
    return one;
  };

  it("foresee what the table of roles says", () => {
    const one = place();
    assert.deepEqual(rules.toSend(one, bob), []);
    assert.deepEqual(rules.toSend(one, eve), ["not_a_member"]);
    assert.deepEqual(rules.toLeave(one, ada), ["permission_denied"]);
    assert.deepEqual(rules.toLeave(one, bob), []);
    assert.deepEqual(rules.toGiveRole(one, bob, ada, "member"), ["permission_denied", "permission_denied", "permission_denied"]);
    assert.deepEqual(rules.toJoin(one, eve), ["not_a_member"]);
    one.kind = "public";
    assert.deepEqual(rules.toJoin(one, eve), []);
    one.bans.add(eve);
    assert.deepEqual(rules.toJoin(one, eve), ["permission_denied"]);
    one.members.set(bob, "read-only");
    assert.deepEqual(rules.toSend(one, bob), ["permission_denied"]);
    one.archived = true;
    assert.deepEqual(rules.toArchive(one, ada), []);
    assert.deepEqual(rules.toChangeSettings(one, ada), ["permission_denied"]);
  });
});
