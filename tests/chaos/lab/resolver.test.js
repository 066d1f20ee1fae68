import assert from "node:assert/strict";
import { once } from "node:events";
import { Resolver as Client } from "node:dns/promises";
import { createServer } from "node:net";
import { after, it } from "node:test";

import { cannotName } from "./name_space.js";
import { Proxy } from "./proxy.js";
import { answerTo, readQuestion, Resolver } from "./resolver.js";

/** A query for the A record of the name. */
function query(name) {
  const labels = name.split(".").map((label) => Buffer.from([label.length, ...Buffer.from(label)]));
  const head = Buffer.from([0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
  return Buffer.concat([head, ...labels, Buffer.from([0, 0, 1, 0, 1])]);
}

it("a question is read, and what is none is not", () => {
  const asked = query("Redis.confab.svc.lab");
  assert.deepEqual(readQuestion(asked), { name: "redis.confab.svc.lab", type: 1, end: asked.length });
  for (let size = 0; size < asked.length; size += 1) assert.equal(readQuestion(asked.subarray(0, size)), null);
});

it("an answer has the question, its number and the addresses", () => {
  const asked = query("redis.lab");
  const answer = answerTo(asked, readQuestion(asked), 0, ["127.0.0.2"]);
  assert.deepEqual([...answer.subarray(0, 8)], [0x12, 0x34, 0x85, 0x80, 0, 1, 0, 1]);
  assert.deepEqual(answer.subarray(12, asked.length), asked.subarray(12));
  assert.deepEqual([...answer.subarray(-4)], [127, 0, 0, 2]);
  assert.equal(answerTo(asked, readQuestion(asked), 3, [])[3] & 15, 3);
});

it("the name server fails in all the ways that it is told to", { skip: cannotName() ?? false }, async () => {
  const resolver = await Resolver.start("lab");
  after(() => resolver.stop());
  resolver.set("redis", "127.0.0.2");
  const client = new Client({ timeout: 200, tries: 1 });
  client.setServers([resolver.address]);
  assert.deepEqual(await client.resolve4("redis.lab"), ["127.0.0.2"]);
  await assert.rejects(client.resolve4("other.lab"), { code: "ENOTFOUND" });
  for (const [mode, code] of Object.entries({
    servfail: "ESERVFAIL",
    nxdomain: "ENOTFOUND",
    empty: "ENODATA",
    silent: "ETIMEOUT",
  })) {
    resolver.mode = mode;
    await assert.rejects(client.resolve4("redis.lab"), { code });
  }
  assert.deepEqual(new Set(resolver.asked), new Set(["redis.lab", "other.lab"]));
});

it("a proxy that moves is there and nowhere else", async () => {
  const server = createServer((socket) => socket.end("here")).listen(0, "127.0.0.1");
  await once(server, "listening");
  const proxy = await Proxy.to(server.address().port);
  after(() => {
    proxy.stop();
    server.close();
  });
  await proxy.move("127.0.0.2");
  assert.deepEqual(proxy.server.address(), { address: "127.0.0.2", family: "IPv4", port: proxy.port });
});
