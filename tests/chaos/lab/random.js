// Random numbers that a seed gives again.
import { createHash } from "node:crypto";

export class Random {
  #state;

  constructor(seed) {
    this.seed = String(seed);
    this.#state = createHash("sha256").update(this.seed).digest().readUInt32LE(0);
  }

  /** One of its own for `name`, which others' use does not change. */
  fork(name) {
    return new Random(`${this.seed}/${name}`);
  }

  /** 0 up to but not including 1 (mulberry32). */
  next() {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from 0 up to but not including `end`. */
  below(end) {
    return Math.floor(this.next() * end);
  }

  chance(share) {
    return this.next() < share;
  }

  pick(list) {
    return list[this.below(list.length)];
  }

  /** In the shape of a UUID, so that a run with the same seed sends the same ids. */
  uuid() {
    const hex = createHash("sha256").update(`${this.seed} ${this.next()}`).digest("hex");
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
  }
}
