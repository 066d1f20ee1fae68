// One room, and in it every client there is: each generation of socket.io-client by each transport, and
// python-socketio, on two gateways.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { after, before, describe, it } from "node:test";
import { io as io4 } from "socket.io-client";
import io2 from "socket.io-client-v2";
import { io as io3 } from "socket.io-client-v3";

import { createRoom, signUp } from "./lib/rest.js";
import { gateways, kill, startAgain } from "./lib/system.js";
import { PythonTalker, pythons, SocketTalker } from "./lib/talker.js";

const choices = [["polling", "websocket"], ["polling"], ["websocket"]];

/** Version 2 knows no `auth`: its token is in the query. */
const kinds = [
  ...[[4, io4], [3, io3]].flatMap(([generation, io]) =>
    choices.map((transports) => (gateway, token) =>
      new SocketTalker(`socket.io-client ${generation} ${transports}`, io, gateway, { transports, auth: { token } }))),
  ...choices.map((transports) => (gateway, token) =>
    new SocketTalker(`socket.io-client 2 ${transports}`, io2, gateway, { transports, query: { token } })),
  ...Object.entries(pythons).flatMap(([source, python]) =>
    ["polling", "websocket"].map((transport) => (gateway, token) =>
      new PythonTalker(`python-socketio of ${source} ${transport}`, gateway, token, transport, python))),
];

/** Messages that each sends at first. */
const rounds = 5;

const range = (to) => Array.from({ length: to }, (_, i) => i + 1);

const missing = !pythons.PyPI && (process.env.CONFAB_NO_NEWEST_PYTHON ?? "CONFAB_NEWEST_PYTHON names no Python that has it");

it("the newest python-socketio of PyPI is among the clients", { skip: missing }, () => {
  const version = (python) => execFileSync(
    python, ["-c", 'import importlib.metadata as m; print(m.version("python-socketio"))'], { encoding: "utf8" })
    .trim().split(".").map(Number);
  const [newest, debian] = [version(pythons.PyPI), version(pythons.Debian)];
  assert.ok(newest[0] > debian[0] || (newest[0] === debian[0] && newest[1] >= debian[1]), `${newest} and ${debian}`);
});

describe("clients of all kinds in one room", () => {
  let room;
  let talkers = [];

  before(async () => {
    const accounts = await Promise.all(kinds.map(() => signUp(gateways[0])));
    room = (await createRoom(gateways[0], accounts[0], accounts.slice(1))).gid;
    talkers = kinds.map((kind, i) => kind(gateways[i % 2], accounts[i].token));
    await Promise.all(talkers.map((talker) => talker.connected()));
  });
  after(() => {
    for (const talker of talkers) talker.close();
    return startAgain();
  });

  it("all get their acks, and all hear everything in one order", async () => {
    const acks = await Promise.all(
      talkers.flatMap((talker) =>
        Array.from({ length: rounds }, (_, i) => talker.send({ room, text: `${talker.name} ${i} é😀` }))),
    );
    const places = acks.map((ack) => {
      assert.ok(ack.ok, JSON.stringify(ack));
      return ack.seq;
    });
    const count = talkers.length * rounds;
    assert.deepEqual(places.sort((a, b) => a - b), range(count));
    await Promise.all(talkers.map((talker) => talker.hears(room, count)));
    for (const talker of talkers) assert.deepEqual(talker.log(room), talkers[0].log(room), talker.name);
  });

  it("all are told that commands take no binary data, and stay connected", async () => {
    const answers = await Promise.all(talkers.map((talker) => talker.sendBinary({ room, text: "with bytes" })));
    for (const [i, { ok, error }] of answers.entries()) {
      assert.deepEqual([ok, error?.code], [false, "invalid_argument"], talkers[i].name);
    }
    for (const talker of talkers) assert.equal(talker.connections, 1);
  });

  it("all come back to a gateway that was killed, and hear and speak again", async () => {
    const there = talkers.filter((_, i) => i % 2 === 1);
    kill("gateway-2");
    startAgain();
    await Promise.all(there.map((talker) => talker.connected(2)));
    const acks = await Promise.all(there.map((talker) => talker.send({ room, text: `${talker.name} is back` })));
    assert.ok(acks.every((ack) => ack.ok), JSON.stringify(acks));
    const count = rounds * talkers.length + acks.length;
    await Promise.all(talkers.map((talker) => talker.hears(room, count)));
    for (const talker of talkers) assert.deepEqual(talker.log(room).map((message) => message.seq), range(count));
  });
});

describe("a client of version 2 without a good token", () => {
  for (const [what, query] of [["none", {}], ["a false one", { token: "x" }]]) {
    it(`is told so, as text: ${what}`, async () => {
      const socket = io2(gateways[0], { forceNew: true, query });
      const error = await new Promise((resolve) => socket.on("error", resolve));
      assert.equal(typeof error, "string");
      socket.close();
    });
  }
});
