// N: the network, by the laboratory's proxies.
import { PlainLink } from "../clients/plain_link.js";
import { Proxy } from "../lab/proxy.js";

const toStores = /^gateway-1-message-store/;
const guests = 5;

/** Asks until `test` holds of the number of plain connections, for 3 s; that number. */
async function plainOpenWhen(lab, test) {
  let open = await plainOpen(lab);
  for (let i = 0; i < 30 && !test(open); i += 1) {
    await lab.pause(100);
    open = await plainOpen(lab);
  }
  return open;
}

const plainOpen = (lab) =>
  lab.system.metric([lab.system.gateways[0]], "confab_gateway_plain_connections", { state: "open" });

function cutsOff(ways) {
  return {
    hold: 8000,
    inject: async (lab) => {
      for (const leg of lab.system.legs(toStores)) leg.blackhole(ways);
      await lab.pause(1000);
      lab.fired = lab.system.legs(toStores).filter((leg) => leg.up.blackhole || leg.down.blackhole).length;
      lab.isReady = await lab.system.gateways[0].isReady();
    },
    heal: async (lab) => {
      lab.acked = lab.recorder.events.filter(({ kind, t }) => kind === "ok" && t > lab.windows[0].from + 1000).length;
      for (const leg of lab.system.legs(toStores)) leg.heal();
    },
    extra: async (lab) => [
      ...(lab.isReady ? [] : ["the gateway was not ready, though its clients are better kept"]),
      ...(lab.acked > 0 ? [] : ["nothing was acknowledged at the other gateway either"]),
    ],
  };
}

export const networkRows = [
  {
    id: "N1",
    fault: "a gateway and the message-stores are parted",
    tests: ["D1", "D9", "D10"],
    quick: true,
    ...cutsOff({}),
  },
  {
    id: "N2",
    fault: "a gateway hears nothing from the message-stores",
    tests: ["D1", "D9"],
    ...cutsOff({ up: false }),
  },
  {
    id: "N3",
    fault: "clients vanish without a word",
    tests: ["D10"],
    hold: 16_000,
    inject: async (lab) => {
      // Nobody moves in this row; the gauge may still count those of the row before.
      const stay = lab.world.clients.filter(
        ({ Link, gateway }) => Link === PlainLink && gateway === lab.system.doors[0],
      );
      lab.before = await plainOpenWhen(lab, (open) => open === stay.length);
      const proxy = await Proxy.to(lab.system.gateways[0].port);
      const { token } = lab.world.owner;
      const nothing = { onEvent: () => {}, onDown: () => {}, rooms: "none" };
      lab.guests = await Promise.all(
        Array.from({ length: guests }, () => PlainLink.open(`http://127.0.0.1:${proxy.port}`, token, nothing)),
      );
      lab.vanished = proxy;
      lab.with = await plainOpenWhen(lab, (open) => open >= lab.before + guests);
      proxy.blackhole();
      for (const guest of lab.guests) guest.kill();
      lab.fired = lab.with - lab.before;
    },
    heal: async (lab) => {
      lab.after = await plainOpenWhen(lab, (open) => open <= lab.before);
      lab.vanished.stop();
    },
    isCalm: true,
    extra: async (lab) =>
      lab.after <= lab.before ? [] : [`${lab.after - lab.before} of ${guests} connections were still open`],
  },
  {
    id: "N4",
    fault: "clients have 500 ms of latency and 64 kbit/s",
    tests: ["D5", "D6", "D7"],
    hold: 8000,
    pace: 4,
    share: 0.1,
    inject: async (lab) => {
      lab.leg = lab.system.proxies["clients-gateway-1"];
      lab.leg.slow(250, 8000);
      lab.fired = lab.leg.connections;
    },
    heal: async (lab) => lab.leg.heal(),
  },
  {
    id: "N6",
    fault: "a proxy closes all connections of clients",
    tests: ["D6", "D7"],
    hold: 300,
    rounds: 3,
    fires: 3,
    inject: async (lab) => {
      const doors = lab.system.legs(/^clients-/);
      if (doors.some(({ connections }) => connections > 0)) lab.fired += 1;
      for (const door of doors) door.cut();
    },
  },
];
