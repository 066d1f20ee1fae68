import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { after, it } from "node:test";

import { codes } from "../checker/codes.js";
import { rows } from "../rows/table.js";
import { duration, readArguments } from "./arguments.js";
import { contractTable, contractText, renewed } from "./contract_table.js";
import { operations } from "./generator.js";
import { Metrics } from "./metrics.js";
import { cannotDrop } from "./packets.js";
import { Proxy } from "./proxy.js";
import { Random } from "./random.js";
import { rowText } from "./report.js";
import { Session } from "./session.js";

const first = (count, plan) => Array.from({ length: count }, () => plan.next().value);

it("a seed draws the same operations again, and another seed others", () => {
  const draw = (seed) => first(50, operations(new Random(seed).fork("client"), ["a", "b"], ["1", "2"]));
  assert.deepEqual(draw("7"), draw("7"));
  assert.notDeepEqual(draw("7"), draw("8"));
});

it("all kinds of operations are drawn", () => {
  const kinds = new Set(first(500, operations(new Random("1"), ["a"], ["1"])).map(({ kind }) => kind));
  assert.deepEqual([...kinds].sort(), ["cut", "membership", "move", "refused", "repeat", "send"]);
});

it("each row has a name of its own, what it tests, and a fault or a reason for having none", () => {
  assert.equal(new Set(rows.map(({ id }) => id)).size, rows.length);
  for (const { id, fault, tests, inject, notBuilt } of rows) {
    assert.ok(fault && tests.length > 0, id);
    assert.ok(Boolean(inject) !== Boolean(notBuilt), `${id} either does something or says what is missing`);
  }
});

it("docs/contract.md has the rows of the table, and a promise for each number", () => {
  const text = contractText();
  assert.ok(text.includes(contractTable()), "node tests/chaos/lab/contract_table.js --write");
  assert.equal(renewed(text), text);
  const promised = new Set([...text.matchAll(/^\| (D\d+) \|/gm)].map(([, id]) => id));
  const named = [...rows.flatMap(({ tests }) => tests), ...Object.values(codes).map(({ clause }) => clause)];
  assert.deepEqual(
    [...new Set(named)].filter((id) => !promised.has(id) && id !== "honesty"),
    [],
  );
});

it("the quick set has what kills, flushes, pauses and parts, and a slow reader", () => {
  const { rows: quick } = readArguments(["--quick"], rows);
  const ids = quick.map(({ id }) => id);
  for (const id of ["G1", "S1", "A1", "R1", "P1", "R2", "R3", "N1", "C1"]) assert.ok(ids.includes(id), id);
});

it("what is asked for wrongly is refused with its name", () => {
  assert.throws(() => readArguments(["--only", "Z9"], rows), /no row Z9/);
  assert.throws(() => readArguments(["--for", "soon"], rows), /--for is soon/);
  assert.equal(duration("30m"), 1_800_000);
});

it("a row that cannot run is skipped with the reason, never passed", async () => {
  const session = new Session({ bin: "/nowhere", out: "/nowhere" });
  const missing = await session.run({ id: "G4", fault: "f", notBuilt: "memory watermarks" }, "1");
  const unable = await session.run({ id: "P3", fault: "f", needs: () => "needs root" }, "1");
  assert.deepEqual(
    [missing, unable].map(({ result, reason }) => [result, reason]),
    [
      ["skipped", "not built: memory watermarks"],
      ["skipped", "needs root"],
    ],
  );
  assert.match(rowText(missing), /skipped.*not built: memory watermarks/);
});

it("packets are dropped nowhere but in a network namespace of the laboratory's own", () => {
  const told = process.env.CONFAB_CHAOS_NAMESPACE;
  after(() => {
    if (told === undefined) delete process.env.CONFAB_CHAOS_NAMESPACE;
    else process.env.CONFAB_CHAOS_NAMESPACE = told;
  });
  delete process.env.CONFAB_CHAOS_NAMESPACE;
  assert.match(cannotDrop(), /not started by/);
  process.env.CONFAB_CHAOS_NAMESPACE = "needs root";
  assert.equal(cannotDrop(), "needs root");
  process.env.CONFAB_CHAOS_NAMESPACE = "own";
  assert.equal(cannotDrop(), null);
});

it("metrics are summed over the series with the labels", () => {
  const lines = ['a_total{loop="0",result="x"} 2', 'a_total{loop="1",result="x"} 3', 'a_total{loop="0",result="y"} 4'];
  const page = new Metrics(["# HELP a b", ...lines, "ab_total 9", ""].join("\n"));
  assert.equal(page.sum("a_total"), 9);
  assert.equal(page.sum("a_total", { result: "x" }), 5);
});

/** A server that gives back what it hears, and a proxy before it. */
async function echo() {
  const server = createServer((socket) => socket.on("error", () => {}).pipe(socket)).listen(0, "127.0.0.1");
  await once(server, "listening");
  const proxy = await Proxy.to(server.address().port);
  after(() => {
    proxy.stop();
    server.close();
  });
  const socket = connect(proxy.port, "127.0.0.1").on("error", () => {});
  await once(socket, "connect");
  return { proxy, socket };
}

/** Also after an error, which is how a proxy cuts. */
const closing = (socket) => new Promise((resolve) => socket.once("close", resolve));

const answer = async (socket, text) => {
  socket.write(text);
  return String((await once(socket, "data"))[0]);
};

it("a healthy proxy passes bytes, a slow one later, one that cuts closes", async () => {
  const { proxy, socket } = await echo();
  assert.equal(await answer(socket, "one"), "one");
  proxy.slow(20, 1000);
  assert.equal(await answer(socket, "two"), "two");
  const closed = closing(socket);
  proxy.cut();
  await closed;
});

it("a black hole answers nothing, and heals by closing what has lost bytes", async () => {
  const { proxy, socket } = await echo();
  assert.equal(await answer(socket, "one"), "one");
  proxy.blackhole();
  let heard = 0;
  socket.on("data", () => (heard += 1));
  await new Promise((resolve) => socket.write("two", resolve));
  const closed = closing(socket);
  proxy.heal();
  await closed;
  assert.equal(heard, 0);
});

it("a proxy that refuses closes at once, and takes new connections when it has healed", async () => {
  const { proxy } = await echo();
  proxy.refuse();
  const refused = connect(proxy.port, "127.0.0.1").on("error", () => {});
  await closing(refused);
  proxy.heal();
  const socket = connect(proxy.port, "127.0.0.1");
  assert.equal(await answer(socket, "again"), "again");
  socket.destroy();
});
