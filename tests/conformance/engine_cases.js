// What holds for both protocol versions and for any application: handshakes, heartbeats, closing and
// upgrades. `path` is /engine.io/ or /socket.io/.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { BEATING, Connection, Frames, HASTY, PATIENT, Polling, startEcho } from "./echo_server.js";

export function engineCases({ path, version }) {
  let patient, beating, hasty;

  before(async () => {
    [patient, beating, hasty] = await Promise.all([PATIENT, BEATING, HASTY].map(startEcho));
  });
  after(() => Promise.all([patient, beating, hasty].map((server) => server.stop())));

  const http = () => patient.http + path;
  const query = (more) => `?EIO=${version}${more}`;
  const webSocket = (text, at = patient) => new Frames(at.ws + path + text);
  const open = (at = patient) => Polling.open(at.http + path, version);

  /** On websocket, after the handshake and, where one comes unasked, the first CONNECT. */
  const openWebSocket = async (at = patient) => {
    const frames = webSocket(query("&transport=websocket"), at);
    await frames.next();
    if (version === 3 && path === "/socket.io/") assert.equal(await frames.next(), "40");
    return frames;
  };

  const socketio4 = path === "/socket.io/" && version === 4;

  /** Shows that the application hears this websocket. */
  const isServed = async (frames) => {
    if (socketio4) {
      frames.send("40");
      return assert.match(await frames.next(), /^40\{/);
    }
    frames.send('42["message"]');
    const back = path === "/engine.io/" ? "message" : "message-back";
    return assert.equal(await frames.next(), `42["${back}"]`);
  };

  // Sessions that are not closed for want of a namespace.
  const openJoined = async () => {
    const polling = await open();
    if (socketio4) {
      await polling.send("40");
      assert.equal((await polling.packets()).length, 2);
    } else if (path === "/socket.io/") {
      assert.deepEqual(polling.first, ["40", '42["auth",{}]']);
    }
    return polling;
  };
  const openJoinedWebSocket = async () => {
    const frames = await openWebSocket();
    if (socketio4) frames.send("40");
    if (socketio4) await frames.next();
    if (path === "/socket.io/") assert.equal(await frames.next(), '42["auth",{}]');
    return frames;
  };

  describe("handshake", () => {
    it("opens a polling session", async () => {
      const polling = await open();
      assert.deepEqual(Object.keys(polling.handshake).sort(), [
        "maxPayload",
        "pingInterval",
        "pingTimeout",
        "sid",
        "upgrades",
      ]);
      const { sid, ...rest } = polling.handshake;
      assert.match(sid, /^[A-Za-z0-9_-]{20}$/);
      assert.deepEqual(rest, {
        upgrades: ["websocket"],
        pingInterval: 25000,
        pingTimeout: 20000,
        maxPayload: 1000000,
      });
    });

    it("opens a websocket session, which has nothing to upgrade to", async () => {
      const frames = webSocket(query("&transport=websocket"));
      const { sid, ...rest } = JSON.parse((await frames.next()).slice(1));
      assert.match(sid, /^[A-Za-z0-9_-]{20}$/);
      assert.deepEqual(rest, { upgrades: [], pingInterval: 25000, pingTimeout: 20000, maxPayload: 1000000 });
      frames.close();
    });

    it("works on the path without its last slash, by both transports", async () => {
      const response = await fetch(http().slice(0, -1) + query("&transport=polling"));
      assert.equal(response.status, 200);
      assert.equal(response.headers.get("set-cookie"), null);
      const frames = new Frames(patient.ws + path.slice(0, -1) + query("&transport=websocket"));
      assert.match(await frames.next(), /^0\{/);
      frames.close();
    });

    for (const [what, text, code] of [
      ["no protocol version", "?transport=polling", 5],
      ["the version abc", "?EIO=abc&transport=polling", 5],
      ["version 2", "?EIO=2&transport=polling", 5],
      ["version 5", "?EIO=5&transport=polling", 5],
      ["no transport", query(""), 0],
      ["the transport abc", query("&transport=abc"), 0],
      ["a transport in capitals", query("&transport=Polling"), 0],
      ["a transport named like a property of objects", query("&transport=__proto__"), 0],
      ["the websocket transport without an upgrade", query("&transport=websocket"), 3],
      ["an unknown session", query("&transport=polling&sid=unknown"), 1],
    ]) {
      it(`refuses ${what} with code ${code}`, async () => {
        const response = await fetch(http() + text, { headers: { Origin: "https://app.test" } });
        assert.equal(response.status, 400);
        assert.equal(response.headers.get("access-control-allow-origin"), "https://app.test");
        const body = await response.json();
        assert.equal(body.code, code);
        assert.equal(typeof body.message, "string");
      });
    }

    for (const method of ["POST", "PUT", "DELETE"]) {
      it(`refuses ${method} without a session`, async () => {
        const response = await fetch(http() + query("&transport=polling"), { method });
        assert.equal(response.status, 400);
        assert.equal((await response.json()).code, 2);
      });
    }

    for (const text of [
      "?transport=websocket",
      "?EIO=abc&transport=websocket",
      query(""),
      query("&transport=abc"),
      query("&transport=polling"),
      query("&transport=websocket&sid=unknown"),
    ]) {
      it(`closes a websocket with ${text}`, () => webSocket(text).closed);
    }
  });

  describe("heartbeat", () => {
    /** One beat, by the side whose turn it is. */
    const beat = async (send, next) => {
      if (version === 3) {
        await send("2");
        return assert.equal(await next(), "3");
      }
      assert.equal(await next(), "2");
      return send("3");
    };

    it("keeps a polling session open", async () => {
      const polling = await open(beating);
      const send = async (packet) => assert.equal((await polling.send(packet)).status, 200);
      const next = async () => (await polling.packets())[0];
      for (let round = 0; round < 3; ++round) await beat(send, next);
    });

    it("keeps a websocket open", async () => {
      const frames = await openWebSocket(beating);
      if (path === "/socket.io/" && version === 3) assert.equal(await frames.next(), '42["auth",{}]');
      for (let round = 0; round < 3; ++round) {
        await beat((packet) => frames.send(packet), () => frames.next());
      }
      frames.close();
    });

    it("that fails ends a polling session", async () => {
      const polling = await open(hasty);
      let response;
      do response = await polling.get();
      while (response.status === 200);
      assert.deepEqual([response.status, (await response.json()).code], [400, 1]);
    });

    it("that fails ends a websocket", async () => {
      const frames = webSocket(query("&transport=websocket"), hasty);
      assert.match(await frames.next(), /^0\{/);
      await frames.closed;
    });

    it("in the wrong direction ends the session", async () => {
      const packet = version === 3 ? "3" : "2";
      const polling = await openJoined();
      assert.equal((await polling.send(packet)).status, 400);
      assert.equal((await polling.get()).status, 400);
      const frames = await openJoinedWebSocket();
      frames.send(packet);
      await frames.closed;
    });
  });

  describe("closing", () => {
    it("by a polling client ends its waiting poll with a noop", async () => {
      const polling = await open();
      const connection = new Connection(patient.port);
      const first = connection.get(polling.target);
      const waiting = connection.get(polling.target); // The server has it once the first is answered.
      await polling.send(socketio4 ? "40" : '42["message"]');
      assert.equal((await first).status, 200);
      assert.equal((await polling.send("1")).status, 200);
      assert.deepEqual(await waiting, { status: 200, body: version === 4 ? "6" : "1:6" });
      assert.equal((await polling.get()).status, 400);
    });

    it("by a websocket client ends the connection", async () => {
      const frames = await openWebSocket();
      frames.send("1");
      await frames.closed;
    });
  });

  describe("upgrade", () => {
    it("moves a session from polling to websocket", async () => {
      const polling = await open();
      const waiting = polling.packets();
      const frames = await polling.probe();
      assert.deepEqual(await waiting, ["6"]);
      frames.send("5");
      await isServed(frames);
      frames.close();
    });

    it("answers a poll that comes after the probe, and the next, with a noop", async () => {
      const polling = await open();
      const frames = await polling.probe();
      assert.deepEqual(await polling.packets(), ["6"]);
      assert.deepEqual(await polling.packets(), ["6"]);
      frames.close();
    });

    it("ends polling, and does nothing to the websocket when somebody polls on", async () => {
      const polling = await open();
      const frames = await polling.probe();
      frames.send("5");
      // The "5" is on another connection than the poll: until it is there, polls are answered.
      let status;
      do status = (await polling.get()).status;
      while (status === 200);
      assert.equal(status, 400);
      assert.equal((await polling.send("4x")).status, 400);
      await isServed(frames);
      frames.close();
    });

    it("closes a second websocket and keeps the first", async () => {
      const polling = await open();
      const frames = await polling.probe();
      frames.send("5");
      await polling.webSocket().closed;
      await isServed(frames);
      frames.close();
    });
  });
}
