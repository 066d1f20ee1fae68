// Engine.IO protocol 4, raw: what every client library relies on.
import assert from "node:assert/strict";
import net from "node:net";
import { after, before, describe, it } from "node:test";
import { engineCases } from "./engine_cases.js";
import { Connection, Frames, Polling, startEcho } from "./echo_server.js";

let server;
let http;
let ws;

before(async () => {
  server = await startEcho();
  http = `${server.http}/engine.io/`;
  ws = `${server.ws}/engine.io/`;
});
after(() => server.stop());

const openWebSocket = async () => {
  const frames = new Frames(`${ws}?EIO=4&transport=websocket`);
  await frames.next();
  return frames;
};

engineCases({ path: "/engine.io/", version: 4 });

describe("HTTP answers", () => {
  it("answers browsers of any origin, errors included", async () => {
    const headers = { Origin: "https://app.test" };
    for (const query of ["EIO=4&transport=polling", "EIO=4&transport=abc"]) {
      const response = await fetch(`${http}?${query}`, { headers });
      assert.equal(response.headers.get("access-control-allow-origin"), "https://app.test");
      // Without it browsers hide the answer from clients of socket.io 2, which send credentials.
      assert.equal(response.headers.get("access-control-allow-credentials"), "true");
    }
    const preflight = await fetch(`${http}?EIO=4&transport=polling`, {
      method: "OPTIONS",
      headers: {
        ...headers,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization",
      },
    });
    assert.equal(preflight.status, 204);
    assert.equal(preflight.headers.get("access-control-allow-headers"), "authorization");
    assert.equal(preflight.headers.get("access-control-allow-credentials"), "true");
  });
});

describe("messages by polling", () => {
  it("sends and receives a packet", async () => {
    const polling = await Polling.open(http);
    const response = await polling.post("4hello");
    assert.equal(response.status, 200);
    assert.equal(response.headers.get("content-type"), "text/html");
    assert.equal(await response.text(), "ok");
    assert.equal(await polling.poll(), "4hello");
  });

  it("keeps several packets of one body in order", async () => {
    const polling = await Polling.open(http);
    await polling.post("4test1\x1e4test2\x1e4test3");
    assert.equal(await polling.poll(), "4test1\x1e4test2\x1e4test3");
  });

  it("carries binary as base64, beside text of any language", async () => {
    const polling = await Polling.open(http);
    await polling.post("4hellö €😀\x1ebAQIDBA==\x1eb\x1e4");
    assert.equal(await polling.poll(), "4hellö €😀\x1ebAQIDBA==\x1eb\x1e4");
  });

  it("answers at most 16 packets at once", async () => {
    const polling = await Polling.open(http);
    const packets = Array.from({ length: 20 }, (_, i) => `4${i}`);
    await polling.post(packets.join("\x1e"));
    assert.equal(await polling.poll(), packets.slice(0, 16).join("\x1e"));
    assert.equal(await polling.poll(), packets.slice(16).join("\x1e"));
  });

  for (const [what, body, headers] of [
    ["an unknown packet", "abc", {}],
    ["an empty body", "", {}],
    ["a bad packet after a good one", "4ok\x1e7", {}],
    ["broken base64", "bAQ", {}],
    ["octets", "4hello", { "Content-Type": "application/octet-stream" }],
  ]) {
    it(`closes the session on ${what}`, async () => {
      const polling = await Polling.open(http);
      assert.equal((await polling.post(body, headers)).status, 400);
      assert.equal((await polling.get()).status, 400);
    });
  }

  it("takes base64 that begins with a 4 for bytes, not for a message", async () => {
    const polling = await Polling.open(http);
    await polling.post("b4AQI");
    assert.equal(await polling.poll(), "b4AQI");
  });

  it("refuses a body above the limit", async () => {
    const polling = await Polling.open(http);
    const response = await polling.post("4" + "a".repeat(1000000));
    assert.equal(response.status, 413);
  });

  it("takes a body of exactly the limit", async () => {
    const polling = await Polling.open(http);
    const body = "4" + "a".repeat(999999);
    assert.equal((await polling.post(body)).status, 200);
    assert.equal(await polling.poll(), body);
  });

  it("closes the session on two polls at once", async () => {
    const polling = await Polling.open(http);
    const polls = await Promise.all([polling.get(), polling.get()]);
    const [first, second] = polls.sort((a, b) => a.status - b.status);
    assert.deepEqual([first.status, await first.text(), second.status], [200, "1", 400]);
    assert.equal((await polling.get()).status, 400);
  });

  it("closes the session when a waiting poll is given up", async () => {
    const heartless = await startEcho({ "ping-interval-ms": 3_600_000 }); // Nothing else closes it.
    const polling = await Polling.open(`${heartless.http}/engine.io/`);
    const connection = new Connection(heartless.port);
    connection.get(polling.target);
    connection.hangUp();
    while ((await polling.send("6")).status === 200);
    assert.equal((await polling.get()).status, 400);
    await heartless.stop();
  });
});

describe("messages by websocket", () => {
  it("echoes text and binary as what they are", async () => {
    const frames = await openWebSocket();
    frames.send("4hello");
    assert.equal(await frames.next(), "4hello");
    frames.send(Buffer.from([1, 2, 3, 4]));
    assert.deepEqual(await frames.next(), Buffer.from([1, 2, 3, 4]));
    frames.send(Buffer.alloc(0));
    assert.deepEqual(await frames.next(), Buffer.alloc(0));
    frames.close();
  });

  for (const frame of ["abc", "", "5", "0", "b4"]) {
    it(`closes on "${frame}"`, async () => {
      const frames = await openWebSocket();
      frames.send(frame);
      await frames.closed;
    });
  }

  it("closes on a message above the limit", async () => {
    const frames = await openWebSocket();
    frames.send("4" + "a".repeat(1000000));
    assert.ok([1006, 1009].includes(await frames.closed)); // 1006 when the reset is faster.
  });
});

describe("upgrade", () => {
  it("keeps messages on polling until the upgrade, then sends what waits by websocket", async () => {
    const polling = await Polling.open(http);
    const frames = await polling.probe();
    await polling.post("4one");
    assert.equal(await polling.poll(), "4one");
    await polling.post("4two\x1e4three");
    frames.send("5");
    assert.equal(await frames.next(), "4two");
    assert.equal(await frames.next(), "4three");
    frames.close();
  });

  it("keeps the session on polling when the probe goes wrong", async () => {
    const polling = await Polling.open(http);
    for (const wrong of ["5", "4hello", "2"]) {
      const frames = polling.webSocket();
      await frames.opened;
      frames.send(wrong);
      await frames.closed;
    }
    await polling.post("4hello");
    assert.equal(await polling.poll(), "4hello");
  });
});

describe("HTTP", () => {
  /** Sends bytes and gives all that comes back until the server closes. */
  const exchange = (request) =>
    new Promise((resolve, reject) => {
      let answer = "";
      const socket = net.connect(server.port, "127.0.0.1", () => socket.write(request));
      socket.on("data", (data) => (answer += data));
      socket.on("end", () => resolve(answer));
      socket.on("error", reject);
    });

  for (const [what, request, status] of [
    ["chunked bodies", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", 400],
    ["a missing Host", "GET / HTTP/1.1\r\n\r\n", 400],
    ["two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400],
    ["a body on GET", "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx", 400],
    ["a folded header", "GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n 2\r\n\r\n", 400],
    ["a large header", `GET / HTTP/1.1\r\nHost: a\r\nX: ${"y".repeat(9000)}\r\n\r\n`, 431],
    ["many headers", `GET / HTTP/1.1\r\nHost: a\r\n${"X: y\r\n".repeat(100)}\r\n`, 431],
    ["a large body", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000001\r\n\r\n", 413],
  ]) {
    it(`refuses ${what} and closes`, async () => {
      const answer = await exchange(request);
      assert.match(answer, new RegExp(`^HTTP/1\\.1 ${status} `));
      assert.match(answer, /Connection: close/);
    });
  }
});
