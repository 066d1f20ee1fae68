// A name server of the laboratory, which can fail in the ways that they do.
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";

const types = { A: 1 };
const header = 12; // Bytes before the question.
const port = 53; // There is no other in resolv.conf.
const timeToLive = 1; // Seconds.

/** How it answers, by RCODE; "empty" is a name without addresses, and "silent" no answer at all. */
const codes = { answering: 0, empty: 0, servfail: 2, nxdomain: 3 };

/** { name, type, end } of a query's only question; null for what is none. */
export function readQuestion(query) {
  const labels = [];
  let at = header;
  while (query[at] > 0) {
    if (query[at] > 63 || at + query[at] >= query.length) return null;
    labels.push(query.toString("latin1", at + 1, at + 1 + query[at]));
    at += 1 + query[at];
  }
  const end = at + 5; // The last label, type and class.
  if (query.length < end || query.readUInt16BE(4) !== 1) return null;
  return { name: labels.join(".").toLowerCase(), type: query.readUInt16BE(at + 1), end };
}

/** The answer with that RCODE and these IPv4 addresses. */
export function answerTo(query, { end }, code, addresses) {
  const head = Buffer.from(query.subarray(0, end));
  head.writeUInt16BE(0x8580 | code, 2); // A response, authoritative, recursion asked for and there.
  head.writeUInt16BE(addresses.length, 6);
  head.writeUInt32BE(0, 8);
  const records = addresses.map((address) => {
    const record = Buffer.alloc(16);
    record.writeUInt16BE(0xc000 | header, 0); // The name of the question.
    record.writeUInt16BE(types.A, 2);
    record.writeUInt16BE(1, 4);
    record.writeUInt32BE(timeToLive, 6);
    record.writeUInt16BE(4, 10);
    address.split(".").forEach((octet, i) => record.writeUInt8(Number(octet), 12 + i));
    return record;
  });
  return Buffer.concat([head, ...records]);
}

export class Resolver {
  mode = "answering"; // Or "servfail", "nxdomain", "empty", "silent".
  asked = []; // The names of all questions since it was emptied.
  #names = new Map();

  /** One at an address of this machine of its own, for names in that domain. */
  static async start(domain) {
    const resolver = new Resolver();
    resolver.domain = domain;
    for (let attempt = 0; ; attempt += 1) {
      resolver.address = `127.${[1, 2, 3].map(() => 1 + Math.floor(Math.random() * 250)).join(".")}`;
      try {
        await resolver.#listen();
        return resolver;
      } catch (error) {
        resolver.stop();
        if (attempt === 5) throw error;
      }
    }
  }

  async #listen() {
    this.udp = createSocket("udp4", (query, from) => {
      const answer = this.answer(query);
      if (answer) this.udp.send(answer, from.port, from.address, () => {});
    });
    this.udp.bind(port, this.address);
    await once(this.udp, "listening");
    this.tcp = createServer((socket) => this.#serve(socket)).listen(port, this.address);
    await once(this.tcp, "listening");
  }

  /** Queries over TCP have their length before them. */
  #serve(socket) {
    let heard = Buffer.alloc(0);
    socket.on("error", () => {});
    socket.on("data", (data) => {
      heard = Buffer.concat([heard, data]);
      while (heard.length > 2 && heard.length >= 2 + heard.readUInt16BE(0)) {
        const size = heard.readUInt16BE(0);
        const answer = this.answer(heard.subarray(2, 2 + size));
        heard = heard.subarray(2 + size);
        if (!answer) continue;
        const length = Buffer.alloc(2);
        length.writeUInt16BE(answer.length);
        socket.write(Buffer.concat([length, answer]));
      }
    });
  }

  /** The answer to a query; null when it says nothing. */
  answer(query) {
    const question = readQuestion(query);
    if (!question) return null;
    this.asked.push(question.name);
    if (this.mode === "silent") return null;
    if (this.mode !== "answering") return answerTo(query, question, codes[this.mode], []);
    const addresses = this.#names.get(question.name);
    if (!addresses) return answerTo(query, question, codes.nxdomain, []);
    return answerTo(query, question, codes.answering, question.type === types.A ? addresses : []);
  }

  /** The name, without its domain, has these addresses from now on; with none it is unknown. */
  set(name, ...addresses) {
    if (addresses.length > 0) this.#names.set(`${name}.${this.domain}`, addresses);
    else this.#names.delete(`${name}.${this.domain}`);
  }

  stop() {
    this.udp?.close();
    this.tcp?.close();
    this.udp = null;
    this.tcp = null;
  }
}
