// What a client sends to one room, by the rules for clients in docs/contract.md: an id made once per
// message, and what has no answer is sent again in order before anything new.

const unsure = new Set(["unknown_outcome", "internal"]); // The codes that leave open what was done.

export class Outbox {
  #pending = []; // Not settled, in order: { cmid, text, attempts, isUnderWay }.
  #acked = [];
  #nextKey = 1;
  #isStirred = false; // Something was answered with an error, so that order is to be made anew.
  #timer = null;

  /**
   * `record(kind, fields)`; `transmit(message)` resolves with the answer { ok, … }, or rejects when
   * the connection broke, of which lost() tells; `window`: messages under way at once; `retryMs()`.
   */
  constructor({ record, transmit, window, retryMs }) {
    Object.assign(this, { record, transmit, window, retryMs });
    this.isConnected = false;
  }

  get openCount() {
    return this.#pending.length;
  }

  send(message) {
    this.#pending.push({ ...message, attempts: 0, isUnderWay: false });
    this.#pump();
  }

  /** Sends one that was acknowledged once more, as a client does that lost the answer. */
  async repeat(choose) {
    if (!this.isConnected || this.#acked.length === 0) return;
    const message = choose(this.#acked);
    this.record("again", { cmid: message.cmid });
    const answer = await this.transmit(message).catch(() => null);
    if (answer) this.#recordAnswer(message, answer);
  }

  connected() {
    this.isConnected = true;
    this.#resume();
  }

  lost() {
    this.isConnected = false;
    clearTimeout(this.#timer);
    this.#timer = null;
    for (const message of this.#pending) message.isUnderWay = false;
  }

  #resume() {
    this.#timer = null;
    this.#isStirred = false;
    this.#pump();
  }

  #pump() {
    if (!this.isConnected || this.#isStirred) return;
    let free = this.window - this.#pending.filter(({ isUnderWay }) => isUnderWay).length;
    for (const message of this.#pending) {
      if (free <= 0) return;
      if (message.isUnderWay) continue;
      free -= 1;
      this.#attempt(message);
    }
  }

  async #attempt(message) {
    message.isUnderWay = true;
    const attempt = (message.attempts += 1);
    const { cmid, text } = message;
    const key = this.#nextKey++;
    if (attempt === 1) this.record("inv", { cmid, text, key });
    else this.record("again", { cmid, key });
    const answer = await this.transmit(message).catch(() => null);
    if (answer === null) return; // lost() has put it back, or will.
    const isLate = message.attempts !== attempt;
    this.#recordAnswer(message, answer);
    if (!isLate) message.isUnderWay = false;
    if (answer.ok || !answer.error.retryable) this.#settle(message, answer);
    else this.#wait(answer.error.retry_after_ms ?? 0);
  }

  #recordAnswer({ cmid }, answer) {
    if (answer.ok) {
      const { epoch, seq, msg_id } = answer;
      this.record("ok", { cmid, epoch, seq, msg_id });
    } else {
      const { code, retryable } = answer.error;
      this.record("nack", { cmid, code, sure: !unsure.has(code), final: !retryable });
    }
  }

  #settle(message, answer) {
    const index = this.#pending.indexOf(message);
    if (index >= 0) this.#pending.splice(index, 1);
    if (answer.ok) this.#acked.push(message);
    if (this.#acked.length > 100) this.#acked.shift();
    if (this.#isStirred) this.#wait(0);
    this.#pump();
  }

  /** Until all that is under way has its answer, and a little longer; then all of it again, in order. */
  #wait(ms) {
    this.#isStirred = true;
    if (this.#timer || this.#pending.some(({ isUnderWay }) => isUnderWay)) return;
    this.#timer = setTimeout(() => this.#resume(), Math.max(ms, this.retryMs()));
  }
}
