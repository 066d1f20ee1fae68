// confabctl import, as an operator runs it with the dump of another app.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { pbkdf2Sync, randomBytes, scryptSync } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { promisify } from "node:util";

import { call, wholeHistory } from "./lib/rest.js";
import { gateways, query } from "./lib/system.js";

const run = promisify(execFile);
const password = "correct horse";

/** As Werkzeug's generate_password_hash() makes them. */
const hashes = {
  scrypt: () => `scrypt:32768:8:1$SaltOfFlask$${scryptSync(password, "SaltOfFlask", 64, { N: 32768, r: 8, p: 1, maxmem: 2 ** 26 }).toString("hex")}`,
  pbkdf2: () => `pbkdf2:sha256:260000$SaltOfFlask$${pbkdf2Sync(password, "SaltOfFlask", 260000, 32, "sha256").toString("hex")}`,
};

describe("confabctl import", () => {
  const tail = randomBytes(5).toString("hex");
  const [ann, bob, eve] = ["ann", "bob", "eve"].map((name) => `${name}-${tail}`);
  const room = `old-${tail}`;
  const lines = [
    { user: { username: ann, name: "Ann A.", password_hash: hashes.scrypt() } },
    { user: { username: bob, password_hash: hashes.pbkdf2() } },
    { user: { username: eve, password: "another horse" } },
    { room: { id: room, name: "Tea", topic: "leaves", members: [ann, bob] } },
    { message: { id: 2, room, from: bob, text: "second", time: 1548067275 } },
    { message: { id: 1, room, from: ann, text: "first", time: "2019-01-21T10:41:14.468Z" } },
    { message: { to: bob, from: ann, text: "just you", time: 1548067276.5, attributes: { image: { url: "https://example.com/a.png" } } } },
  ];
  let folder;

  async function load(content, ...more) {
    const file = join(folder, "dump.jsonl");
    await writeFile(file, content.map((line) => (typeof line === "string" ? line : JSON.stringify(line))).join("\n"));
    return (await run("confabctl", ["import", "--file", file, ...more])).stderr;
  }
  const logIn = async (username, secret = password) => {
    const { status, body } = await call(gateways[0], "POST", "/v1/login", { body: { username, password: secret } });
    return status === 200 ? { ...body.user, token: body.access_token } : status;
  };

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "confab-import-"));
  });
  after(() => rm(folder, { recursive: true }));

  it("names the line of what is wrong, and makes nothing of the file then", async () => {
    await assert.rejects(load([...lines, { message: { to: "nobody", from: ann, text: "x", time: 1 } }]),
      { stderr: /line 8: .*"nobody"/ });
    await assert.rejects(load([...lines, "{"]), { stderr: /line 8: / });
    assert.match(await load(lines, "--dry-run"), /3 users, 2 rooms and 3 messages/);
    assert.equal(await logIn(ann), 401);
  });

  it("moves users with the hashes they had, who log in with their old passwords", async () => {
    assert.match(await load(lines), /made 3 accounts and 2 rooms, and added 3 messages/);
    assert.equal((await logIn(ann)).name, "Ann A.");
    assert.equal((await logIn(bob)).username, bob);
    assert.equal(await logIn(bob, "wrong horse"), 401);
    assert.equal((await logIn(eve, "another horse")).username, eve);
    const kept = await query(`SELECT left(password_hash, 10) FROM auth.users WHERE username IN ('${ann}', '${bob}')`);
    assert.deepEqual([...new Set(kept.trim().split("\n"))], ["$argon2id$"], "hashed anew by the login");
    assert.equal((await logIn(ann)).name, "Ann A.");
  });

  it("moves rooms and messages with their times, in their order", async () => {
    const account = await logIn(bob);
    const { rooms } = (await call(gateways[1], "GET", "/v1/rooms", { token: account.token })).body;
    const tea = rooms.find((one) => one.name === "Tea");
    assert.deepEqual([tea.topic, tea.unread, tea.created_by, tea.created_at], ["leaves", 0, ann, 1548067274468]);
    const texts = (await wholeHistory(gateways[1], account, tea.gid)).map(({ text, ts, sender }) => [text, ts, sender.username]);
    assert.deepEqual(texts, [["first", 1548067274468, ann], ["second", 1548067275000, bob]]);
    const direct = rooms.find((one) => one.kind === "direct");
    const [only] = await wholeHistory(gateways[1], account, direct.gid);
    assert.deepEqual([only.text, only.ts, only.attributes], ["just you", 1548067276500, { image: { url: "https://example.com/a.png" } }]);
  });

  it("adds only what is new when it is repeated, and refuses what is older than a room's end", async () => {
    assert.match(await load(lines), /made 0 accounts and 0 rooms, and added 0 messages/);
    const later = { message: { id: 3, room, from: ann, text: "third", time: 1548067300 } };
    assert.match(await load([...lines, later]), /added 1 messages/);
    const before = { message: { id: 4, room, from: ann, text: "too late", time: 1548067299 } };
    await assert.rejects(load([...lines, before]), { stderr: /message \\?"4\\?".*older/ });
  });
});
