// Faults that other servers had, each prevented here by a test; README.md lists where the rest are.
import assert from "node:assert/strict";
import net from "node:net";
import { after, before, describe, it } from "node:test";
import { Frames, HASTY, Polling, startEcho } from "./echo_server.js";

let server;
let hasty; // Ends sessions for want of a heartbeat at once.
let brisk; // After two seconds.

before(async () => {
  [server, hasty, brisk] = await Promise.all([
    startEcho(), startEcho(HASTY), startEcho({ "ping-interval-ms": 1500, "ping-timeout-ms": 500 })]);
});
after(() => Promise.all([server, hasty, brisk].map((one) => one.stop())));

const echo = (path = "/socket.io/") => server.http + path;

/** Bytes as they are; what comes back until the connection ends. */
const exchange = (bytes, at = server) =>
  new Promise((resolve) => {
    let answer = "";
    const socket = net.connect(at.port, "127.0.0.1", () => socket.write(bytes));
    socket.on("data", (data) => (answer += data));
    socket.on("close", () => resolve(answer));
    socket.on("error", () => {});
  });

const upgradeRequest = (target) =>
  `GET ${target} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
  "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

/** Polls until the session is gone. */
const untilGone = async (polling) => {
  while ((await polling.get()).status === 200);
};

for (const version of [4, 3]) {
  describe(`faults with version ${version}`, () => {
    it("an upgrade does not wait for a heartbeat, whenever the polls of the client end", async () => {
      const polling = await Polling.open(`${server.http}/engine.io/`, version);
      const frames = await polling.probe();
      // Each poll that a pausing client still has under way ends by itself.
      for (let polls = 0; polls < 3; ++polls) assert.deepEqual(await polling.packets(), ["6"]);
      frames.send("5");
      frames.send("4done");
      assert.equal(await frames.next(), "4done");
      frames.close();
    });

    it("an upgrade that is not finished keeps no session alive", async () => {
      const polling = await Polling.open(`${brisk.http}/engine.io/`, version);
      const frames = await polling.probe();
      await untilGone(polling);
      await frames.closed;
    });

    it("a websocket that is lost during the upgrade leaves the session to polling", async () => {
      const polling = await Polling.open(`${server.http}/engine.io/`, version);
      const lost = await polling.probe();
      lost.close();
      const frames = await polling.probe(); // There is room for another try.
      frames.send("5");
      frames.send("4x");
      assert.equal(await frames.next(), "4x");
      frames.close();
    });

    it("a session whose client never polls again is forgotten", async () => {
      const polling = await Polling.open(`${hasty.http}/engine.io/`, version);
      let response;
      do response = await polling.send("6"); // No heartbeat.
      while (response.status === 200);
      assert.deepEqual([response.status, (await response.json()).code], [400, 1]);
    });

    it("a websocket that vanishes without a word during the handshake leaves nothing", async () => {
      const target = `/socket.io/?EIO=${version}&transport=websocket`;
      await Promise.all(Array.from({ length: 20 }, () => new Promise((resolve) => {
        const socket = net.connect(server.port, "127.0.0.1", () => socket.write(upgradeRequest(target)));
        socket.once("data", () => socket.resetAndDestroy());
        socket.on("close", resolve);
        socket.on("error", () => {});
      })));
      await Polling.open(echo(), version);
    });

    it("a half-open websocket is cut, TCP connection and all", async () => {
      const answer = await exchange(upgradeRequest(`/engine.io/?EIO=${version}&transport=websocket`), hasty);
      assert.match(answer, /^HTTP\/1\.1 101 /);
    });

    it("a flood of heartbeats makes no more of them", async () => {
      const frames = new Frames(`${server.ws}/engine.io/?EIO=${version}&transport=websocket`);
      await frames.next();
      for (let i = 0; i < 1000; ++i) frames.send(version === 4 ? "3" : "2");
      frames.send("4after");
      const seen = [];
      do seen.push(await frames.next());
      while (seen.at(-1) !== "4after");
      const answers = seen.slice(0, -1);
      assert.equal(answers.length, version === 4 ? 0 : 1000);
      frames.close();
    });

    it("zero-length messages are messages", async () => {
      const polling = await Polling.open(`${server.http}/engine.io/`, version, "&b64=1");
      const empty = version === 4 ? ["4", "b"] : ["4", "b4"];
      await polling.send(...empty);
      assert.deepEqual(await polling.packets(), empty);
    });

    it("no empty message is ever sent", async () => {
      const polling = await Polling.open(echo(), version);
      if (version === 4) await polling.send("40");
      const packets = version === 4 ? await polling.packets() : polling.first;
      assert.ok(packets.every((packet) => packet.length > 1), packets);
    });
  });
}

describe("faults of connecting", () => {
  it("an upgrade to something else on a polling request is a plain request", async () => {
    const answer = await exchange(
      "GET /engine.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, close\r\nUpgrade: h2c\r\n\r\n",
    );
    assert.match(answer, /^HTTP\/1\.1 200 /);
  });

  it("two quick CONNECTs to one namespace never make two sockets", async () => {
    const frames = new Frames(`${server.ws}/socket.io/?EIO=4&transport=websocket`);
    await frames.next();
    frames.send("40/custom,");
    frames.send("40/custom,");
    await frames.closed;
  });

  it("a namespace that was left or refused can be joined", async () => {
    const frames = new Frames(`${server.ws}/socket.io/?EIO=4&transport=websocket`);
    await frames.next();
    for (let round = 0; round < 2; ++round) {
      frames.send("40/nowhere");
      assert.match(await frames.next(), /^44\/nowhere,/);
      frames.send("40/custom");
      assert.match(await frames.next(), /^40\/custom,\{/);
      assert.match(await frames.next(), /^42\/custom,\["auth"/);
      frames.send("41/custom");
    }
    frames.close();
  });
});
