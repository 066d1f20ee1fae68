// Thousands of operations of several users, on all doors of all gateways, with devices that go offline,
// come back elsewhere and resume; and at the end every device, the history and the tables say the same.
//
//   CONFAB_SEED=7 CONFAB_OPS=20000 npm test mixed.test.js
//
// What a seed repeats: the users, which operations there are and what is in them, who does each by which
// door of which gateway, which of them happen at once, and who goes offline and comes back when and
// where. What it cannot repeat: in which order things that happen at once come to a room, how far a
// connection got before it was cut, and names, ids and times.
import assert from "node:assert/strict";
import { randomBytes, randomInt } from "node:crypto";
import { after, before, describe, it } from "node:test";

import { signUp } from "./lib/rest.js";
import { gateways } from "./lib/system.js";
import { checkDevices, checkLists, checkNothingAfterLeaving, checkRedacted, checkTables } from "./mixed/checks.js";
import { Play } from "./mixed/play.js";
import { Dice } from "./mixed/random.js";
import { World } from "./mixed/world.js";

const seed = Number(process.env.CONFAB_SEED ?? randomInt(2 ** 32));
const operations = Number(process.env.CONFAB_OPS ?? 3000);
const users = 8;

describe(`${operations} mixed operations with CONFAB_SEED=${seed}`, () => {
  let play;
  let ended = false; // Otherwise there is nothing to compare.

  before(async () => {
    const world = new World(`x${randomBytes(4).toString("hex")}`);
    for (let i = 0; i < users; ++i) {
      const { username, user, token } = await signUp(gateways[i % gateways.length], `mixed${i}`);
      world.users.push({ key: `u${i}`, username, id: user.id, token });
    }
    play = new Play(world, new Dice(seed), gateways);
  });
  after(() => play?.close());

  it("each is answered as the rules say, and every device hears every room without a gap", async () => {
    await play.begin();
    while (play.operations < operations) await play.next();
    await play.end();
    ended = true;
    console.log(JSON.stringify(play.sums()));
  });

  it("all of it has come about: refusals, cuts, resuming, resets", { skip: operations < 2000 }, () => {
    const { refused, cut, looks, resumed, replayed, reset } = play.sums();
    assert.ok(Math.min(refused, cut, looks, resumed, replayed, reset) > 0, JSON.stringify(play.sums()));
  });

  const checks = {
    "nobody got an entry from after they had gone": checkNothingAfterLeaving,
    "every device has made of it what has happened": checkDevices,
    "lists and histories by REST say the same on every gateway": checkLists,
    "and so do the tables": checkTables,
    "what was redacted is nowhere": checkRedacted,
  };
  for (const [name, check] of Object.entries(checks)) {
    it(name, async () => {
      assert.ok(ended, "the operations did not come to their end");
      assert.deepEqual(await check(play), []);
    });
  }
});
