// Search: words, prefixes and phrases, only where one may read.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

import { Client } from "./lib/client.js";
import { call, createRoom, signUp } from "./lib/rest.js";
import { gateways } from "./lib/system.js";

const [here, there] = gateways;

const search = async (account, query) =>
  (await call(there, "GET", `/v1/search?${new URLSearchParams(query)}`, { token: account.token })).body;
const texts = (answer) => answer.results.map((hit) => hit.text);

/** The answer once as much as `count` is found: the index follows the log. */
async function found(account, query, count) {
  for (let tries = 0; tries < 1200; ++tries) {
    const answer = await search(account, query);
    if (answer.results?.length >= count) return answer;
    await pause(50);
  }
  throw new Error(`waited in vain for ${count} of ${JSON.stringify(query)}`);
}

describe("search", () => {
  it("finds what was said by words, prefix and phrase, the newest first", async (test) => {
    const [ada, bob] = await Promise.all([signUp(here), signUp(there)]);
    const room = (await createRoom(here, ada, [bob])).gid;
    const [adas, bobs] = await Promise.all([Client.open(here, ada.token), Client.open(there, bob.token)]);
    test.after(() => [adas, bobs].forEach((client) => client.close()));
    await adas.send(room, "Green tea, please");
    const second = await bobs.send(room, "tea with green milk");
    const answer = await found(ada, { q: "GREEN tea" }, 2);
    assert.deepEqual(texts(answer), ["tea with green milk", "Green tea, please"]);
    assert.deepEqual(answer.results[0], {
      room, seq: second.seq, msg_id: second.msg_id, ts: second.ts, sender: bob.user, text: "tea with green milk",
    });
    assert.equal(answer.cursor, undefined);
    assert.deepEqual(texts(await search(ada, { q: '"green tea"' })), ["Green tea, please"]);
    assert.equal((await search(ada, { q: "plea* gre*" })).results.length, 1);
    assert.deepEqual(texts(await search(ada, { q: "tea", from: bob.username })), ["tea with green milk"]);
    assert.equal((await search(ada, { q: "tea", room })).results.length, 2);
    assert.equal((await search(ada, { q: "tea", before: answer.results[1].ts })).results.length, 0);
    assert.equal((await search(ada, { q: "tea", after: answer.results[1].ts })).results.length, 2);
    assert.deepEqual(texts(await adas.ask("search", { q: "milk" })), ["tea with green milk"]);
  });

  it("pages without loss or repetition", async (test) => {
    const ada = await signUp(here);
    const room = (await createRoom(here, ada, [])).gid;
    const client = await Client.open(here, ada.token);
    test.after(() => client.close());
    for (let i = 0; i < 12; ++i) await client.send(room, `cup ${i}`);
    await found(ada, { q: "cup", limit: 50 }, 12);
    const seen = [];
    let cursor;
    do {
      const page = await search(ada, { q: "cup", limit: 5, ...(cursor && { cursor }) });
      seen.push(...texts(page));
      ({ cursor } = page);
    } while (cursor);
    assert.deepEqual(seen, Array.from({ length: 12 }, (_, i) => `cup ${11 - i}`));
  });

  it("shows nothing of rooms one is not in, or has left", async (test) => {
    const [ada, bob, eve] = await Promise.all([signUp(here), signUp(there), signUp(here)]);
    const room = (await createRoom(here, ada, [bob])).gid;
    const client = await Client.open(here, ada.token);
    test.after(() => client.close());
    await client.send(room, "a secret");
    await found(bob, { q: "secret" }, 1);
    assert.deepEqual((await search(eve, { q: "secret" })).results, []);
    assert.equal((await search(eve, { q: "secret", room })).code, "not_a_member");
    await call(here, "DELETE", `/v1/rooms/${room}/members/${bob.username}`, { token: ada.token });
    assert.deepEqual((await search(bob, { q: "secret" })).results, []);
    assert.equal((await search(bob, { q: "secret", room })).code, "not_a_member");
  });

  it("names what is wrong with a question", async () => {
    const ada = await signUp(here);
    for (const query of [{}, { q: "" }, { q: "*" }, { q: "x".repeat(300) }, { q: "a", limit: "0" },
      { q: "a", limit: "51" }, { q: "a", cursor: "mine" }, { q: "a", before: "noon" }]) {
      assert.equal((await search(ada, query)).code, "invalid_argument", JSON.stringify(query));
    }
    assert.equal((await search(ada, { q: "a", room: "nonesuch" })).code, "room_not_found");
    assert.equal((await search(ada, { q: "a", from: "nobody-at-all" })).code, "user_not_found");
    assert.deepEqual((await search(ada, { q: "& | ! ( ) : ' \\" })).results, []);
  });
});
