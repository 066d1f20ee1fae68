import assert from "node:assert/strict";
import { it } from "node:test";

import { check } from "./check.js";
import { codes } from "./codes.js";
import { goodHistory } from "./good_history.js";
import { defects } from "./seeded_defects.js";
import { verdictText } from "./verdict_text.js";

it("a good history passes", () => {
  const verdict = check(goodHistory());
  assert.deepEqual(verdict.violations, []);
  assert.ok(verdict.passed);
  assert.match(verdictText(verdict), /^passed: 8 of 9 sends acknowledged/);
});

it("every code has a seeded defect", () => {
  const seeded = new Set(defects.map(({ code }) => code));
  assert.deepEqual(
    Object.keys(codes).filter((code) => !seeded.has(code)),
    [],
  );
});

for (const { code, what, seed } of defects) {
  it(`${code} is found when ${what}`, () => {
    const history = goodHistory();
    seed(history);
    history.events.sort((a, b) => a.t - b.t);
    const verdict = check(history);
    assert.ok(verdict.counts[code] > 0, `found instead: ${JSON.stringify(verdict.violations)}`);
    assert.ok(!verdict.passed);
    const { clause, who, where, what: sentence } = verdict.violations.find((violation) => violation.code === code);
    assert.equal(clause, codes[code].clause);
    assert.ok(who && where && sentence);
    assert.match(verdictText(verdict), new RegExp(`^FAILED.*\n[^]*${code} \\(${clause}`));
  });
}

it("what an asynchronous failover lost is forgiven only where the reader was told to reset", () => {
  const lose = (history) => Object.values(history.logs).forEach((rooms) => rooms.b.pop());
  const history = goodHistory();
  lose(history);
  history.failover = { at: 350, kept: { b: 2 } };
  const { counts } = check(history);
  assert.ok(counts.DELIVERED_NOT_STORED > 0 && !counts.LOST_ACKED);
  for (const user of [1, 2]) {
    history.events.push(
      { kind: "reset", client: `c${user}`, user, room: "b", epoch: 1, seq: 2, t: 400 },
      { kind: "live", client: `c${user}`, room: "b", t: 401 },
    );
  }
  assert.deepEqual(check(history).violations, []);
  history.failover = { at: 350 };
  assert.deepEqual(Object.keys(check(history).counts), ["LOST_ACKED"]);
});

it("what was given up may still come in late by an attempt that had no answer", () => {
  const history = goodHistory();
  const zombie = { kind: "inv", client: "c1", user: 1, room: "b", cmid: "late", hash: "h", key: 1.5, t: 50 };
  const again = { kind: "again", client: "c1", room: "b", cmid: "late", t: 200 };
  const refusal = {
    kind: "nack",
    client: "c1",
    room: "b",
    cmid: "late",
    code: "not_a_member",
    sure: true,
    final: true,
    t: 201,
  };
  const entry = { epoch: 1, seq: 4, msg_id: "b-4", type: "message", user: 1, subject: null, cmid: "late", hash: "h" };
  for (const rooms of Object.values(history.logs)) rooms.b.push(entry);
  history.events.push(
    zombie,
    again,
    refusal,
    ...[1, 2].map((user) => ({ kind: "dlv", client: `c${user}`, user, room: "b", ...entry, t: 400 })),
  );
  history.events.sort((a, b) => a.t - b.t);
  assert.deepEqual(check(history).violations, []);
  history.events.splice(history.events.indexOf(again), 1);
  assert.deepEqual(Object.keys(check(history).counts), ["ABORTED_BUT_STORED"]);
});

it("a large history is checked whole", () => {
  const history = goodHistory();
  const log = history.logs.postgres.b;
  for (let seq = 4; seq <= 20_000; seq += 1) {
    const cmid = `b-${seq}`;
    log.push({ epoch: 1, seq, msg_id: cmid, type: "message", user: 1, subject: null, cmid, hash: "h" });
    history.events.push(
      { kind: "inv", client: "c1", user: 1, room: "b", cmid, hash: "h", key: seq, t: 400 + seq },
      { kind: "ok", client: "c1", room: "b", cmid, epoch: 1, seq, msg_id: cmid, t: 400.1 + seq },
    );
    for (const user of [1, 2]) {
      history.events.push({
        kind: "dlv",
        client: `c${user}`,
        user,
        room: "b",
        epoch: 1,
        seq,
        msg_id: cmid,
        type: "message",
        cmid,
        hash: "h",
        t: 400.2 + seq,
      });
    }
  }
  history.logs["gateway-1"].b = log;
  const verdict = check(history);
  assert.deepEqual(verdict.violations, []);
  assert.equal(verdict.figures.deliveries, 40_018);
});
