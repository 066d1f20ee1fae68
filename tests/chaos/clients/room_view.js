// What a client's application sees of one room, by the rules for clients in docs/protocol.md.
//
// It trusts the server wherever the protocol lets it: live events are handed on as they come, so that
// a gap or a repeat on the wire is one at the callback. Only what may be heard twice by the protocol,
// entries that come live while the answer to `subscribe` is under way, is dropped.

const placeOf = ({ epoch, seq }) => ({ epoch, seq });

export class RoomView {
  /** "out": hears nothing; "asking": `subscribe` is to be answered; "reading": catches up after a lag. */
  state = "out";
  last = null; // { epoch, seq } of the last entry seen, or where the view began.
  #buffer = [];

  /** `record(kind, fields)` is told what the application sees; `user` is the client's own id. */
  constructor(user, record) {
    this.user = user;
    this.record = record;
  }

  /** What `subscribe` is to be asked with. */
  ask() {
    this.state = "asking";
    this.#buffer = [];
    return this.last ? { position: placeOf(this.last) } : {};
  }

  /** The connection broke: nothing is heard until ask(). */
  lost() {
    if (this.state !== "out") this.state = "lost";
    this.#buffer = [];
  }

  /** The answer to ask() is that the user is not in the room. */
  end() {
    if (this.last) this.record("out", {});
    this.state = "out";
    this.last = null;
    this.#buffer = [];
  }

  /** The good answer to ask(). */
  subscribed({ head, events, reset }) {
    if (reset) this.#begin("reset", head);
    else if (!this.last) this.#begin("from", head);
    else for (const event of events) this.#see(event);
    this.#goLive();
  }

  /** An event of the room's log, as it comes. True: the user has left by it; ask() anew. */
  entry(event) {
    if (this.state === "asking" || this.state === "reading") {
      this.#buffer.push(event);
      return false;
    }
    if (this.state === "live") this.#see(event);
    return this.state === "live" && this.#isOwnLeave(event);
  }

  /** The event `reset`. */
  reset({ head }) {
    if (this.state === "asking") this.#buffer.push({ reset: head });
    else if (this.state !== "out" && this.state !== "lost") {
      this.#begin("reset", head);
      this.#buffer = [];
      this.state = "live";
      this.record("live", {});
    }
  }

  /** The event `lag`. True: read the log after `at` up to `head`, then caughtUp(). */
  lag({ at }) {
    if (this.state !== "live") return false;
    this.state = "reading";
    this.readAfter = at.seq;
    return true;
  }

  /** What was read of the log after a lag. */
  caughtUp(events) {
    if (this.state !== "reading") return;
    for (const event of events) this.#see(event);
    this.#goLive();
  }

  #begin(kind, head) {
    this.last = placeOf(head);
    this.record(kind, this.last);
  }

  #see(event) {
    this.last = placeOf(event);
    this.record("dlv", {
      ...this.last,
      msg_id: event.msg_id,
      type: event.type,
      cmid: event.client_msg_id || null,
      text: event.text,
    });
  }

  #isSeen({ epoch, seq }) {
    return epoch === this.last.epoch && seq <= this.last.seq;
  }

  #goLive() {
    for (const event of this.#buffer) {
      if (event.reset) this.#begin("reset", event.reset);
      else if (!this.#isSeen(event)) this.#see(event);
    }
    this.#buffer = [];
    this.state = "live";
    this.record("live", {});
  }

  #isOwnLeave({ type, member }) {
    return type === "member.left" && member.id === this.user;
  }
}
