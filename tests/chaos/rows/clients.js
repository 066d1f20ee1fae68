// C: clients that are slow, greedy or hostile.
import { performance } from "node:perf_hooks";

import { PlainLink } from "../clients/plain_link.js";

const fatText = "x".repeat(15_000);
const fatMessages = 1600; // 24 MB: more than the kernel keeps for a socket.
const floodMessages = 2000;
const stormClients = 300;
const joins = 1;

const slowReaders = (lab) => lab.system.metric(lab.system.gateways, "confab_gateway_slow_readers_total");

function open(lab, gateway, user = 0, rooms = "none") {
  return PlainLink.open(gateway.url, lab.world.users[user].token, {
    onEvent: () => {},
    onDown: () => {},
    rooms: rooms ?? undefined,
  });
}

/** Sends by one client of the world, `count` messages at full speed. */
async function pour(lab, client, room, count, text) {
  for (let i = 0; i < count; i += 1) {
    client.send(room, { cmid: lab.random.uuid(), text: `${lab.random.uuid()} ${text}` });
    if (i % 40 === 39) while (client.openCount > 40) await lab.pause(5);
  }
  while (client.openCount > 0) await lab.pause(5);
}

/** Comes again after random pauses, as clients do that are told to; null when that takes too long. */
async function comeUntilLetIn(lab, gateway, i) {
  for (const begun = lab.now(); lab.now() - begun < 30_000; ) {
    const link = await open(lab, gateway, i % 4, null).catch(() => null);
    if (link) return link;
    await lab.pause(500 + lab.random.below(1500));
  }
  return null;
}

/** Positions that no good client asks with, and what may be answered: an error, or a reset. */
async function askNonsense(lab) {
  const link = await open(lab, lab.pick(lab.system.gateways), 3);
  const [own, , foreign] = lab.world.rooms.map(({ room }) => room);
  const strange = [
    { room: own, position: { epoch: 1, seq: 10 ** 9 } },
    { room: own, position: { epoch: 99, seq: 1 } },
    { room: own, position: { epoch: 0, seq: 0 } },
    { room: own, position: { epoch: 1, seq: -1 } },
    { room: own, position: { epoch: 1, seq: 2 ** 63 } },
    { room: own, position: { epoch: "1", seq: null } },
    { room: own, position: { epoch: 1, seq: 1.5 } },
    { room: own, position: [] },
    { room: own, position: "first" },
    { room: foreign, position: { epoch: 1, seq: 1 } },
    { room: foreign },
    { room: "nowhere1" },
    { room: 7 },
    {},
  ];
  for (const question of strange) {
    const answer = await link.ask("subscribe", question);
    lab.fired += 1;
    const isHarmless = !answer.ok || (question.room === own && (answer.reset === true || answer.events.length === 0));
    if (!isHarmless) lab.leaks.push(`subscribe ${JSON.stringify(question)} gave ${answer.events.length} events`);
  }
  link.close();
}

export const clientRows = [
  {
    id: "C1",
    fault: "a client stops reading in a busy room",
    tests: ["D6", "D10"],
    quick: true,
    hold: 500,
    pace: 4,
    isCalm: true,
    share: 0.1,
    inject: async (lab) => {
      const { clients, rooms } = lab.world;
      lab.slow = clients[4];
      lab.before = await slowReaders(lab);
      const sizes = lab.system.gateways.map(({ child }) => child.residentBytes());
      lab.slow.link.pause();
      await pour(lab, clients[0], rooms[2].room, fatMessages, fatText);
      lab.grown = lab.system.gateways.map(({ child }, i) => child.residentBytes() - sizes[i]);
    },
    heal: async (lab) => {
      lab.slow.link?.resume();
      await lab.pause(1500);
      lab.fired = (await slowReaders(lab)) - lab.before;
    },
    extra: async (lab) =>
      lab.grown.filter((bytes) => bytes > 32 * 2 ** 20).map((bytes) => `a gateway grew by ${bytes} bytes`),
  },
  {
    id: "C2",
    fault: "a client floods a room",
    tests: ["D7", "D10"],
    hold: 500,
    isTimely: true,
    inject: async (lab) => {
      const begun = performance.now();
      await pour(lab, lab.world.clients[0], lab.world.rooms[0].room, floodMessages, "");
      lab.notes.messages_per_second = Math.round(floodMessages / ((performance.now() - begun) / 1000));
      lab.fired = 1;
    },
  },
  {
    id: "C3",
    fault: "clients resume from foreign, future and senseless positions",
    tests: ["D6", "D8"],
    hold: 500,
    fires: 14,
    inject: async (lab) => {
      lab.leaks = [];
      await askNonsense(lab);
    },
    extra: async (lab) => lab.leaks,
  },
  {
    id: "C4",
    fault: `a gateway with ${stormClients} more clients is killed, and all come back to the other`,
    tests: ["D6", "D7"],
    hold: 500,
    pace: 2,
    inject: async (lab) => {
      const [first, second] = lab.system.gateways;
      const crowd = await Promise.all(Array.from({ length: stormClients }, (_, i) => open(lab, first, i % 4)));
      await first.child.kill();
      for (const link of crowd) link.kill();
      const begun = performance.now();
      const back = await Promise.all(
        crowd.map(async (_, i) => {
          await lab.pause(lab.random.below(500)); // Full jitter.
          return open(lab, second, i % 4).catch(() => null);
        }),
      );
      lab.notes.back_ms = Math.round(performance.now() - begun);
      lab.missing = back.filter((link) => link === null).length;
      for (const link of back) link?.close();
      lab.fired = 1;
    },
    heal: (lab) => lab.system.gateways[0].child.start(),
    extra: async (lab) => (lab.missing === 0 ? [] : [`${lab.missing} of ${stormClients} could not come back at once`]),
  },
  {
    id: "C5",
    fault: `${stormClients} clients come at once to a gateway that lets in ${joins} at a time`,
    tests: ["D6", "D10"],
    hold: 500,
    pace: 2,
    isTimely: true,
    own: { gateway: { MAX_JOINS: joins, LOOPS: 1 } },
    inject: async (lab) => {
      const gateway = lab.system.gateways[0];
      const begun = performance.now();
      const crowd = await Promise.all(Array.from({ length: stormClients }, (_, i) => comeUntilLetIn(lab, gateway, i)));
      lab.notes.all_in_ms = Math.round(performance.now() - begun);
      lab.missing = crowd.filter((link) => link === null).length;
      for (const link of crowd) link?.close();
      lab.fired = await lab.system.metric([gateway], "confab_gateway_shed_total", { reason: "joins" });
    },
    extra: async (lab) => (lab.missing === 0 ? [] : [`${lab.missing} of ${stormClients} were not let in`]),
  },
];
