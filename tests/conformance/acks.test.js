// The server asks clients, and waits for their acks: "ask" has it ask the same back.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Frames, Polling, PATIENT, startEcho } from "./echo_server.js";

let server;

before(async () => {
  server = await startEcho(PATIENT);
});
after(() => server.stop());

const placeholder = '{"_placeholder":true,"num":0}';

const open = async (version) => {
  const frames = new Frames(`${server.ws}/socket.io/?EIO=${version}&transport=websocket`);
  await frames.next();
  if (version === 4) frames.send("40");
  await frames.next();
  await frames.next();
  return frames;
};

for (const version of [4, 3]) {
  const binary = (...bytes) => Buffer.from(version === 4 ? bytes : [4, ...bytes]);

  describe(`acks of clients of version ${version}`, () => {
    it("are handed over with the arguments as they were sent", async () => {
      const frames = await open(version);
      frames.send('42["ask",1.50,{"b":1,"a":2}]');
      assert.equal(await frames.next(), '421["question",1.50,{"b":1,"a":2}]');
      frames.send('431["yes",2.50]');
      assert.equal(await frames.next(), '42["answer","yes",2.50]');
      frames.close();
    });

    it("are told apart by ids that begin with 1", async () => {
      const frames = await open(version);
      for (const i of [1, 2, 3]) {
        frames.send(`42["ask",${i}]`);
        assert.equal(await frames.next(), `42${i}["question",${i}]`);
      }
      for (const i of [2, 3, 1]) {
        frames.send(`43${i}[${i}]`);
        assert.equal(await frames.next(), `42["answer",${i}]`);
      }
      frames.close();
    });

    it("may have binary, as may the question", async () => {
      const frames = await open(version);
      frames.send(`451-["ask",${placeholder}]`);
      frames.send(binary(1, 2));
      assert.equal(await frames.next(), `451-1["question",${placeholder}]`);
      assert.deepEqual(await frames.next(), binary(1, 2));
      frames.send(`461-1[${placeholder}]`);
      frames.send(binary(3));
      assert.equal(await frames.next(), `451-["answer",${placeholder}]`);
      assert.deepEqual(await frames.next(), binary(3));
      frames.close();
    });

    it("that do not come in time are given up, and ignored when they come", async () => {
      const frames = await open(version);
      frames.send('42["ask"]');
      assert.equal(await frames.next(), '421["question"]');
      assert.equal(await frames.next(), '42["no-answer"]');
      frames.send("431[]");
      frames.send('42["message"]');
      assert.equal(await frames.next(), '42["message-back"]');
      frames.close();
    });

    it("that nobody asked for, or come twice, or without an id, are ignored", async () => {
      const frames = await open(version);
      frames.send('42["ask"]');
      assert.equal(await frames.next(), '421["question"]');
      for (const ack of ['430["zero"]', '4399["x"]', '43["x"]', '431["first"]', '431["second"]']) frames.send(ack);
      assert.equal(await frames.next(), '42["answer","first"]');
      frames.send('42["message"]');
      assert.equal(await frames.next(), '42["message-back"]');
      frames.close();
    });

    for (const ack of [
      "431{}",
      "431",
      `461-1[${placeholder.replace("0", "1")}]`,
      `4611-1[${placeholder}]`,
    ]) {
      it(`close the connection when they are ${ack}`, async () => {
        const frames = await open(version);
        frames.send(ack);
        frames.send(binary(1));
        await frames.closed;
      });
    }
  });
}

describe("binary packets", () => {
  it("of many events at once keep their attachments behind them", async () => {
    const frames = await open(4);
    const count = 50;
    for (let i = 0; i < count; ++i) {
      frames.send(`451-["message",${i},${placeholder}]`);
      frames.send(Buffer.from([i]));
      frames.send(`42["message",${i}]`);
    }
    for (let i = 0; i < count; ++i) {
      assert.equal(await frames.next(), `451-["message-back",${i},${placeholder}]`);
      assert.deepEqual(await frames.next(), Buffer.from([i]));
      assert.equal(await frames.next(), `42["message-back",${i}]`);
    }
    frames.close();
  });

  it("keep their attachments behind them across an upgrade", async () => {
    const polling = await Polling.open(`${server.http}/socket.io/`);
    await polling.send("40");
    await polling.packets();
    const frames = await polling.probe();
    // More than one polling answer takes, ending within a packet.
    const event = [`452-["message",${placeholder},${placeholder.replace("0", "1")}]`, "bAQ==", "bAg=="];
    await polling.send(...Array(7).fill(event).flat());
    const received = await polling.packets();
    assert.equal(received.length, 16);
    frames.send("5");
    while (received.length < 21) received.push(await frames.next());
    const asText = received.map((packet) => (Buffer.isBuffer(packet) ? `b${packet.toString("base64")}` : packet));
    const back = [event[0].replace('"message"', '"message-back"'), ...event.slice(1)];
    assert.deepEqual(asText, Array(7).fill(back).flat());
    frames.close();
  });
});
