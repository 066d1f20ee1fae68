// What comes of payloads, bytes and frames that were spoilt on their way.

/** The bytes with that many of their bits flipped, anywhere from `begin` up to `end`. */
export function flipped(bytes, random, { count = 1, begin = 0, end = bytes.length } = {}) {
  const spoilt = Buffer.from(bytes);
  for (let i = 0; i < count && end > begin; i += 1) spoilt[begin + random.below(end - begin)] ^= 1 << random.below(8);
  return spoilt;
}

/** The bytes cut off at each length. */
export function* truncations(bytes) {
  for (let size = 0; size < bytes.length; size += 1) yield bytes.subarray(0, size);
}

/** A spoiler (lab/proxy.js) that flips bits in that share of what is read at once. */
export const flipsBits = (random, share, told) => () => (data) => {
  if (!random.chance(share)) return data;
  told();
  return flipped(data, random, { count: 1 + random.below(3) });
};

const prefaceBytes = 24; // Of HTTP/2, before the first frame of a client.
const headerBytes = 9; // Of a frame: its length in three bytes, type, flags, stream in four.
const prefixBytes = 5; // Of a gRPC message: whether it is compressed, its length in four bytes.
const dataType = 0;
const headersType = 1;
const isLong = 3; // Messages of a stream that is no single call.

/** The frame, which begins a message of gRPC and has all of it, with the message cut off, and lengths to match. */
function shortened(frame, random) {
  const message = frame.length - headerBytes - prefixBytes;
  const kept = random.below(message);
  const spoilt = Buffer.from(frame.subarray(0, headerBytes + prefixBytes + kept));
  spoilt.writeUIntBE(prefixBytes + kept, 0, 3);
  spoilt.writeUInt32BE(kept, headerBytes + 1);
  return spoilt;
}

/** The frames of one direction of an HTTP/2 connection, as they become whole. */
class Frames {
  #heard = Buffer.alloc(0);
  #skipped;

  constructor(hasPreface) {
    this.#skipped = hasPreface ? prefaceBytes : 0;
  }

  /** Buffers: the preface, then a frame each. */
  *take(data) {
    this.#heard = Buffer.concat([this.#heard, data]);
    for (;;) {
      const size = this.#skipped || (this.#heard.length >= 3 ? headerBytes + this.#heard.readUIntBE(0, 3) : Infinity);
      if (this.#heard.length < size) return;
      const frame = this.#heard.subarray(0, size);
      this.#heard = this.#heard.subarray(size);
      if (this.#skipped === 0) yield { frame };
      else yield { preface: frame };
      this.#skipped = 0;
    }
  }
}

/**
 * A spoiler of gRPC over HTTP/2 that spoils that share of frames: bits flipped in what frames them,
 * and in all that is no message; frames and messages cut off. What a message says is left alone: no
 * checksum of gRPC's or HTTP/2's would tell, only TLS. Nor does what a server is told go on after a
 * frame that may have been lost without a trace: with the next frame the connection breaks, if it has
 * not yet. The headers of answers are left alone, too: gRPC 1.51 aborts a process that hears of no status.
 */
export const spoilsFrames = (random, share, { isUp, told }) => (breakOff) => {
  const frames = new Frames(isUp);
  const messages = new Map(); // By stream.
  const rest = new Map(); // Bytes of the message that has begun, by stream.

  const spoil = (frame) => {
    const stream = frame.readUInt32BE(5) & 0x7fffffff;
    const isData = frame[3] === dataType;
    const begins = isData && (rest.get(stream) ?? 0) === 0 && frame.length >= headerBytes + prefixBytes;
    const size = begins ? prefixBytes + frame.readUInt32BE(headerBytes + 1) : (rest.get(stream) ?? 0);
    // More than one message in a frame is as if it were one.
    if (isData) rest.set(stream, Math.max(0, size - (frame.length - headerBytes)));
    if (begins) messages.set(stream, (messages.get(stream) ?? 0) + 1);
    if (!random.chance(share) || (!isUp && frame[3] === headersType)) return frame;
    const isWhole = begins && size === frame.length - headerBytes;
    const isOfStream = isWhole && messages.get(stream) >= isLong && size > prefixBytes;
    const prefix = { begin: headerBytes, end: headerBytes + prefixBytes };
    const ways = {
      header: () => flipped(frame, random, { end: headerBytes }),
      cut: () => frame.subarray(0, random.below(frame.length)),
      ...(begins && { prefix: () => flipped(frame, random, prefix) }),
      ...(!isData && { payload: () => flipped(frame, random, { begin: headerBytes }) }),
      ...(isOfStream && { message: () => shortened(frame, random) }),
    };
    const name = random.pick(Object.keys(ways));
    told(name);
    return ways[name]();
  };
  let isOver = false;
  return (data) => {
    const out = [];
    for (const { preface, frame } of frames.take(data)) {
      if (isOver) {
        setImmediate(breakOff); // After what goes before it.
        break;
      }
      const passed = preface ?? spoil(frame);
      out.push(passed);
      isOver = isUp && passed !== (preface ?? frame);
    }
    return Buffer.concat(out);
  };
};
