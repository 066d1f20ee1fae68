// What the checker can find, and the promise of docs/contract.md that each breaks.

export const codes = {
  LOST_ACKED: { clause: "D1", rule: "what was acknowledged is in the final log" },
  ACK_POS_MISMATCH: { clause: "D1", rule: "it is there at the acknowledged place" },
  ACK_UNSTABLE: { clause: "D2", rule: "a repeat gets the first answer again" },
  DUP_STORED: { clause: "D2", rule: "one (room, sender, client_msg_id) is one entry" },
  POS_REUSED: { clause: "D3", rule: "one (room, epoch, seq) is one entry" },
  HOLE: { clause: "D3", rule: "seq counts 1, 2, 3 … without holes" },
  PHANTOM: { clause: "D9", rule: "nothing is stored that nobody sent" },
  CORRUPT: { clause: "D9", rule: "what is stored is what was sent" },
  ABORTED_BUT_STORED: { clause: "D9", rule: "what was refused is not stored" },
  REALTIME_ORDER: { clause: "D4", rule: "what is sent after another's ack comes after it" },
  FIFO: { clause: "D5", rule: "what one client sends to a room keeps its order" },
  GAP_VISIBLE: { clause: "D6", rule: "a client sees +1, or a reset: no gap" },
  DUP_VISIBLE: { clause: "D6", rule: "a client sees +1, or a reset: nothing twice or backwards" },
  EPOCH_WITHOUT_RESET: { clause: "D6", rule: "another epoch begins with a reset" },
  DIVERGENT: { clause: "D3", rule: "what is seen or read is what the final log has at that place" },
  DELIVERED_NOT_STORED: { clause: "D3", rule: "what is seen is in the final log" },
  NOT_CONVERGED: {
    clause: "D7",
    rule: "after the heal all members come to see the whole log, and all sends get an answer",
  },
  STALE: { clause: "D7", rule: "what was acknowledged is seen in time" },
  AFTER_LEAVE: { clause: "D8", rule: "nobody sees an entry after their leave" },
  VACUOUS: { clause: "honesty", rule: "enough was sent and seen, and the fault was really there" },
};

/** Violations told of each code; all are counted. */
const told = 20;

/** Gathers violations of the codes above. */
export class Findings {
  counts = {};
  violations = [];

  /** `who` broke or saw it, `where` is the room and place, `what` a sentence. */
  add(code, who, where, what) {
    if (!codes[code]) throw new Error(`there is no code ${code}`);
    this.counts[code] = (this.counts[code] ?? 0) + 1;
    if (this.counts[code] > told) return;
    this.violations.push({ code, clause: codes[code].clause, who, where, what });
  }
}
