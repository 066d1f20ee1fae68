// A client that stops reading in the middle of a busy room, as a phone in a tunnel does.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { it } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

import { Client } from "./lib/client.js";
import { createRoom, signUp } from "./lib/rest.js";
import { gateways, pidOf } from "./lib/system.js";

const stopped_ms = 10_000; // Long beside a batch, short beside the heartbeat's 45 s.
const messages = 1_600; // With the text below 24 MB: more than the kernel keeps for a socket.
const text = "x".repeat(15_000);

function residentBytes(name) {
  const status = readFileSync(`/proc/${pidOf(name)}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+)/.exec(status)[1]) * 1024;
}

/** Whether it is built with a sanitizer, which needs memory of its own. */
const sanitized = (name) => /lib[at]san/.test(readFileSync(`/proc/${pidOf(name)}/maps`, "utf8"));

const seqs = (events) => events.map((event) => event.seq);
const range = (first, last) => Array.from({ length: last - first + 1 }, (_, i) => first + i);

it("a reader that stops is told what it missed, catches up, and costs neither memory nor others", async () => {
  const gateway = gateways[0];
  const [sender, quick, slow] = await Promise.all(
    ["sender", "quick", "slow"].map((name) => signUp(gateway, name)));
  const { gid } = await createRoom(gateway, sender, [quick, slow]);
  const [sends, reads, stops] = await Promise.all(
    [sender, quick, slow].map((account) =>
      Client.open(gateway, account.token, { transports: ["websocket"] })));
  const before = residentBytes("gateway-1");
  const connection = stops.socket.io.engine.transport.ws._socket;

  connection.pause();
  const since = Date.now();
  for (let sent = 0; sent < messages; sent += 40) {
    const acks = await Promise.all(Array.from({ length: 40 }, () => sends.send(gid, text)));
    assert.ok(acks.every((ack) => ack.ok), JSON.stringify(acks.find((ack) => !ack.ok)));
  }
  await reads.hears(gid, messages);
  await pause(Math.max(0, stopped_ms - (Date.now() - since)));
  const grown = residentBytes("gateway-1") - before;
  assert.ok(sanitized("gateway-1") || grown < 16 * 2 ** 20, `the gateway grew by ${grown} bytes`);
  assert.deepEqual(seqs(reads.log(gid)), range(1, messages));

  connection.resume();
  await stops.until(() => stops.all("lag").length > 0, "the lag");
  const [{ room, at, head }] = stops.all("lag");
  assert.equal(room, gid);
  assert.ok(at.seq < messages);
  assert.deepEqual(head, { epoch: at.epoch, seq: messages });
  assert.deepEqual(seqs(stops.log(gid)), range(1, at.seq));
  const missed = [];
  while ((missed.at(-1)?.seq ?? at.seq) < head.seq) {
    const page = await stops.ask("history", { room, after: missed.at(-1)?.seq ?? at.seq, limit: 200, raw: true });
    assert.ok(page.ok, JSON.stringify(page));
    missed.push(...page.events);
  }
  assert.deepEqual(seqs(missed), range(at.seq + 1, head.seq));
  const { seq } = await sends.send(gid, "after");
  await stops.hears(gid, seq);
  assert.equal(stops.log(gid).at(-1).seq, head.seq + 1);
  for (const client of [sends, reads, stops]) client.close();
});
