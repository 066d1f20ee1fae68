// One list of events and one monotonic clock for all clients of a run.
import { createHash } from "node:crypto";

export const hashOf = (text) => createHash("sha1").update(text).digest("hex");

export class Recorder {
  events = [];

  /** ms of the run's clock. */
  now() {
    return performance.now();
  }

  record(kind, fields) {
    this.events.push({ kind, ...fields, t: this.now() });
  }

  count(kind) {
    return this.events.reduce((sum, event) => sum + (event.kind === kind ? 1 : 0), 0);
  }
}
