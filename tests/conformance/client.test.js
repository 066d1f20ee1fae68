// The real socket.io-client, unmodified, with each choice of transports.
import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, describe, it } from "node:test";
import { io } from "socket.io-client";
import { startEcho } from "./echo_server.js";

let server;

before(async () => {
  server = await startEcho({ "ping-interval-ms": 500, "ping-timeout-ms": 5000 });
});
after(() => server.stop());

/** Connects, and resolves once the socket is connected. */
const connect = async (namespace = "/", options = {}) => {
  const socket = io(server.http + namespace, {
    forceNew: true,
    reconnectionDelay: 10,
    reconnectionDelayMax: 20,
    ...options,
  });
  await once(socket, "connect");
  return socket;
};

const upgraded = (socket) =>
  socket.io.engine.transport.name === "websocket"
    ? Promise.resolve()
    : new Promise((resolve) => socket.io.engine.once("upgrade", resolve));

for (const transports of [["polling", "websocket"], ["polling"], ["websocket"]]) {
  describe(transports.join(" then "), () => {
    it("connects with auth and gets its first event", async () => {
      const socket = io(server.http, { forceNew: true, transports, auth: { token: "é" } });
      const [auth] = await once(socket, "auth");
      assert.deepEqual(auth, { token: "é" });
      assert.equal(typeof socket.id, "string");
      if (transports.length > 1) await upgraded(socket);
      assert.equal(socket.io.engine.transport.name, transports.at(-1));
      socket.close();
    });

    it("carries events, acks and binary", async () => {
      const socket = await connect("/", { transports });
      const args = [1, "2", { 3: [true, "😀"] }, Buffer.from([1, 2, 3])];
      socket.emit("message", ...args);
      assert.deepEqual(await once(socket, "message-back"), args);
      assert.deepEqual(await socket.emitWithAck("message-with-ack", { a: null }), { a: null });
      socket.close();
    });

    it("acknowledges 1000 fast emits in order, across an upgrade", async () => {
      const socket = await connect("/", { transports });
      const order = [];
      const acks = Array.from({ length: 1000 }, (_, i) =>
        socket.emitWithAck("message-with-ack", i).then((answer) => order.push(answer)),
      );
      await Promise.all(acks);
      assert.deepEqual(order, Array.from({ length: 1000 }, (_, i) => i));
      socket.close();
    });

    it("carries a large message both ways", async () => {
      const socket = await connect("/", { transports });
      const text = "x".repeat(500_000);
      assert.equal(await socket.emitWithAck("message-with-ack", text), text);
      socket.close();
    });

    it("comes back when the server closes the transport", async () => {
      const socket = await connect("/", { transports });
      const first = socket.id;
      const left = once(socket, "disconnect");
      socket.emit("drop");
      const [reason] = await left;
      assert.equal(reason, "transport close");
      await once(socket, "connect");
      assert.notEqual(socket.id, first);
      assert.equal(await socket.emitWithAck("message-with-ack", "again"), "again");
      socket.close();
    });

    it("does not come back when the server disconnects it", async () => {
      const socket = await connect("/", { transports });
      socket.emit("leave");
      const [reason] = await once(socket, "disconnect");
      assert.equal(reason, "io server disconnect");
      socket.connect();
      await once(socket, "connect");
      socket.close();
    });

    it("stays connected over several heartbeats", async () => {
      const socket = await connect("/", { transports });
      if (transports.length > 1) await upgraded(socket);
      for (let beats = 0; beats < 3; ++beats) {
        await new Promise((resolve) => socket.io.once("ping", resolve));
      }
      assert.ok(socket.connected);
      socket.close();
    });
  });
}

describe("namespaces", () => {
  it("share one connection", async () => {
    const main = await connect("/");
    const custom = main.io.socket("/custom", {});
    const [auth] = await once(custom, "auth");
    assert.deepEqual(auth, {});
    assert.notEqual(custom.id, main.id);
    custom.disconnect();
    assert.equal(await main.emitWithAck("message-with-ack", 7), 7);
    main.close();
  });

  it("that do not exist are refused", async () => {
    const socket = io(`${server.http}/nowhere`, { forceNew: true });
    const [error] = await once(socket, "connect_error");
    assert.equal(error.message, "Invalid namespace");
    socket.close();
  });
});

describe("many clients", () => {
  it("connect, upgrade and speak at the same time", async () => {
    const sockets = await Promise.all(Array.from({ length: 100 }, () => connect("/")));
    await Promise.all(sockets.map(upgraded));
    const answers = await Promise.all(
      sockets.map((socket, i) => socket.emitWithAck("message-with-ack", i)),
    );
    assert.deepEqual(answers, sockets.map((_, i) => i));
    for (const socket of sockets) socket.close();
  });
});
