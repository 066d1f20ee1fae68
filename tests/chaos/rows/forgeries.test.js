import assert from "node:assert/strict";
import { it } from "node:test";

import { Random } from "../lab/random.js";
import { flipped, flipsBits, spoilsFrames, truncations } from "./forgeries.js";

const frame = (type, stream, payload) => {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
};
const message = (text) => {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(text.length, 1);
  return Buffer.concat([prefix, Buffer.from(text)]);
};
const preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

it("flipped bytes have as many other bits, and only where they may be", () => {
  const bytes = Buffer.alloc(8);
  for (let seed = 0; seed < 50; seed += 1) {
    const spoilt = flipped(bytes, new Random(seed), { begin: 2, end: 4 });
    const ones = [...spoilt].map((byte) => byte.toString(2).replaceAll("0", "").length);
    assert.equal(ones[2] + ones[3], 1);
    assert.equal(
      ones.reduce((sum, one) => sum + one),
      1,
    );
  }
});

it("bytes are cut off at each length, and nothing else is a truncation", () => {
  assert.deepEqual([...truncations(Buffer.from("abc"))].map(String), ["", "a", "ab"]);
});

it("a share of what is read is spoilt, and told", () => {
  let told = 0;
  const spoil = flipsBits(new Random("1"), 0.5, () => (told += 1))();
  const read = Array.from({ length: 100 }, () => String(spoil(Buffer.from("abcdef"))));
  const spoilt = read.filter((data) => data !== "abcdef");
  assert.ok(told > 20 && told < 80);
  assert.ok(spoilt.length > 0 && spoilt.length <= told);
});

it("frames pass whole, in whatever pieces they come, when none is spoilt", () => {
  const frames = [frame(4, 0, Buffer.alloc(6)), frame(1, 1, Buffer.from("headers")), frame(0, 1, message("hello"))];
  const all = Buffer.concat([preface, ...frames]);
  const pass = spoilsFrames(new Random("1"), 0, { isUp: true, told: assert.fail })();
  const out = [];
  for (let at = 0; at < all.length; at += 7) out.push(pass(all.subarray(at, at + 7)));
  assert.deepEqual(Buffer.concat(out), all);
});

it("what a message says is never flipped", () => {
  const ways = new Set();
  for (let seed = 0; seed < 300; seed += 1) {
    const spoil = spoilsFrames(new Random(seed), 1, { isUp: false, told: (way) => ways.add(way) })();
    const answer = frame(1, 1, Buffer.from("headers"));
    assert.deepEqual(spoil(answer), answer);
    const text = "hello hello hello";
    for (let i = 0; i < 4; i += 1) {
      const spoilt = spoil(frame(0, 1, message(text)));
      const said = spoilt.subarray(14).toString("latin1");
      assert.ok(text.startsWith(said), said);
    }
    spoil(frame(4, 0, Buffer.from("settings")));
  }
  assert.deepEqual([...ways].sort(), ["cut", "header", "message", "payload", "prefix"]);
});
