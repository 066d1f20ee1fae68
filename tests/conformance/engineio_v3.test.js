// Engine.IO protocol 3, raw: what clients of before 2021 rely on.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { engineCases } from "./engine_cases.js";
import { Frames, Polling, startEcho } from "./echo_server.js";

let server;
let http;

before(async () => {
  server = await startEcho();
  http = `${server.http}/engine.io/`;
});
after(() => server.stop());

engineCases({ path: "/engine.io/", version: 3 });

const open = (more) => Polling.open(http, 3, more);

const openWebSocket = async (more = "") => {
  const frames = new Frames(`${server.ws}/engine.io/?EIO=3&transport=websocket${more}`);
  await frames.next();
  return frames;
};

/** A polling answer as bytes, with its type. */
const bytes = async (polling) => {
  const response = await polling.get();
  return [response.headers.get("content-type"), Buffer.from(await response.arrayBuffer())];
};

const OCTETS = "application/octet-stream";
const TEXT = "text/plain; charset=UTF-8";

describe("messages by polling", () => {
  it("are counted in characters", async () => {
    const polling = await open("&b64=1");
    assert.equal(await (await polling.post("6:4hello")).text(), "ok");
    assert.equal(await polling.poll(), "6:4hello");
  });

  it("keep their order within a body", async () => {
    const polling = await open();
    await polling.post("6:4test16:4test26:4test3");
    assert.equal(await polling.poll(), "6:4test16:4test26:4test3");
  });

  it("are counted in UTF-16 units, of which an emoji has two and a euro sign one", async () => {
    const polling = await open();
    await polling.send("4€", "4😀", "4a😀€é");
    assert.equal(await polling.poll(), "2:4€3:4😀6:4a😀€é");
  });

  for (const value of ["1", "true"]) {
    it(`carry binary as base64 with b64=${value}, as the session was opened`, async () => {
      const opened = await open(`&b64=${value}`);
      const polling = new Polling(http, 3, `&sid=${opened.sid}`);
      await polling.post("6:4hello10:b4AQIDBA==");
      assert.equal(await polling.poll(), "6:4hello10:b4AQIDBA==");
    });
  }

  it("carry binary as octets for a client that takes them", async () => {
    const polling = await open();
    await polling.post("6:4hello10:b4AQIDBA==");
    assert.deepEqual(await bytes(polling), [
      OCTETS,
      Buffer.from("0006ff3468656c6c6f0105ff0401020304", "hex"),
    ]);
    await polling.post("6:4hello");
    assert.deepEqual(await bytes(polling), [TEXT, Buffer.from("6:4hello")]);
  });

  it("take octets, in which text is counted in bytes", async () => {
    const polling = await open();
    const body = Buffer.from("0004ff34e282ac0101ff040103ff040405", "hex"); // "4€", empty, 4 5
    assert.equal((await polling.post(body, { "Content-Type": OCTETS })).status, 200);
    assert.deepEqual((await bytes(polling))[1], body);
  });

  it("are told apart when text and binary wait together", async () => {
    const polling = await open();
    const parts = ["4a", "b4AQ==", "4b", "b4", "4"];
    await polling.send(...parts);
    assert.equal((await bytes(polling))[1].toString("hex"), "0002ff3461" + "0102ff0401" + "0002ff3462" + "0101ff04" + "0001ff34");
  });

  it("come at most 16 at once", async () => {
    const polling = await open();
    const packets = Array.from({ length: 20 }, (_, i) => `4${i}`);
    await polling.send(...packets);
    assert.deepEqual(await polling.packets(), packets.slice(0, 16));
    assert.deepEqual(await polling.packets(), packets.slice(16));
  });

  for (const [what, body, headers] of [
    ["an unknown packet", "1:7"],
    ["no length", "abc"],
    ["an empty body", ""],
    ["a length that is too long", "7:4hello"],
    ["a length that is too short", "5:4hello"],
    ["a negative length", "-1:4"],
    ["a length that no number holds", `${"9".repeat(400)}:4`],
    ["a length that ends within a character", "2:4😀"],
    ["broken base64", "3:b4A"],
    ["base64 without a type", "9:bAQIDBA=="],
    ["malformed octets", Buffer.from([0, 200]), { "Content-Type": OCTETS }],
    ["binary octets without a type", Buffer.from([1, 1, 255, 52]), { "Content-Type": OCTETS }],
  ]) {
    it(`close the session on ${what}`, async () => {
      const polling = await open();
      assert.equal((await polling.post(body, headers)).status, 400);
      assert.equal((await polling.get()).status, 400);
    });
  }

  it("close the session on two polls at once", async () => {
    const polling = await open();
    const polls = await Promise.all([polling.get(), polling.get()]);
    const [first, second] = polls.sort((a, b) => a.status - b.status);
    assert.deepEqual([first.status, await first.text(), second.status], [200, "1:1", 400]);
    assert.equal((await polling.get()).status, 400);
  });
});

describe("messages by websocket", () => {
  it("are echoed as text", async () => {
    const frames = await openWebSocket();
    frames.send("4hello");
    assert.equal(await frames.next(), "4hello");
    frames.close();
  });

  it("carry binary after a type byte, and with nothing more", async () => {
    const frames = await openWebSocket();
    for (const message of [[4, 1, 2, 3, 4], [4], [4, 4, 4]]) {
      frames.send(Buffer.from(message));
      assert.deepEqual(await frames.next(), Buffer.from(message));
    }
    frames.close();
  });

  it("carry binary as base64 for a client that asked for it", async () => {
    const frames = await openWebSocket("&b64=1");
    frames.send("b4AQIDBA==");
    assert.equal(await frames.next(), "b4AQIDBA==");
    frames.close();
  });

  for (const frame of ["abc", "", "5", "0", "bAQID", Buffer.from([1, 2]), Buffer.alloc(0)]) {
    it(`close the session on ${JSON.stringify(frame)}`, async () => {
      const frames = await openWebSocket();
      frames.send(frame);
      await frames.closed;
    });
  }
});

describe("heartbeat by websocket", () => {
  it("is answered with what came with it", async () => {
    const frames = await openWebSocket();
    frames.send("2data");
    assert.equal(await frames.next(), "3data");
    frames.close();
  });

  it("is the client's alone", async () => {
    const frames = await openWebSocket();
    const beats = setInterval(() => frames.send("2"), 100);
    for (let round = 0; round < 6; ++round) assert.equal(await frames.next(), "3");
    clearInterval(beats);
    frames.close();
  });
});
