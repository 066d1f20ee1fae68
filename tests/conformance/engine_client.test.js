// The real engine.io-client of both protocol versions, with each choice of transports.
import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, describe, it } from "node:test";
import { Socket as Socket4 } from "engine.io-client";
import Socket3 from "engine.io-client-v3";
import { startEcho } from "./echo_server.js";

let server;

before(async () => {
  server = await startEcho({ "ping-interval-ms": 500, "ping-timeout-ms": 5000 });
});
after(() => server.stop());

const open = (version, options) => {
  if (version === 4) return new Socket4(server.http, options);
  return Socket3(server.http, options); // A function of old, not a class.
};

/** Everything received, until so many messages are there. */
const receive = (socket, count) =>
  new Promise((resolve) => {
    const received = [];
    socket.on("message", (message) => {
      received.push(typeof message === "string" ? message : Buffer.from(message));
      if (received.length === count) resolve(received);
    });
  });

for (const version of [4, 3]) {
  for (const transports of [["polling", "websocket"], ["polling"], ["websocket"]]) {
    for (const forceBase64 of [false, true]) {
      const name = `${transports.join(" then ")}${forceBase64 ? ", base64 only" : ""}`;
      describe(`engine.io-client of version ${version}, ${name}`, () => {
        it("gets back what it sends, in order", async () => {
          const socket = open(version, { transports, forceBase64 });
          const messages = ["hello", "é€😀", Buffer.from([1, 2, 3]), Buffer.alloc(0), "x".repeat(100_000)];
          const received = receive(socket, messages.length);
          await once(socket, "open");
          for (const message of messages) socket.send(message);
          assert.deepEqual(await received, messages);
          socket.close();
        });

        it("keeps the order across the upgrade and stays open over heartbeats", async () => {
          const socket = open(version, { transports, forceBase64 });
          const received = receive(socket, 200);
          await once(socket, "open");
          for (let i = 0; i < 200; ++i) socket.send(String(i));
          assert.deepEqual(await received, Array.from({ length: 200 }, (_, i) => String(i)));
          const beat = version === 4 ? "ping" : "pong";
          for (let beats = 0; beats < 2; ++beats) await new Promise((resolve) => socket.once(beat, resolve));
          assert.equal(socket.readyState, "open");
          const closed = once(socket, "close");
          socket.close();
          await closed;
        });
      });
    }
  }
}
