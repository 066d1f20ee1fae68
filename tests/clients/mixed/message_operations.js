// Operations on messages: how each is drawn, what should come of it, and what it makes of the world.
//
// A kind draws from a scene { world, dice, room, actor } an operation, or nothing where there is none:
//   { title, command, data, refusals, apply(answer), touches?, share? }
// `refusals` are the codes of which one is due; with none it must succeed and is then applied. What
// happens at once must not touch one message, unless all of it has a `share` and each another.
import assert from "node:assert/strict";

import { toEdit, toPin, toReact, toRedact, toRead, toSend } from "./rules.js";
import { Message } from "./world.js";

const reactions = ["+1", "heart", "\u{1F389}", "eyes"];
const words = ["tea", "milk", "sugar", "caf\u00e9", "\u{1F375}", "\"quoted\"", "back\\slash", "<b>", "line\nbreak"];

/** Long enough that a few dozen of them are more than is replayed to somebody who comes back. */
const long = "long ".repeat(2800);

const attributes = (dice) => dice.pick([
  { image: { url: "https://example.com/a.png", width: 3, height: 4 } },
  { file: { url: "https://example.com/a.txt", name: "a.txt", size: 9 } },
  { mood: { of: ["the", "day"] } }]);

const text = ({ world, dice }, key) => [world.token(key), ...dice.some(words, dice.below(4))].join(" ");

/** Usernames: anybody's, and who of them is in the room. */
function mentions({ world, dice }) {
  return dice.chance(0.2) ? dice.some(world.users, 1 + dice.below(3)) : [];
}
const usernames = (users) => users.map((user) => user.username);
const inRoom = (room, users) => users.filter((user) => room.members.has(user));

const target = ({ room, dice }) => dice.pick(room.messages.slice(-40));

/** Of a change: an entry of its own, or the place of the one by which it was so already. */
function checkChange(room, answer, changes) {
  assert.deepEqual([answer.room, answer.changed], [room.gid, changes], JSON.stringify(answer));
  if (changes) room.took(answer.seq);
}

const messageOfAck = (message, data, answer) => Object.assign(message,
  { seq: answer.seq, msgId: answer.msg_id, text: data.text, attributes: data.attributes, data });

function sending(scene, padding = "") {
  const { world, dice, room, actor } = scene;
  const message = new Message(world.key("m"), room, actor);
  const mentioned = mentions(scene);
  const data = { room: room.gid, text: text(scene, `${message.key}v0`) + padding, client_msg_id: message.key };
  if (dice.chance(0.15)) data.attributes = attributes(dice);
  if (mentioned.length > 0) data.mentions = usernames(mentioned);
  message.replyTo = dice.chance(0.2) ? dice.pick(room.messages) : undefined;
  if (message.replyTo) data.reply_to = message.replyTo.seq;
  return {
    title: `send ${message.key}`, command: "send", data, refusals: toSend(room, actor), message,
    apply(answer) {
      assert.deepEqual([answer.room, answer.client_msg_id], [room.gid, message.key]);
      messageOfAck(message, data, answer);
      message.mentions = inRoom(room, mentioned);
      room.messages.push(message);
      room.took(answer.seq);
    },
  };
}

const send = {
  name: "send", weight: 30, crowd: true,
  draw: (scene) => sending(scene),
};

/** On two ways at once. */
const sendTwice = {
  name: "send twice", weight: 4, crowd: true,
  draw(scene) {
    const operation = sending(scene);
    const { apply, data } = operation;
    return {
      ...operation, title: `${operation.title} twice`, also: data,
      apply(answer, second) {
        assert.deepEqual(second, answer);
        apply(answer);
      },
    };
  },
};

/** The connection is cut while the message is under way; then it is sent again, elsewhere. */
const sendAndLose = {
  name: "send and lose", weight: 3, crowd: true, breaks: true,
  draw(scene) {
    const operation = sending(scene);
    if (operation.refusals.length > 0) return undefined;
    return { ...operation, title: `${operation.title}, cut off`, cut: true };
  },
};

/** What was sent before, by whoever sent it: the first answer, whatever has become of the two since. */
const sendAgain = {
  name: "send again", weight: 5, crowd: true,
  draw({ room, actor, dice }) {
    const message = dice.pick(room.messages.filter((one) => one.sender === actor));
    if (!message) return undefined;
    return {
      title: `send ${message.key} again`, command: "send", data: message.data, refusals: [],
      apply: (answer) => assert.deepEqual([answer.seq, answer.msg_id], [message.seq, message.msgId]),
    };
  },
};

const sendLong = {
  name: "send long", weight: 0, crowd: true,
  draw: (scene) => sending(scene, ` ${long}`),
};

const edit = {
  name: "edit", weight: 12, crowd: true,
  draw(scene) {
    const { world, dice, room, actor } = scene;
    const mine = room.messages.filter((one) => one.sender === actor);
    const message = dice.chance(0.85) && mine.length > 0 ? dice.pick(mine) : target(scene);
    if (!message) return undefined;
    const mentioned = mentions(scene);
    const clientMsgId = world.key("e");
    const data = { room: room.gid, seq: message.seq, text: text(scene, clientMsgId), client_msg_id: clientMsgId };
    if (mentioned.length > 0) data.mentions = usernames(mentioned);
    if (dice.chance(0.3)) data.attributes = dice.chance(0.5) ? {} : attributes(dice);
    return {
      title: `edit ${message.key} to ${clientMsgId}`, command: "edit", data, refusals: toEdit(message, actor),
      touches: message,
      apply(answer) {
        checkChange(room, answer, true);
        assert.equal(answer.client_msg_id, clientMsgId);
        message.edits.push({ seq: answer.seq, data });
        message.text = data.text;
        message.mentions = inRoom(room, mentioned);
        if (data.attributes) message.attributes = Object.keys(data.attributes).length > 0 ? data.attributes : undefined;
      },
    };
  },
};

const editAgain = {
  name: "edit again", weight: 2, crowd: true,
  draw({ room, actor, dice }) {
    const message = dice.pick(room.messages.filter((one) => one.sender === actor && one.edits.length > 0));
    if (!message) return undefined;
    const { seq, data } = dice.pick(message.edits);
    return {
      title: `edit ${message.key} to ${data.client_msg_id} again`, command: "edit", data, refusals: [], touches: message,
      apply(answer) {
        checkChange(room, answer, false);
        assert.equal(answer.seq, seq);
      },
    };
  },
};

const redact = {
  name: "redact", weight: 5, crowd: true,
  draw(scene) {
    const { room, actor } = scene;
    const message = target(scene);
    if (!message) return undefined;
    const before = message.redacted;
    return {
      title: `redact ${message.key}`, command: "redact", data: { room: room.gid, seq: message.seq },
      refusals: toRedact(message, actor), touches: message,
      apply(answer) {
        checkChange(room, answer, !before);
        if (before) assert.equal(answer.seq, before.seq);
        else message.redact(actor, answer.seq);
      },
    };
  },
};

const react = {
  name: "react", weight: 14, crowd: true,
  draw(scene) {
    const { room, actor, dice } = scene;
    const message = target(scene);
    if (!message) return undefined;
    const reaction = dice.pick(reactions);
    const has = message.hasReacted(actor, reaction);
    const remove = dice.chance(has ? 0.7 : 0.1);
    const changes = remove ? has : !has;
    return {
      title: `${remove ? "unreact" : "react"} ${message.key} ${reaction}`, command: "react",
      data: { room: room.gid, seq: message.seq, reaction, remove }, refusals: toReact(message, actor, changes),
      touches: message, share: `${actor.key} ${reaction}`,
      apply(answer) {
        checkChange(room, answer, changes);
        if (changes && remove) message.unreact(actor, reaction);
        else if (changes) message.react(actor, reaction, answer.seq);
      },
    };
  },
};

const pin = {
  name: "pin", weight: 6, crowd: true,
  draw(scene) {
    const { room, actor, dice } = scene;
    const message = target(scene);
    if (!message) return undefined;
    const pinned = dice.chance(message.pinned ? 0.2 : 0.8);
    const changes = pinned !== message.pinned;
    return {
      title: `${pinned ? "pin" : "unpin"} ${message.key}`, command: "pin",
      data: { room: room.gid, seq: message.seq, pinned }, refusals: toPin(message, actor, pinned, changes),
      touches: message,
      apply(answer) {
        checkChange(room, answer, changes);
        message.pinned = pinned;
      },
    };
  },
};

/** No entry of the log. Answered when it is stored, which is once a second for one user and room. */
const read = {
  name: "read", weight: 12, crowd: true, slow: true,
  draw(scene) {
    const { room, actor } = scene;
    const message = target(scene);
    if (!message || !room.members.has(actor)) return undefined;
    return {
      title: `read ${message.key}`, command: "read", data: { room: room.gid, seq: message.seq }, refusals: [],
      foresee() {
        const stay = room.stay(actor);
        stay.readSeq = Math.max(stay.readSeq, message.seq);
        return () => stay !== room.stay(actor) || !room.members.has(actor); // Then it may be refused.
      },
      apply: (answer) => assert.ok(answer.seq >= message.seq, JSON.stringify(answer)),
    };
  },
};

/** Who has just been put out may still get what they have seen; what else they get is checked at the end. */
const history = {
  name: "history", weight: 8, crowd: true,
  draw({ room, actor, dice }) {
    const data = { room: room.gid, limit: 1 + dice.below(60), raw: dice.chance(0.5) };
    if (dice.chance(0.7)) data[dice.pick(["after", "before"])] = 1 + dice.below(room.head + 2);
    const refusals = toRead(room, actor);
    return {
      title: "history", command: "history", data, refusals,
      mayBeLate: refusals.length > 0 && room.stays.has(actor),
      apply(answer) {
        const seqs = answer.events.map((event) => event.seq);
        const inRange = (seq) => seq > (data.after ?? 0) && seq < (data.before ?? Infinity) && seq <= answer.head.seq;
        assert.ok(seqs.every((seq, i) => inRange(seq) && (i === 0 || seq > seqs[i - 1])), `history gave ${seqs}`);
      },
    };
  },
};

export const messageKinds =
  [send, sendTwice, sendAndLose, sendAgain, edit, editAgain, redact, react, pin, read, history];
export { send, sendLong };
