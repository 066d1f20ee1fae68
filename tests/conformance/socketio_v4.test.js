// Socket.IO protocol 4, raw: what socket.io-client 2 speaks, on Engine.IO 3.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { engineCases } from "./engine_cases.js";
import { Frames, Polling, startEcho } from "./echo_server.js";

let server;

before(async () => {
  server = await startEcho();
});
after(() => server.stop());

engineCases({ path: "/socket.io/", version: 3 });

/** On websocket; with what the server says unasked read already. */
const open = async (more = "") => {
  const frames = new Frames(`${server.ws}/socket.io/?EIO=3&transport=websocket${more}`);
  assert.match(await frames.next(), /^0\{/);
  assert.equal(await frames.next(), "40");
  assert.equal(await frames.next(), '42["auth",{}]');
  return frames;
};

describe("namespaces", () => {
  it("begin with the main one, unasked, in the answer to the handshake", async () => {
    const polling = await Polling.open(`${server.http}/socket.io/`, 3);
    assert.deepEqual(polling.first, ["40", '42["auth",{}]']);
  });

  for (const [request, auth] of [
    ["40/custom", "{}"],
    ["40/custom,", "{}"],
    ["40/custom?token=abc&name=a%20b,", '{"token":"abc","name":"a b"}'],
    ["40/custom?,", "{}"],
  ]) {
    it(`are joined by ${request}, whose query is the auth`, async () => {
      const frames = await open();
      frames.send(request);
      assert.equal(await frames.next(), "40/custom,");
      assert.equal(await frames.next(), `42/custom,["auth",${auth}]`);
      frames.close();
    });
  }

  it("that do not exist are refused under their name, and the others stay", async () => {
    const frames = await open();
    frames.send("40/nowhere?a=1,");
    assert.equal(await frames.next(), '44/nowhere,{"message":"Invalid namespace"}');
    frames.send('42["message",1]');
    assert.equal(await frames.next(), '42["message-back",1]');
    frames.close();
  });

  it("are left one by one", async () => {
    const frames = await open();
    frames.send("40/custom");
    await frames.next();
    await frames.next();
    frames.send("41/custom,");
    frames.send('42["message","still"]');
    assert.equal(await frames.next(), '42["message-back","still"]');
    frames.close();
  });

  it("make no fuss of a second request for the main one", async () => {
    const frames = await open();
    frames.send("40");
    frames.send('42["message"]');
    assert.equal(await frames.next(), '42["message-back"]');
    frames.close();
  });

  it("take a client that left the main one and asks for it again", async () => {
    const frames = await open();
    frames.send("41");
    frames.send("40");
    assert.equal(await frames.next(), "40");
    assert.equal(await frames.next(), '42["auth",{}]');
    frames.close();
  });

  for (const bad of ['42/custom,["message"]', "40/custom,{}x", "44/custom,\"x\""]) {
    it(`close the connection on ${bad}`, async () => {
      const frames = await open();
      frames.send(bad);
      await frames.closed;
    });
  }

  it("close the connection when another is joined twice", async () => {
    const frames = await open();
    frames.send("40/custom");
    frames.send("40/custom");
    await frames.closed;
  });
});

describe("events", () => {
  for (const [sent, received] of [
    ['42["message",1,"2",{"3":[true]}]', '42["message-back",1,"2",{"3":[true]}]'],
    ['42["message",1.50,{"b":1,"a":2},"é😀"]', '42["message-back",1.50,{"b":1,"a":2},"é😀"]'],
    ['42456["message-with-ack",1,"2",{"3":[false]}]', '43456[1,"2",{"3":[false]}]'],
    ['420["message-with-ack"]', "430[]"],
  ]) {
    it(`are echoed byte for byte: ${sent}`, async () => {
      const frames = await open();
      frames.send(sent);
      assert.equal(await frames.next(), received);
      frames.close();
    });
  }

  const placeholders = '{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}';

  it("carry binary by websocket, each attachment after its type byte", async () => {
    const frames = await open();
    for (const [sent, received] of [
      [`452-["message",${placeholders}]`, `452-["message-back",${placeholders}]`],
      [`452-789["message-with-ack",${placeholders}]`, `462-789[${placeholders}]`],
    ]) {
      frames.send(sent);
      frames.send(Buffer.from([4, 1, 2]));
      frames.send(Buffer.from([4]));
      assert.equal(await frames.next(), received);
      assert.deepEqual(await frames.next(), Buffer.from([4, 1, 2]));
      assert.deepEqual(await frames.next(), Buffer.from([4]));
    }
    frames.close();
  });

  it("carry binary by polling, header and attachment in two posts", async () => {
    const polling = await Polling.open(`${server.http}/socket.io/`, 3, "&b64=1");
    await polling.send('451-["message",{"_placeholder":true,"num":0}]');
    await polling.send("b4AQIDBA==");
    assert.deepEqual(await polling.packets(), [
      '451-["message-back",{"_placeholder":true,"num":0}]',
      "b4AQIDBA==",
    ]);
  });

  it("carry binary by polling as octets", async () => {
    const polling = await Polling.open(`${server.http}/socket.io/`, 3);
    await polling.send('451-["message",{"_placeholder":true,"num":0}]', "b4/w==");
    const header = '451-["message-back",{"_placeholder":true,"num":0}]';
    const answer = Buffer.from(await (await polling.get()).arrayBuffer());
    assert.deepEqual(answer, Buffer.concat([
      Buffer.from([0, ...[...String(header.length)].map(Number), 255]),
      Buffer.from(header),
      Buffer.from([1, 2, 255, 4, 255]),
    ]));
  });
});
