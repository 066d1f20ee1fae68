// N: packets that are dropped, where the machine allows it. Unlike what the proxies of the other rows
// swallow, nobody confirms these: the kernel sends them again, ever more rarely.
import { cannotDrop, drop, dropNoMore } from "../lab/packets.js";

/** Whose packets to what are dropped, and which of them. */
const partings = [
  { leg: /^gateway-1-message-store/ },
  { leg: /^gateway-1-message-store/, ways: { to: false } },
  { leg: /^gateway-1-redis/ },
  { leg: /^message-store-1-postgres/ },
  { leg: /^message-store-1-(postgres|redis)/, ways: { from: false } },
  { leg: /^gateway-1-auth/ },
];

const portsOf = (lab, pattern) => lab.system.legs(pattern).map(({ port }) => port);

const heal = async (lab) => {
  const dropped = dropNoMore();
  lab.notes.dropped = (lab.notes.dropped ?? 0) + dropped;
  if (dropped > 0) lab.fired += 1;
};

export const packetRows = [
  {
    id: "N7",
    fault: "packets between two services are dropped, both ways and one way",
    tests: ["D1", "D2", "D5", "D9", "D10"],
    isSlow: true,
    rounds: partings.length,
    fires: partings.length,
    hold: 8000,
    needs: cannotDrop,
    inject: async (lab) => {
      const { leg, ways } = partings[lab.windows.length - 1];
      drop(portsOf(lab, leg), ways);
    },
    heal: async (lab) => {
      if (lab.during("ok").length === 0) lab.silent = [...(lab.silent ?? []), lab.windows.length];
      if (!(await lab.system.gateways[0].isReady())) lab.unready = true;
      await heal(lab);
    },
    cleanUp: async () => dropNoMore(),
    extra: async (lab) => [
      ...(lab.silent ?? []).map((round) => `nothing was acknowledged in round ${round}`),
      ...(lab.unready ? ["the gateway was not ready, though its clients are better kept"] : []),
    ],
  },
  {
    id: "N8",
    fault: "30 % of all packets are lost, of clients and between services",
    tests: ["D1", "D2", "D5", "D6", "D7"],
    hold: 8000,
    pace: 4,
    share: 0.1,
    needs: cannotDrop,
    inject: async (lab) => drop(portsOf(lab, /./), { percent: 30 }),
    heal,
    cleanUp: async () => dropNoMore(),
  },
];
