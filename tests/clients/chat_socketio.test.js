// The replaced app "chat-socketio": the events of its document with its JSON schema, by the clients of its time, on two gateways.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, describe, it } from "node:test";

import { io as io4 } from "socket.io-client";
import io2 from "socket.io-client-v2";

import { chatSocketIos } from "./lib/compat.js";
import { Listener, patience } from "./lib/listener.js";
import { call, signUp } from "./lib/rest.js";
import { gateways, startAgain, startAgainWith, stop } from "./lib/system.js";

const bases = chatSocketIos();

/** A client in the namespace /chat. */
class Chatter extends Listener {
  constructor(base, io = io2, options = {}) {
    super();
    this.socket = io(`${base}/chat`, { forceNew: true, ...options });
    for (const name of ["connect", "disconnect", "login", "messages"]) {
      this.socket.on(name, (data) => this.hear(name, data));
    }
  }

  static async open(...args) {
    const client = new Chatter(...args);
    await client.until(() => client.all("connect").length > 0, "the connection");
    return client;
  }

  /** The answer, by the event of the same name. */
  async emit(name, payload) {
    const before = this.all(name).length;
    this.socket.emit(name, payload);
    await this.until(() => this.all(name).length > before, `the answer to ${name}`);
    return this.all(name)[before];
  }

  /** The answer, by the ack. */
  ack(name, ...payload) {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`waited in vain for the ack of ${name}`)), patience);
      this.socket.emit(name, ...payload, (answer) => {
        clearTimeout(timer);
        resolve(answer);
      });
    });
  }

  logIn(username, password = "password") {
    return this.emit("login", { data: { type: "login", user_auth: { username, password } } });
  }

  close() {
    this.socket.close();
  }
}

const unique = (prefix) => `${prefix}-${randomBytes(5).toString("hex")}`;
const codeOf = (answer) => {
  assert.deepEqual(Object.keys(answer), ["errors"], JSON.stringify(answer));
  assert.deepEqual(Object.keys(answer.errors), ["code", "detail"]);
  assert.equal(typeof answer.errors.detail, "string");
  return answer.errors.code;
};

describe("chat_socketio", () => {
  const open = [];
  const connect = async (...args) => {
    const client = await Chatter.open(...args);
    open.push(client);
    return client;
  };
  const [ann, bob] = [unique("ann"), unique("bob")];
  const said = (to, message_data, more = {}) => ({ data: { type: "msg", message: { message_data, rid: to, ...more } } });
  let anns, bobs, annId, bobId;

  before(async () => {
    [anns, bobs] = [await connect(bases[0]), await connect(bases[1])];
    annId = (await anns.logIn(ann)).data.id;
    bobId = (await bobs.logIn(bob)).data.id;
  });
  after(() => {
    for (const client of open) client.close();
  });

  it("login: makes the account of an unknown user, who then is the same everywhere", async () => {
    const again = await connect(bases[1]);
    assert.deepEqual(await again.logIn(ann), { data: { type: "login", id: annId, user_auth: { username: ann } } });
    const modern = await call(gateways[0], "POST", "/v1/login", { body: { username: ann, password: "password" } });
    assert.equal(modern.body.user.id, annId);
  });

  it("login: an error for a wrong password, and for what is no login", async () => {
    const other = await connect(bases[0]);
    assert.equal(codeOf(await other.logIn(ann, "no password")), 401);
    for (const payload of [{}, 7, "no JSON", { data: 7 }, { data: { user_auth: { username: ann } } }, null, []]) {
      assert.equal(codeOf(await other.ack("login", payload)), 400, JSON.stringify(payload));
    }
    assert.equal(codeOf(await other.ack("messages", said(annId, "not logged in"))), 401);
    assert.ok(other.socket.connected);
  });

  it("messages: stores the object of the document and delivers it to the receiver, by id or name, as text or object", async () => {
    const attributes = {
      image: { url: "http://example.com/a.png", width: 640, height: 480 },
      video: { url: "https://example.com/b", source: "tube", length: 12 },
    };
    const ways = [
      (payload) => [payload],
      (payload) => [JSON.stringify(payload)],
      (payload) => [{ meta: null }, payload],
    ];
    for (const [i, way] of ways.entries()) {
      const before = bobs.all("messages").length;
      const payload = said(i === 0 ? bobId : bob, `message ${i}`, { date: "2019-01-21", sid: i === 2 ? ann : annId, attributes });
      const stored = await anns.ack("messages", ...way(payload));
      await bobs.until(() => bobs.all("messages").length > before, "the message");
      const { id, message } = stored.data;
      assert.ok(Number.isInteger(id));
      assert.ok(Math.abs(new Date(message.date).getTime() - Date.now()) < 600_000);
      assert.deepEqual(stored, {
        data: { type: "msg", id, message: { message_data: `message ${i}`, date: message.date, sid: annId, rid: bobId, attributes } },
      });
      assert.deepEqual(bobs.all("messages").at(-1), stored);
    }
  });

  it("messages: the sender hears its own, also where it asked for no ack", async () => {
    const heard = await bobs.emit("messages", said(annId, "no ack"));
    assert.deepEqual([heard.data.message.message_data, heard.data.message.sid], ["no ack", bobId]);
    await anns.until(() => anns.all("messages").some((one) => one.data?.id === heard.data.id), "the message");
  });

  it("messages: with meta gives that page of the conversation, the latest first page, each page in rising order", async () => {
    const other = unique("eve");
    const eves = await connect(bases[0], io4);
    const eveId = (await eves.logIn(other)).data.id;
    for (let i = 1; i <= 7; ++i) await eves.ack("messages", said(annId, `line ${i}`));
    const page = async (client, rows, number, data = {}) =>
      client.ack("messages", { meta: { rows, page: number }, ...data });
    const first = await page(eves, 3, 1); // With whom she talked last.
    assert.deepEqual(first.meta, { rows: 3, page: 1 });
    const texts = (answer) => answer.data.map((one) => one.message.message_data);
    assert.deepEqual(texts(first), ["line 5", "line 6", "line 7"]);
    const { id, message } = first.data[2];
    assert.deepEqual(first.data[2], {
      type: "msg", id, message: { message_data: "line 7", date: message.date, sid: eveId, rid: annId, attributes: {} },
    });
    const withEve = { data: { message: { rid: other } } };
    assert.deepEqual(texts(await page(anns, 3, 2, withEve)), ["line 2", "line 3", "line 4"]);
    assert.deepEqual(texts(await anns.ack("messages", JSON.stringify([{ meta: { rows: 3, page: 3 } }, withEve]))), ["line 1"]);
    assert.deepEqual(texts(await page(anns, 3, 4, withEve)), []);
    const stranger = await signUp(gateways[0]);
    assert.deepEqual(texts(await page(anns, 3, 1, { data: { message: { rid: stranger.user.id } } })), []);
  });

  it("messages: an error for bad input, and nothing of it is stored", async () => {
    const page = { meta: { rows: 200, page: 1 }, data: { message: { rid: bobId } } };
    const before = (await anns.ack("messages", page)).data.length;
    const picture = (image) => said(bobId, "x", { attributes: { image } });
    for (const [payload, code] of [
      [said(bobId, ""), 400],
      [said(bobId, { deep: 1 }), 400],
      [said(undefined, "to nobody"), 400],
      [said([], "to a list"), 400],
      [said("nobody-at-all", "x"), 404],
      [said(999999999, "x"), 404],
      [said(annId, "to myself"), 400],
      [said(bobId, "x", { sid: bobId }), 403],
      [picture({ url: "javascript:alert(1)" }), 400],
      [picture({ url: "http://example.com", width: "wide" }), 400],
      [picture(7), 400],
      [picture({ url: "http://example.com", alt: "\u0000" }), 400],
      [said(bobId, "x", { attributes: { virus: {} } }), 400],
      [said(bobId, "x".repeat(20_000)), 400],
      [{ meta: { rows: 0, page: 1 } }, 400],
      [{ meta: { rows: 1e9, page: 1 } }, 400],
      [{ meta: { rows: "many", page: 1 } }, 400],
      [{ meta: 7 }, 400],
      ["[[[[", 400],
      [Buffer.from([1, 2]), 400],
    ]) {
      const got = codeOf(await anns.ack("messages", payload));
      assert.ok(got === code || (code === 400 && got >= 400 && got < 500), `${JSON.stringify(payload)}: ${got}`);
    }
    assert.equal(codeOf(await anns.ack("messages")), 400);
    assert.equal((await anns.ack("messages", page)).data.length, before);
    assert.ok(anns.socket.connected);
  });

  it("in production mode makes no account: an error object, and nothing is made", async () => {
    await stop("gateway-2");
    startAgainWith({ CONFAB_GATEWAY_PRODUCTION: "true" });
    try {
      const careful = await connect(bases[1], io4);
      const nobody = unique("new");
      assert.equal(codeOf(await careful.logIn(nobody)), 401);
      assert.equal((await careful.logIn(bob)).data.id, bobId);
      const free = await call(gateways[0], "POST", "/v1/users", { body: { username: nobody, password: "password" } });
      assert.equal(free.status, 201);
    } finally {
      await stop("gateway-2");
      startAgain();
    }
  });
});
