// X3: what processes hear from each other and read is spoilt.
import { PlainLink } from "../clients/plain_link.js";
import { call, createRoom } from "../lab/rest.js";
import { flipped, flipsBits, spoilsFrames, truncations } from "./forgeries.js";

const captured = 12; // Payloads of Redis that are published again, spoilt.
const flips = 200; // Of each of them.
const shareOfReads = 0.15; // Of what a gateway reads of Redis at once.
const shareOfFrames = 0.05;
const spoiltMs = 8000;
const mostGrowth = 128 * 2 ** 20; // Of a message-store that reads a row of 40 MB.
const patienceMs = 10_000;

const gatewayCounts = ["feed_payloads_refused", "append_streams_broken"].map((name) => `confab_gateway_${name}_total`);
const storeCount = "confab_message_store_unreadable_entries_total";

/** How much a metric grew meanwhile. */
async function growth(services, lab, name, act) {
  const before = await lab.system.metric(services, name);
  await act();
  return (await lab.system.metric(services, name)) - before;
}

/** Payloads of clients' rooms, users and typing, as they were published. */
async function capture(lab) {
  const heard = [];
  const ear = await lab.system.redis.listen("confab:*", (channel, payload) => {
    if (/^confab:(room|users|typing):/.test(channel)) heard.push([channel, payload]);
  });
  for (const begun = lab.now(); heard.length < captured && lab.now() - begun < patienceMs; ) await lab.pause(50);
  ear.stop();
  return heard.slice(0, captured);
}

/** Everything that is left of real payloads by cutting them off at each length, or flipping bits of them. */
async function publishSpoilt(lab) {
  const spoilt = [];
  for (const [channel, payload] of await capture(lab)) {
    for (const part of truncations(payload)) spoilt.push([channel, part]);
    for (let i = 0; i < flips; i += 1) spoilt.push([channel, flipped(payload, lab.random, { count: 1 + (i % 3) })]);
  }
  for (const [channel, payload] of spoilt) await lab.publisher.publish(channel, payload);
  return spoilt.length;
}

async function redisByHand(lab) {
  lab.publisher = await lab.system.redis.publisher();
  let published = 0;
  const refused = await growth(lab.system.gateways, lab, gatewayCounts[0], async () => {
    published = await publishSpoilt(lab);
    await lab.pause(500);
  });
  lab.publisher.stop();
  lab.notes.published = published;
  lab.notes.refused_by_hand = refused;
  // What lost nothing but its checksum is as older stores published it; few others say nothing at all.
  if (refused < published * 0.9) lab.wrong.push(`${published} spoilt payloads were published, ${refused} counted`);
  if (published > 0) lab.fired += 1;
}

/** Of each connection on its way from Redis to a gateway. */
async function redisOnItsWay(lab) {
  let spoilt = 0;
  const legs = lab.system.legs(/^gateway-\d-redis$/);
  const refused = await growth(lab.system.gateways, lab, gatewayCounts[0], async () => {
    for (const leg of legs) leg.spoil({ down: flipsBits(lab.random, shareOfReads, () => (spoilt += 1)) });
    await lab.pause(spoiltMs);
  });
  for (const leg of legs) leg.heal();
  lab.notes.reads_spoilt = spoilt;
  lab.notes.refused_on_the_way = refused;
  if (refused === 0) lab.wrong.push("no gateway counted a payload that was spoilt on its way");
  if (spoilt > 0) lab.fired += 1;
}

/** Of each connection between gateways and message-stores. */
async function grpcOnItsWay(lab) {
  const spoilt = {};
  const told = (name) => (spoilt[name] = (spoilt[name] ?? 0) + 1);
  const legs = lab.system.legs(/^gateway-\d-message-store-\d$/);
  const broken = await growth(lab.system.gateways, lab, gatewayCounts[1], async () => {
    for (const leg of legs) {
      const spoiler = (isUp) => spoilsFrames(lab.random, shareOfFrames, { isUp, told });
      leg.spoil({ up: spoiler(true), down: spoiler(false) });
    }
    await lab.pause(spoiltMs);
  });
  for (const leg of legs) leg.heal();
  lab.notes.frames_spoilt = spoilt;
  lab.notes.streams_broken = broken;
  if (broken === 0) lab.wrong.push("no gateway counted a stream that was spoilt on its way");
  if (Object.keys(spoilt).length > 0) lab.fired += 1;
}

/** Bodies that no store has written: far larger than the limits, and no objects. */
const badBodies = [
  ["an array", "'[1, 2]'"],
  ["a text", `'"hello"'`],
  ["a number", "'7'"],
  ["null", "'null'"],
  ["an object in an array", `'[{"text": "hello"}]'`],
  ["40 MB of text", "json_build_object('text', repeat('x', 40000000))"],
  ["3 MB of another key", "json_build_object('text', 'x', 'more', repeat('y', 3000000))"],
];

/** Adds an entry to the room's log behind the stores' backs. */
async function insert(lab, gid, body) {
  await lab.system.chat(
    `WITH head AS (
       UPDATE chat.room_heads SET head_seq = head_seq + 1, head_msg_id = gen_random_uuid() WHERE gid = $1 RETURNING *)
     INSERT INTO chat.entries (room_id, seq, epoch, msg_id, kind, actor_id, client_msg_id, body, created_at)
     SELECT room_id, head_seq, epoch, head_msg_id, 1, $2, 'spoilt ' || head_seq, ${body}, now() FROM head`,
    [gid, lab.world.owner.user.id],
  );
}

/** Hears the room at each gateway, as a second member: { events by gateway, close() }. */
async function listenTo(lab, gid) {
  const heard = lab.system.gateways.map(() => []);
  const links = await Promise.all(
    lab.system.gateways.map(({ url }, i) =>
      PlainLink.open(url, lab.world.users[1].token, {
        onEvent: (name, data) => data.room === gid && data.seq && heard[i].push(data),
        onDown: () => lab.wrong.push("a connection broke on an unreadable entry"),
      }),
    ),
  );
  return { heard, close: () => links.forEach((link) => ((link.onDown = () => {}), link.close())) };
}

async function until(lab, test) {
  for (const begun = lab.now(); !test() && lab.now() - begun < patienceMs; ) await lab.pause(50);
  return test();
}

const isUnreadable = ({ unreadable, text }) => unreadable === true && text === undefined;

/** What pages and lists say of the room, at each gateway. */
async function readAll(lab, gid, length) {
  const { token } = lab.world.users[1];
  for (const { url } of lab.system.gateways) {
    for (const query of ["raw=true&after=0", "after=0"]) {
      const { status, body } = await call(url, "GET", `/v1/rooms/${gid}/history?${query}&limit=100`, { token });
      const places = body?.events?.map(({ seq }) => seq).join();
      const wanted = Array.from({ length }, (_, i) => i + 1).join();
      if (places !== wanted) lab.wrong.push(`history?${query} at ${url} was answered ${status}, with ${places}`);
    }
    for (const path of ["/v1/rooms", `/v1/rooms/${gid}`, "/v1/search?q=readable"]) {
      const { status } = await call(url, "GET", path, { token });
      if (status !== 200) lab.wrong.push(`${path} was answered ${status} with unreadable entries in a room`);
    }
  }
}

async function rows(lab) {
  const { world, system } = lab;
  const gid = await createRoom(system.doors[0], world.owner, "spoilt", "private", [world.users[1]]);
  const { heard, close } = await listenTo(lab, gid);
  const say = async (text) => {
    const message = { token: world.owner.token, body: { text } };
    const { status } = await call(system.doors[0], "POST", `/v1/rooms/${gid}/messages`, message);
    if (status !== 201) lab.wrong.push(`a send after an unreadable entry was answered ${status}`);
  };
  const sizes = system.stores.map(({ child }) => child.residentBytes());
  const counted = await growth(system.stores, lab, storeCount, async () => {
    await say("readable before");
    for (const [, body] of badBodies) await insert(lab, gid, body);
    await say("readable after");
    const length = badBodies.length + 2;
    if (!(await until(lab, () => heard.every((events) => events.length >= length))))
      lab.wrong.push(`of ${length} entries ${heard.map((events) => events.length)} were heard at the gateways`);
    await readAll(lab, gid, length);
  });
  for (const events of heard) {
    const delivered = events.slice(1, 1 + badBodies.length).filter((event) => !isUnreadable(event));
    lab.wrong.push(...delivered.map(({ seq }) => `${badBodies[seq - 2]?.[0]} was delivered`));
    if (events.some(({ seq }, i) => seq !== i + 1)) lab.wrong.push("the unreadable entries left a hole");
  }
  const grown = system.stores.map(({ child }, i) => child.residentBytes() - sizes[i]);
  lab.wrong.push(...grown.filter((bytes) => bytes > mostGrowth).map((bytes) => `a store grew by ${bytes} bytes`));
  lab.notes.unreadable_counted = counted;
  if (counted >= badBodies.length) lab.fired += 1;
  close();
}

const rounds = [redisByHand, redisOnItsWay, grpcOnItsWay, rows];

export const corruptionRows = [
  {
    id: "X3",
    fault: "payloads, frames and rows are spoilt: flipped, cut off, too large, no objects",
    tests: ["D1", "D3", "D6", "D9"],
    rounds: rounds.length,
    fires: rounds.length,
    hold: 0,
    share: 0.1,
    isCalm: true,
    inject: async (lab) => {
      lab.wrong ??= [];
      await rounds[lab.windows.length - 1](lab);
    },
    extra: async (lab) => lab.wrong,
  },
];
