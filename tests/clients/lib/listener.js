// What a client of a test hears, whatever it speaks.

/** How long anything may take before a test gives up; no test waits this long when all is well. */
export const patience = 20_000;

/** A subclass calls hear() and check(), and has ask(command, data). */
export class Listener {
  heard = []; // Every event: { name, data }, in order.
  waiters = new Set();

  hear(name, data) {
    this.heard.push({ name, data });
    this.check();
  }

  check() {
    for (const waiter of this.waiters) {
      if (waiter.test()) {
        this.waiters.delete(waiter);
        clearTimeout(waiter.timer);
        waiter.resolve();
      }
    }
  }

  /** Resolves when `test` holds; looked at whenever something happens. */
  until(test, what) {
    if (test()) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const waiter = { test, resolve };
      waiter.timer = setTimeout(() => {
        this.waiters.delete(waiter);
        reject(new Error(`waited in vain for ${what}`));
      }, patience);
      this.waiters.add(waiter);
    });
  }

  send(room, text, more = {}) {
    return this.ask("send", { room, text, ...more });
  }

  /** The data of the events of that name heard so far. */
  all(name) {
    return this.heard.filter((event) => event.name === name).map((event) => event.data);
  }

  /** What was heard of the room's log, in the order heard. */
  log(room) {
    return this.heard.filter((event) => event.data?.room === room && event.data.seq && event.data.msg_id)
      .map((event) => event.data);
  }

  hears(room, seq) {
    return this.until(() => (this.log(room).at(-1)?.seq ?? 0) >= seq, `seq ${seq} of ${room}`);
  }
}
