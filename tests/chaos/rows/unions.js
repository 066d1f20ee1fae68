// X: several faults at once, and upgrades.
import { faultRefusals } from "./processes.js";

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

/** Each service after the other ends cleanly and starts again. */
async function roll(lab, prepare = () => {}) {
  for (const service of lab.system.services) {
    const { code } = await service.child.stop();
    if (code !== 0) lab.unclean = [...(lab.unclean ?? []), `${service.name} ended with ${code}`];
    prepare(service);
    await service.child.start();
    lab.fired += 1;
    await lab.pause(300);
  }
}

const rolled = async (lab) => {
  lab.notes.refusals = faultRefusals(lab).length;
  return lab.unclean ?? [];
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
    needs: ({ oldBin }) => (oldBin ? null : "no programs of another version were given (--old-bin)"),
    own: ({ oldBin }) => ({ bin: oldBin }),
    inject: async (lab) => {
      const { bin } = lab.options;
      const renew = ({ child }) => {
        child.command = [child.command[0].replace(lab.system.bin, bin)];
      };
      for (const service of [lab.system.auth, lab.system.stores[0]]) {
        const { command } = service.child;
        renew(service);
        await service.run("migrate");
        service.child.command = command;
      }
      await roll(lab, renew);
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
