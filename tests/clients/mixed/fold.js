// What a client makes of a room's log: the folded view that docs/protocol.md describes, made from
// folded pages and from entries, in whatever way they come.

const sum = (users) => users.length;

/** A page's or an entry's message, as the fold keeps it. */
function message(event, asOf) {
  const folded = {
    seq: event.seq, msgId: event.msg_id, sender: event.sender.username, text: event.text, attributes: event.attributes,
    replyTo: event.reply_to, mentions: event.mentions?.map((user) => user.username), edited: event.edited?.seq,
    redacted: event.redacted && { by: event.redacted.by.username, seq: event.redacted.seq },
    reactions: (event.reactions ?? []).map(({ reaction, count, user_ids: users }) => ({ reaction, count, users })),
    pinned: event.pinned ?? false,
  };
  return Object.assign(folded, { asOf });
}

function empty(folded, by, seq) {
  Object.assign(folded, { text: undefined, attributes: undefined, mentions: undefined, edited: undefined,
    redacted: { by, seq }, reactions: [], pinned: false });
}

const changes = {
  "message.edited"(folded, event) {
    if (event.redacted) return; // The redaction follows.
    Object.assign(folded, { text: event.text, attributes: event.attributes, edited: event.seq,
      mentions: event.mentions?.map((user) => user.username) });
  },
  "message.redacted"(folded, event) {
    empty(folded, event.sender.username, event.seq);
  },
  reaction(folded, event) {
    const { reaction, removed } = event;
    let kind = folded.reactions.find((one) => one.reaction === reaction);
    if (!kind) folded.reactions.push(kind = { reaction, users: [] });
    kind.users = kind.users.filter((id) => id !== event.sender.id);
    if (!removed) kind.users.push(event.sender.id);
    kind.count = sum(kind.users);
    if (kind.count !== event.count) throw new Error(`seq ${event.seq} counts ${event.count} and there are ${kind.count}`);
    if (kind.count === 0) folded.reactions = folded.reactions.filter((one) => one !== kind);
  },
  pin(folded, event) {
    folded.pinned = event.pinned;
  },
};

export class Fold {
  position = 0; // Of the last entry applied, or of the head at which the pages were.
  messages = new Map(); // By seq.
  members = new Map(); // Username to role.
  settings = {};

  /** Answers to `room` and `members`, read at any time after `position` was. */
  start(room, members, position = room.head.seq) {
    this.position = position;
    for (const name of ["name", "topic", "picture", "kind", "archived"]) this.settings[name] = room[name];
    this.members = new Map(members.map((member) => [member.username, member.role]));
  }

  /** A folded page of the history. */
  page({ head, events }) {
    for (const event of events) {
      if (event.type === "message") this.messages.set(event.seq, message(event, head.seq));
    }
  }

  /** The entry at position + 1. */
  entry(event) {
    if (event.seq !== this.position + 1) throw new Error(`seq ${event.seq} was applied at ${this.position}`);
    this.position = event.seq;
    const { type, member } = event;
    if (type === "message") this.messages.set(event.seq, message(event, event.seq));
    else if (type === "room.updated") Object.assign(this.settings, event.changed);
    else if (type === "member.left") this.members.delete(member.username);
    else if (member?.role) this.members.set(member.username, member.role);
    else if (event.target) this.#change(event);
  }

  #change(event) {
    const target = this.messages.get(event.target.seq);
    if (!target) throw new Error(`seq ${event.seq} is about ${event.target.seq}, which is not there`);
    if (target.msgId !== event.target.msg_id) throw new Error(`seq ${event.seq} is about another message`);
    if (target.asOf >= event.seq || target.redacted) return;
    changes[event.type](target, event);
  }

  /** In the shape in which views are compared. */
  view() {
    const messages = [...this.messages.values()].sort((a, b) => a.seq - b.seq);
    return {
      head: this.position, settings: { ...this.settings }, members: Object.fromEntries(this.members),
      messages: Object.fromEntries(messages.map(({ asOf, ...one }) => [one.seq, one])),
    };
  }
}
