// R: Redis. While it is away or lies, delivery goes on by comparing heads: the bound for what is seen
// late holds during these faults as well (isTimely).
import { readFileSync } from "node:fs";

import { RedisServer } from "../lab/redis.js";
import { flipped } from "./forgeries.js";
import { isStopped } from "./processes.js";

const share = (list, part) => [...list].sort((a, b) => a - b)[Math.floor(list.length * part)] ?? 0;

/** Times from a send's first attempt to its first ack, of those sent between. */
function ackTimes(lab, from, to) {
  const sent = new Map();
  for (const { kind, cmid, t } of lab.recorder.events) if (kind === "inv" && t >= from && t < to) sent.set(cmid, t);
  const times = [];
  for (const { kind, cmid, t } of lab.recorder.events) {
    if (kind !== "ok" || !sent.has(cmid)) continue;
    times.push(t - sent.get(cmid));
    sent.delete(cmid); // A repeat's ack tells nothing.
  }
  return times;
}

const ackedMeanwhile = (lab) => (lab.during("ok").length > 0 ? [] : ["nothing was acknowledged meanwhile"]);

/** How often it closed a connection whose output it could not get rid of. */
const dropped = (redis) => readFileSync(redis.child.log, "utf8").match(/output buffer limits/g)?.length ?? 0;

/** What a broken or hostile publisher makes of a payload: [channel, payload]. */
function forgeries(lab, channel, payload, seen) {
  const others = [...seen.keys()].filter((other) => other !== channel);
  return [
    [channel, payload],
    [channel, flipped(payload, lab.random)],
    [channel, payload.subarray(0, payload.length / 2)],
    [channel, Buffer.from("no protobuf at all")],
    [channel, Buffer.alloc(0)],
    [channel, seen.get(channel)[0]],
    ...(others.length > 0 ? [[lab.random.pick(others), payload]] : []),
  ];
}

/** Asks until `test` holds of the number of event loops that know to be deaf, for 25 s; that number. */
async function countDeaf(lab, test) {
  const begun = lab.now();
  for (;;) {
    const count = await lab.system.metric(lab.system.gateways, "confab_gateway_redis_deaf");
    if (test(count) || lab.now() - begun > 25_000) return count;
    await lab.pause(250);
  }
}

export const redisRows = [
  {
    id: "R1",
    fault: "Redis is killed and started again",
    tests: ["D1", "D6", "D7", "D10"],
    quick: true,
    isTimely: true,
    hold: 4000,
    inject: async (lab) => {
      if ((await lab.system.redis.child.kill()).signal === "SIGKILL") lab.fired = 1;
    },
    heal: (lab) => lab.system.redis.child.start(),
    extra: async (lab) => ackedMeanwhile(lab),
  },
  {
    id: "R2",
    fault: "Redis stands still for 10 s",
    tests: ["D7", "D10"],
    quick: { hold: 5000 },
    isTimely: true,
    hold: 10_000,
    inject: async (lab) => {
      const { child } = lab.system.redis;
      child.signal("SIGSTOP");
      await lab.pause(20);
      if (isStopped(child.pid)) lab.fired = 1;
    },
    heal: async (lab) => lab.system.redis.child.signal("SIGCONT"),
    extra: async (lab) => {
      const { from, to } = lab.windows[0];
      const p99 = share(ackTimes(lab, from, to), 0.99);
      lab.notes.ack_p99_ms = { before: Math.round(share(ackTimes(lab, 0, from), 0.99)), meanwhile: Math.round(p99) };
      return [...ackedMeanwhile(lab), ...(p99 < 1000 ? [] : [`acks waited for Redis: p99 ${Math.round(p99)} ms`])];
    },
  },
  {
    id: "R3",
    fault: "everything in Redis is deleted",
    tests: ["D1", "D6"],
    quick: true,
    isTimely: true,
    hold: 500,
    rounds: 3,
    fires: 3,
    inject: async (lab) => {
      if ((await lab.system.redis.command("FLUSHALL")) === "OK") lab.fired += 1;
    },
  },
  {
    id: "R4",
    fault: "Redis fails over to a replica",
    tests: ["D6", "D7"],
    isTimely: true,
    hold: 3000,
    prepare: async (lab) => {
      const { system } = lab;
      lab.replica = await RedisServer.make({ name: "redis-replica", folder: system.data, logs: system.logs });
      await lab.replica.child.start();
      await lab.replica.command("REPLICAOF", "127.0.0.1", String(system.redis.port));
    },
    inject: async (lab) => {
      lab.followed = Object.keys(await lab.system.redis.listeners());
      await lab.system.redis.child.kill();
      if ((await lab.replica.command("REPLICAOF", "NO", "ONE")) === "OK") lab.fired = 1;
      for (const leg of lab.system.legs(/-redis$/)) leg.target = lab.replica.port;
      for (const leg of lab.system.legs(/-redis$/)) leg.cut();
    },
    extra: async (lab) => {
      const now = await lab.replica.listeners();
      return lab.followed
        .filter((channel) => !now[channel])
        .map((channel) => `nobody listens to ${channel} at the new primary`);
    },
    cleanUp: async (lab) => {
      for (const leg of lab.system.legs(/-redis$/)) leg.target = lab.system.redis.port;
      await lab.system.redis.child.start();
      await lab.replica?.child.kill();
    },
  },
  {
    id: "R5",
    fault: "Redis drops a gateway that reads too slowly",
    tests: ["D6", "D7"],
    isTimely: true,
    hold: 3000,
    inject: async (lab) => {
      const { redis, proxies } = lab.system;
      const before = dropped(redis);
      await redis.command("CONFIG", "SET", "client-output-buffer-limit", "pubsub 262144 131072 1");
      proxies["gateway-1-redis"].stall();
      const noise = Buffer.alloc(64 * 1024, "x");
      for (let i = 0; i < 300; i += 1) await redis.command("PUBLISH", "confab:users:0", noise);
      lab.fired = dropped(redis) - before;
    },
    heal: async (lab) => {
      lab.system.proxies["gateway-1-redis"].heal();
      await lab.system.redis.command("CONFIG", "SET", "client-output-buffer-limit", "pubsub 33554432 8388608 60");
    },
  },
  {
    id: "R6",
    fault: "one gateway cannot reach Redis, the other can",
    tests: ["D7", "D10"],
    isTimely: true,
    hold: 6000,
    inject: async (lab) => {
      lab.system.proxies["gateway-1-redis"].refuse();
      for (let i = 0; i < 30 && lab.fired === 0; i += 1) {
        await lab.pause(100);
        if ((await lab.system.metric([lab.system.gateways[0]], "confab_gateway_redis_up")) === 0) lab.fired = 1;
      }
    },
    heal: async (lab) => lab.system.proxies["gateway-1-redis"].heal(),
  },
  {
    id: "R8",
    fault: "Redis allows nobody to listen any more, and goes on to answer",
    tests: ["D6", "D7", "D10"],
    isTimely: true,
    hold: 1000,
    isSlow: true,
    inject: async (lab) => {
      await lab.system.redis.command("ACL", "SETUSER", "default", "resetchannels");
      lab.fired = await countDeaf(lab, (count) => count >= lab.system.gateways.length);
      lab.wereReady = (await Promise.all(lab.system.gateways.map((gateway) => gateway.isReady()))).every(Boolean);
    },
    fires: 2,
    heal: (lab) => lab.system.redis.command("ACL", "SETUSER", "default", "allchannels"),
    cleanUp: (lab) => lab.system.redis.command("ACL", "SETUSER", "default", "allchannels").catch(() => {}),
    extra: async (lab) => {
      const still = await countDeaf(lab, (count) => count === 0);
      return [
        ...ackedMeanwhile(lab),
        ...(lab.wereReady ? [] : ["a gateway was not ready for want of Redis"]),
        ...(still === 0 ? [] : ["a gateway did not find that it may listen again"]),
      ];
    },
  },
  {
    id: "R7",
    fault: "payloads in Redis are repeated, reordered, corrupt and foreign",
    tests: ["D3", "D6"],
    isTimely: true,
    hold: 3000,
    fires: 20,
    inject: async (lab) => {
      const { redis } = lab.system;
      const seen = new Map();
      const forged = new Set();
      lab.ear = await redis.listen("confab:*", (channel, payload) => {
        if (forged.delete(`${channel} ${payload.toString("base64")}`)) return;
        seen.set(channel, [...(seen.get(channel) ?? []), payload].slice(-50));
        if (!channel.startsWith("confab:room:") || lab.random.chance(0.5)) return;
        for (const [target, bytes] of forgeries(lab, channel, payload, seen)) {
          forged.add(`${target} ${bytes.toString("base64")}`);
          redis.command("PUBLISH", target, bytes).then(
            () => {
              lab.fired += 1;
            },
            () => {},
          );
        }
      });
      lab.refusedBefore = await lab.system.metric(lab.system.gateways, "confab_gateway_feed_payloads_refused_total");
    },
    heal: async (lab) => lab.ear.stop(),
    extra: async (lab) => {
      const refused = await lab.system.metric(lab.system.gateways, "confab_gateway_feed_payloads_refused_total");
      lab.notes.refused = refused - lab.refusedBefore;
      return lab.notes.refused > 0 ? [] : ["no gateway counted a bad payload"];
    },
  },
];
