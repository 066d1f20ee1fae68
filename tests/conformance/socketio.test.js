// Socket.IO protocol 5, raw, on websocket and on polling.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { engineCases } from "./engine_cases.js";
import { Frames, Polling, STRICT, startEcho } from "./echo_server.js";

let server;
let ws;

before(async () => {
  server = await startEcho();
  ws = `${server.ws}/socket.io/?EIO=4&transport=websocket`;
});
after(() => server.stop());

engineCases({ path: "/socket.io/", version: 4 });

const open = async () => {
  const frames = new Frames(ws);
  assert.equal((await frames.next())[0], "0");
  return frames;
};

const openConnected = async () => {
  const frames = await open();
  frames.send("40");
  await frames.next(); // 40{"sid":..}
  await frames.next(); // 42["auth",{}]
  return frames;
};

/** The next frame that is no ping; pings are answered. */
const next = async (frames) => {
  for (;;) {
    const frame = await frames.next();
    if (frame !== "2") return frame;
    frames.send("3");
  }
};

describe("connect", () => {
  for (const [request, prefix, auth] of [
    ["40", "40", "{}"],
    ['40{"token":"123"}', "40", '{"token":"123"}'],
    ["40/custom,", "40/custom,", "{}"],
    ["40/custom", "40/custom,", "{}"],
    ['40/custom,{"token":"abc"}', "40/custom,", '{"token":"abc"}'],
    ['40"{\\"token\\":1}"', "40", '"{\\"token\\":1}"'],
  ]) {
    it(`accepts ${request} before it sends anything else`, async () => {
      const frames = await open();
      frames.send(request);
      const answer = await frames.next();
      assert.ok(answer.startsWith(`${prefix}{`), answer);
      const fields = JSON.parse(answer.slice(prefix.length));
      assert.deepEqual(Object.keys(fields), ["sid"]);
      assert.match(fields.sid, /^[A-Za-z0-9_-]{20}$/);
      assert.equal(await frames.next(), `${prefix.replace("40", "42")}["auth",${auth}]`);
      frames.close();
    });
  }

  it("gives the socket another id than the session", async () => {
    const frames = new Frames(ws);
    const { sid } = JSON.parse((await frames.next()).slice(1));
    frames.send("40");
    assert.notEqual(JSON.parse((await frames.next()).slice(2)).sid, sid);
    frames.close();
  });

  it("refuses an unknown namespace and stays open", async () => {
    const frames = await open();
    frames.send("40/random");
    assert.equal(await frames.next(), '44/random,{"message":"Invalid namespace"}');
    frames.send("40");
    assert.match(await frames.next(), /^40\{/);
    frames.close();
  });

  for (const first of ["4abc", '42["message"]', "41", "40[1]", "412", '44{"message":"x"}']) {
    it(`closes when the first packet is ${first}`, async () => {
      const frames = await open();
      frames.send(first);
      await frames.closed;
    });
  }

  it("closes a connection that joins no namespace in time", async () => {
    const strict = await startEcho(STRICT);
    const frames = new Frames(`${strict.ws}/socket.io/?EIO=4&transport=websocket`);
    assert.match(await frames.next(), /^0\{/);
    await frames.closed;
    await strict.stop();
  });

  it("closes when a namespace is joined twice", async () => {
    const frames = await openConnected();
    frames.send("40");
    await frames.closed;
  });
});

describe("disconnect", () => {
  it("of the main namespace keeps the connection", async () => {
    const frames = await openConnected();
    frames.send("41");
    frames.send("40");
    assert.match(await frames.next(), /^40\{/);
    frames.close();
  });

  it("of one namespace leaves the other", async () => {
    const frames = await openConnected();
    frames.send("40/custom");
    await next(frames);
    await next(frames);
    frames.send("41/custom");
    frames.send('42["message","still"]');
    assert.equal(await next(frames), '42["message-back","still"]');
    frames.close();
  });

  it("by the server tolerates what the client had on the way", async () => {
    const frames = await openConnected();
    frames.send('42["leave"]');
    frames.send('42["message",1]');
    assert.equal(await next(frames), "41");
    frames.send("40");
    assert.match(await next(frames), /^40\{/);
    frames.close();
  });
});

describe("events", () => {
  const echoes = [
    ['42["message",1,"2",{"3":[true]}]', '42["message-back",1,"2",{"3":[true]}]'],
    ['42["message"]', '42["message-back"]'],
    ['42["message",1.50,{"b":1,"a":2},"é😀"]', '42["message-back",1.50,{"b":1,"a":2},"é😀"]'],
    [
      '42456["message-with-ack",1,"2",{"3":[false]}]',
      '43456[1,"2",{"3":[false]}]',
    ],
    ['420["message-with-ack"]', "430[]"],
  ];
  for (const [sent, received] of echoes) {
    it(`echoes ${sent} byte for byte`, async () => {
      const frames = await openConnected();
      frames.send(sent);
      assert.equal(await next(frames), received);
      frames.close();
    });
  }

  const placeholders = '{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}';
  for (const [sent, received] of [
    [`452-["message",${placeholders}]`, `452-["message-back",${placeholders}]`],
    [`452-789["message-with-ack",${placeholders}]`, `462-789[${placeholders}]`],
  ]) {
    it(`echoes binary ${sent.slice(0, 6)}`, async () => {
      const frames = await openConnected();
      frames.send(sent);
      frames.send(Buffer.from([1, 2, 3]));
      frames.send(Buffer.from([4, 5, 6]));
      assert.equal(await next(frames), received);
      assert.deepEqual(await next(frames), Buffer.from([1, 2, 3]));
      assert.deepEqual(await next(frames), Buffer.from([4, 5, 6]));
      frames.close();
    });
  }

  it("carries binary by polling, header and attachment in two posts", async () => {
    const polling = await Polling.open(`${server.http}/socket.io/`);
    await polling.post("40");
    assert.match(await polling.poll(), /^40\{.*\x1e42\["auth",\{\}\]$/);
    await polling.post('451-["message",{"_placeholder":true,"num":0}]');
    await polling.post("bAQIDBA==");
    assert.equal(
      await polling.poll(),
      '451-["message-back",{"_placeholder":true,"num":0}]\x1ebAQIDBA==',
    );
  });

  for (const bad of [
    "4abc",
    "42{}",
    "42[]",
    "42",
    '42abc["message-with-ack",1]',
    '42["disconnect"]',
    '42[{"a":1}]',
    '42["message",1',
    `42["message",${"[".repeat(20)}${"]".repeat(20)}]`,
    '42/custom,["message"]',
    "45",
    '45["message"]',
    '4511-["message"]',
    '4599999999999999999999-["message"]',
    '450-["message",{"_placeholder":true,"num":0}]',
    "43{}",
  ]) {
    it(`closes on ${bad.slice(0, 50)}`, async () => {
      const frames = await openConnected();
      frames.send(bad);
      await frames.closed;
    });
  }

  it("closes on binary that nothing announced", async () => {
    const frames = await openConnected();
    frames.send(Buffer.from([1]));
    await frames.closed;
  });

  it("closes on text while binary is owed", async () => {
    const frames = await openConnected();
    frames.send('451-["message",{"_placeholder":true,"num":0}]');
    frames.send('42["message"]');
    await frames.closed;
  });

  it("ignores acks nobody asked for", async () => {
    const frames = await openConnected();
    frames.send('4399["x"]');
    frames.send('42["message"]');
    assert.equal(await next(frames), '42["message-back"]');
    frames.close();
  });
});
