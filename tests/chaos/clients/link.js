// A connection to a gateway, whatever it speaks: { ask, onEvent, onDown, kill, close, pause, resume }.

/** The connection broke, or was never there. */
export class Lost extends Error {}

/** How long an answer may take until the connection counts as dead; gateways answer within 5 s. */
const answerMs = 12_000;
/** How long connecting may take. */
export const connectMs = 5_000;

/** A promise that others settle. */
export function gate() {
  const made = {};
  made.promise = new Promise((resolve, reject) => Object.assign(made, { resolve, reject }));
  return made;
}

/** Commands under way: each is answered, or rejected with Lost when it takes too long or all end. */
export class Asked {
  #open = new Map();

  /** `onLate` is called when an answer does not come in time. */
  constructor(onLate) {
    this.onLate = onLate;
  }

  add(id) {
    const asked = gate();
    asked.timer = setTimeout(() => this.onLate(), answerMs);
    this.#open.set(id, asked);
    return asked.promise;
  }

  answer(id, answer) {
    const asked = this.#open.get(id);
    if (!asked) return;
    clearTimeout(asked.timer);
    this.#open.delete(id);
    asked.resolve(answer);
  }

  end(why) {
    for (const asked of this.#open.values()) {
      clearTimeout(asked.timer);
      asked.reject(new Lost(why));
    }
    this.#open.clear();
  }
}
