// confabctl seed, as an operator runs it: the tokens of its file let in, and the rooms are there.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { promisify } from "node:util";

import { Client } from "./lib/client.js";
import { call } from "./lib/rest.js";
import { gateways } from "./lib/system.js";

const run = promisify(execFile);
const [here, there] = gateways;

describe("confabctl seed", () => {
  const prefix = `s${randomBytes(4).toString("hex")}-`;
  const password = "correct horse";
  const users = 20;
  let folder, file, rows;

  async function seed(...more) {
    const { stderr } = await run("confabctl", ["seed", `--users=${users}`, "--rooms=8", "--members=5",
      `--prefix=${prefix}`, `--tokens=${file}`, `--password=${password}`, "--same-password", ...more]);
    const text = await readFile(file, "utf8");
    rows = text.trimEnd().split("\n").map((line) => {
      const [token, username, ...rooms] = line.split(",");
      return { token, username, rooms };
    });
    return stderr;
  }

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "confab-seed-"));
    file = join(folder, "tokens.csv");
    assert.match(await seed(), /20 accounts \(20 new\) and 8 rooms \(8 new\)/);
  });
  after(() => rm(folder, { recursive: true }));

  it("writes a line a user, in their order, for its owner only", async () => {
    assert.deepEqual(rows.map((row) => row.username), rows.map((_, i) => `${prefix}${i + 1}`));
    assert.deepEqual(rows.map((row) => row.rooms.length), rows.map(() => 2));
    assert.equal((await stat(file)).mode & 0o777, 0o600);
  });

  it("gives tokens that connect to the user's rooms, where the others are", async () => {
    const [ada] = rows;
    const [room] = ada.rooms;
    const bob = rows.find((row) => row !== ada && row.rooms.includes(room));
    const clients = await Promise.all([Client.open(here, ada.token), Client.open(there, bob.token)]);
    const { rooms } = await clients[0].ask("rooms");
    assert.deepEqual(rooms.map((one) => one.gid).sort(), [...ada.rooms].sort());
    const ack = await clients[0].send(room, "hello");
    assert.equal(ack.seq, 1);
    await clients[1].hears(room, 1);
    for (const client of clients) client.close();
  });

  it("makes accounts that log in with the password", async () => {
    const login = await call(here, "POST", "/v1/login", { body: { username: rows[3].username, password } });
    assert.equal(login.status, 200);
  });

  it("finds everything again and gives fresh tokens", async () => {
    const before = rows;
    assert.match(await seed(), /20 accounts \(0 new\) and 8 rooms \(0 new\)/);
    assert.deepEqual(rows.map(({ username, rooms }) => ({ username, rooms })),
      before.map(({ username, rooms }) => ({ username, rooms })));
    assert.notEqual(rows[0].token, before[0].token);
    for (const { token } of [rows[0], before[0]]) {
      assert.equal((await call(there, "GET", "/v1/me", { token })).status, 200);
    }
  });

  it("says what to do when something is missing or away", async () => {
    await assert.rejects(seed("--members=21"), { stderr: /--members 21 is more than --users 20/ });
    await assert.rejects(seed("--auth-address=127.0.0.1:1"), { stderr: /cannot be reached.*--auth-address/ });
  });
});
