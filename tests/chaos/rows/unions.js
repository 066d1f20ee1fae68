// X: several faults at once, and upgrades.
import { call } from "../lab/rest.js";

const patienceMs = 5000; // For a call while its service is restarted.

/** Two faults that begin together: [begin, end] of each. */
const pairs = [
  {
    name: "Redis and PostgreSQL",
    begin: ({ system }) => Promise.all([system.redis.child.kill(), system.postgres.stopAtOnce()]),
    end: ({ system }) => Promise.all([system.redis.child.start(), system.postgres.child.start()]),
  },
  {
    name: "a gateway and Redis",
    begin: ({ system }) => Promise.all([system.gateways[0].child.kill(), system.redis.child.kill()]),
    end: ({ system }) => Promise.all([system.redis.child.start(), system.gateways[0].child.start()]),
  },
  {
    name: "a gateway's way to the stores, and auth",
    begin: ({ system }) => {
      for (const leg of system.legs(/^gateway-1-message-store/)) leg.blackhole();
      return system.auth.child.kill();
    },
    end: ({ system }) => {
      for (const leg of system.legs(/^gateway-1-message-store/)) leg.heal();
      return system.auth.child.start();
    },
  },
];

/** What any version serves, asked at both gateways, so that each pair of versions meets; what was wrong. */
async function failingCalls(lab, when) {
  const { owner, users, rooms } = lab.world;
  const [{ room }] = rooms;
  const name = () => `upgraded-${lab.random.below(1e9)}`;
  const calls = [
    [201, "POST", "/v1/users", () => ({ username: name(), password: "correct horse" })],
    [200, "POST", "/v1/login", () => ({ username: owner.username, password: "correct horse" })],
    [200, "GET", "/v1/rooms"],
    [200, "GET", `/v1/rooms/${room}`],
    [200, "GET", `/v1/rooms/${room}/history?limit=20`],
    [201, "POST", "/v1/rooms", () => ({ name: name(), members: [users[1].username] })],
  ];
  const wrong = [];
  for (const door of lab.system.doors) {
    for (const [wanted, method, path, body] of calls) {
      const status = await patiently(lab, () => call(door, method, path, { token: owner.token, body: body?.() }));
      if (status !== wanted) wrong.push(`after ${when}: ${method} ${path} at ${door} was answered ${status}`);
    }
  }
  return wrong;
}

/** The status; as clients do, asks again while it is 503: a store that was just restarted is not reached at once. */
async function patiently(lab, ask) {
  for (const begun = lab.now(); ; await lab.pause(200)) {
    const { status } = await ask();
    if (status !== 503 || lab.now() - begun > patienceMs) return status;
    lab.notes.unavailable_calls = (lab.notes.unavailable_calls ?? 0) + 1;
  }
}

/** Each service after the other ends cleanly and starts again. */
async function roll(lab, prepare = () => {}) {
  lab.wrong = [];
  for (const service of lab.system.services) {
    const { code } = await service.child.stop();
    if (code !== 0) lab.wrong.push(`${service.name} ended with ${code}`);
    prepare(service);
    await service.child.start();
    lab.fired += 1;
    await lab.pause(300);
    lab.wrong.push(...(await failingCalls(lab, service.name)));
  }
}

/** What the generator's clients deserve to hear at any time: too long, blank, of somebody who has left. */
const deserved = new Set(["text_too_long", "empty_text", "not_a_member"]);
/** What a store that is restarted explains; clients send again. */
const passing = new Set(["unavailable", "unknown_outcome"]);

const rolled = async (lab) => {
  const codes = {};
  for (const { code } of lab.during("nack")) codes[code] = (codes[code] ?? 0) + 1;
  lab.notes.refusals = codes;
  const strange = Object.keys(codes).filter((code) => !deserved.has(code) && !passing.has(code));
  return [...lab.wrong, ...strange.map((code) => `${codes[code]} sends were refused with ${code}`)];
};

export const unionRows = [
  {
    id: "X1",
    fault: "two faults together",
    tests: ["D1", "D2", "D3", "D4", "D5", "D6"],
    rounds: pairs.length,
    fires: pairs.length,
    hold: 2500,
    inject: async (lab) => {
      lab.pair = pairs[lab.fired];
      await lab.pair.begin(lab);
      lab.fired += 1;
    },
    heal: (lab) => lab.pair.end(lab),
  },
  {
    id: "X2",
    fault: "all services are upgraded, one by one",
    tests: ["D1", "D6"],
    hold: 500,
    fires: 5,
    needs: ({ oldBin }) => (oldBin ? null : "no older version to upgrade from was named (--old REVISION)"),
    own: ({ oldBin }) => ({ bin: oldBin, isOlder: true }),
    inject: async (lab) => {
      const { bin } = lab.options;
      for (const service of [lab.system.auth, lab.system.stores[0]]) {
        const { command, env } = service.child;
        service.upgrade(bin);
        await service.run("migrate");
        Object.assign(service.child, { command, env });
      }
      await roll(lab, (service) => service.upgrade(bin));
    },
    extra: rolled,
  },
  {
    id: "X4",
    fault: "all services are restarted, one by one",
    tests: ["D1", "D6"],
    hold: 500,
    fires: 5,
    inject: (lab) => roll(lab),
    extra: rolled,
  },
];
