// Random choices that a seed repeats.

export class Dice {
  #state;

  /** `seed`: a whole number from 0 to 2^32 - 1. */
  constructor(seed) {
    this.#state = seed >>> 0;
  }

  /** From 0 up to, but not, 1 (Mulberry32). */
  fraction() {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  below(count) {
    return Math.floor(this.fraction() * count);
  }

  chance(probability) {
    return this.fraction() < probability;
  }

  /** One of the items; undefined if there are none. */
  pick(items) {
    return items[this.below(items.length)];
  }

  /** One of the items, which have a `weight`. */
  weighed(items) {
    let left = this.fraction() * items.reduce((sum, item) => sum + item.weight, 0);
    return items.find((item) => (left -= item.weight) < 0) ?? items.at(-1);
  }

  /** Up to `count` of the items, each once. */
  some(items, count) {
    const rest = [...items];
    return Array.from({ length: Math.min(count, rest.length) }, () => rest.splice(this.below(rest.length), 1)[0]);
  }
}
