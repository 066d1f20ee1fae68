// The real socket.io-client of each generation, unmodified, with each choice of transports.
import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, describe, it } from "node:test";
import { io as io4 } from "socket.io-client";
import io2 from "socket.io-client-v2";
import { io as io3 } from "socket.io-client-v3";
import { startEcho } from "./echo_server.js";

let server;

before(async () => {
  server = await startEcho({ "ping-interval-ms": 500, "ping-timeout-ms": 5000, "connect-timeout-ms": 45000 });
});
after(() => server.stop());

const libraries = { 4: io4, 3: io3, 2: io2 };

/** Emits with a callback, which every generation has. */
const ask = (socket, name, ...args) =>
  new Promise((resolve) => {
    socket.emit(name, ...args, (...answer) => resolve(answer));
  });

/** Connects, and resolves once the socket is connected. */
const connect = async (io, namespace = "/", options = {}) => {
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

/** The next heartbeat, which only version 4 tells of as a ping. */
const beat = (generation, socket) =>
  new Promise((resolve) => {
    if (generation === "4") socket.io.once("ping", resolve);
    else socket.io.engine.once("pong", resolve);
  });

for (const generation of ["4", "3", "2"]) {
  const io = libraries[generation];
  for (const transports of [["polling", "websocket"], ["polling"], ["websocket"]]) {
    describe(`socket.io-client ${generation}, ${transports.join(" then ")}`, () => {
      it("connects and gets its first event", async () => {
        const socket = io(server.http, { forceNew: true, transports, auth: { token: "é" } });
        const [auth] = await once(socket, "auth");
        assert.deepEqual(auth, generation === "2" ? {} : { token: "é" });
        assert.match(socket.id, /^[A-Za-z0-9_-]{20}$/);
        if (transports.length > 1) await upgraded(socket);
        assert.equal(socket.io.engine.transport.name, transports.at(-1));
        socket.close();
      });

      it("carries events, acks and binary both ways", async () => {
        const socket = await connect(io, "/", { transports });
        const args = [1, "2", { 3: [true, "😀", Buffer.from([])] }, Buffer.from([1, 2, 3])];
        const back = once(socket, "message-back");
        socket.emit("message", ...args);
        assert.deepEqual(await back, args);
        assert.deepEqual(await ask(socket, "message-with-ack", { a: null }), [{ a: null }]);
        assert.deepEqual(await ask(socket, "message-with-ack", ...args), args);
        socket.close();
      });

      it("answers what the server asks, binary too", async () => {
        const socket = await connect(io, "/", { transports });
        const args = ["é", Buffer.from([255, 0])];
        socket.on("question", (...rest) => rest.pop()("answered", ...rest));
        const answer = once(socket, "answer");
        socket.emit("ask", ...args);
        assert.deepEqual(await answer, ["answered", ...args]);
        socket.close();
      });

      it("acknowledges 1000 fast emits in order, across an upgrade", async () => {
        const socket = await connect(io, "/", { transports });
        const order = [];
        const acks = Array.from({ length: 1000 }, (_, i) =>
          ask(socket, "message-with-ack", i).then(([answer]) => order.push(answer)),
        );
        await Promise.all(acks);
        assert.deepEqual(order, Array.from({ length: 1000 }, (_, i) => i));
        socket.close();
      });

      it("carries a large message both ways", async () => {
        const socket = await connect(io, "/", { transports });
        const text = "€".repeat(150_000);
        assert.deepEqual(await ask(socket, "message-with-ack", text), [text]);
        socket.close();
      });

      it("comes back when the server closes the transport", async () => {
        const socket = await connect(io, "/", { transports });
        const first = socket.id;
        const left = once(socket, "disconnect");
        socket.emit("drop");
        const [reason] = await left;
        assert.equal(reason, "transport close");
        await once(socket, "connect");
        assert.notEqual(socket.id, first);
        assert.deepEqual(await ask(socket, "message-with-ack", "again"), ["again"]);
        socket.close();
      });

      it("does not come back when the server disconnects it", async () => {
        const socket = await connect(io, "/", { transports });
        socket.emit("leave");
        const [reason] = await once(socket, "disconnect");
        assert.equal(reason, "io server disconnect");
        socket.connect();
        await once(socket, "connect");
        socket.close();
      });

      it("stays connected over several heartbeats", async () => {
        const socket = await connect(io, "/", { transports });
        if (transports.length > 1) await upgraded(socket);
        for (let beats = 0; beats < 3; ++beats) await beat(generation, socket);
        assert.ok(socket.connected);
        socket.close();
      });

      it("has two namespaces on one connection", async () => {
        const main = await connect(io, "/", { transports });
        const custom = main.io.socket("/custom", { auth: { room: "1" }, query: { room: "1" } });
        const [auth] = await once(custom, "auth");
        assert.deepEqual(auth, { room: "1" });
        assert.notEqual(custom.id, main.id);
        custom.disconnect();
        assert.deepEqual(await ask(main, "message-with-ack", 7), [7]);
        main.close();
      });

      it("hears that a namespace does not exist", async () => {
        const socket = io(`${server.http}/nowhere`, { forceNew: true, transports });
        const [error] = await once(socket, generation === "2" ? "error" : "connect_error");
        assert.equal(error.message, "Invalid namespace");
        socket.close();
      });
    });
  }
}

describe("auth that is a string", () => {
  it("is told as it was given", async () => {
    const socket = io4(server.http, { forceNew: true, auth: JSON.stringify({ token: "x" }) });
    const [auth] = await once(socket, "auth");
    assert.equal(auth, '{"token":"x"}');
    socket.close();
  });
});

describe("many clients of all generations", () => {
  it("connect, upgrade and speak at the same time", async () => {
    const clients = Array.from({ length: 90 }, (_, i) => connect(Object.values(libraries)[i % 3]));
    const sockets = await Promise.all(clients);
    await Promise.all(sockets.map(upgraded));
    const answers = await Promise.all(sockets.map((socket, i) => ask(socket, "message-with-ack", i)));
    assert.deepEqual(answers, sockets.map((_, i) => [i]));
    for (const socket of sockets) socket.close();
  });
});
