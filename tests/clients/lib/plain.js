// A client of the plain WebSocket that keeps what it hears.
import { fileURLToPath } from "node:url";

import protobuf from "protobufjs";
import { WebSocket } from "ws";

import { Listener } from "./listener.js";

const proto = new protobuf.Root().loadSync(
  fileURLToPath(new URL("../../../proto/confab/client/v1/client.proto", import.meta.url)), { keepCase: true });
const [ClientFrame, ServerFrame] = ["ClientFrame", "ServerFrame"].map((name) =>
  proto.lookupType(`confab.client.v1.${name}`));

const parsed = (bytes) => (bytes.length > 0 ? JSON.parse(Buffer.from(bytes).toString()) : {});
const unfolded = ({ json, ...fields }) => ({ ...fields, ...parsed(json) });

/** How frames are written, by subprotocol: to and from the objects of the JSON one. */
const forms = {
  "confab.v1.json": {
    write: (frame) => JSON.stringify(frame),
    read: (data) => {
      if (typeof data !== "string") throw new Error("a binary frame in the JSON subprotocol");
      return JSON.parse(data);
    },
  },
  "confab.v1.protobuf": {
    write: ({ id, cmd, data }) => {
      if (cmd !== "send") return ClientFrame.encode({ id, cmd, json: Buffer.from(JSON.stringify(data)) }).finish();
      const { room, text, client_msg_id, ...more } = data;
      return ClientFrame.encode(
        { id, send: { room, text, client_msg_id, json: Buffer.from(JSON.stringify(more)) } }).finish();
    },
    read: (data) => {
      const frame = ServerFrame.decode(new Uint8Array(data));
      const { answer, event } = ServerFrame.toObject(frame, { defaults: true, longs: Number });
      if (event) {
        const { name, message, json } = event;
        return { event: name, data: message ? { type: "message", ...unfolded(message) } : parsed(json) };
      }
      const { re, sent, error, json } = answer;
      if (error) return { re, ok: false, error };
      return { re, ok: true, data: sent ? unfolded(sent) : parsed(json), typed: Boolean(sent) };
    },
  },
};

export class PlainClient extends Listener {
  /** `options`: { WebSocket (of ws), subprotocol (none) }. */
  constructor(gateway, options = {}) {
    super();
    const Implementation = options.WebSocket ?? WebSocket;
    const url = `${gateway.replace("http", "ws")}/v1/ws`;
    this.form = forms[options.subprotocol ?? "confab.v1.json"];
    this.socket = new Implementation(url, options.subprotocol ? [options.subprotocol] : []);
    this.socket.binaryType = "arraybuffer";
    this.socket.onopen = () => this.check();
    this.socket.onerror = () => {}; // A close follows.
    this.socket.onclose = ({ code, reason }) => {
      this.closed = { code, reason };
      this.check();
    };
    this.socket.onmessage = ({ data }) => this.take(this.form.read(data));
    this.lastId = 0;
    this.answers = new Map(); // By id, whole.
  }

  take(frame) {
    if (frame.event !== undefined) return this.hear(frame.event, frame.data);
    this.answers.set(frame.re, frame);
    this.check();
  }

  /** Connected, and nothing said. */
  static async dial(gateway, options) {
    const client = new PlainClient(gateway, options);
    await client.until(() => client.socket.readyState === 1 || client.closed, "the connection");
    return client;
  }

  /** Connects and says hello; `hello` is its data. */
  static async open(gateway, token, options, hello = { token }) {
    const client = await PlainClient.dial(gateway, options);
    client.welcome = await client.ask("hello", hello);
    if (!client.welcome.ok) throw new Error(`hello was answered ${JSON.stringify(client.welcome)}`);
    return client;
  }

  /** A command and its answer, in the shape that Socket.IO clients get: { ok, … }. */
  async ask(cmd, data = {}) {
    const { ok, data: fields, error } = await this.answerTo({ id: ++this.lastId, cmd, data });
    return ok ? { ok, ...fields } : { ok, error };
  }

  /** The answer to a frame, as it came. */
  async answerTo(frame) {
    this.socket.send(this.form.write(frame));
    await this.until(() => this.answers.has(frame.id) || this.closed, `the answer to ${frame.cmd}`);
    if (!this.answers.has(frame.id)) throw new Error(`closed: ${JSON.stringify(this.closed)}`);
    return this.answers.get(frame.id);
  }

  /** Resolves with { code, reason } once the server has closed. */
  async end() {
    await this.until(() => this.closed, "the close");
    return this.closed;
  }

  close() {
    this.socket.close();
  }
}
