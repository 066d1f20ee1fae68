// The fault matrix: one table of all rows. A row is
//   id, fault   its name, and what happens
//   tests       the promises of docs/contract.md that it tests most
//   inject(lab), heal(lab)   begin and end the fault; `lab.fired` counts how often it really was there
//   prepare(lab), cleanUp(lab)   before the clients connect; after everything
//   extra(lab)  resolves with what else is wrong, as sentences
//   rounds, hold   how often the fault comes (1), and for how many ms
//   fires       the least of lab.fired (1)
//   isTimely    what is seen may not be late during the fault either
//   isCalm      the clients break no connections themselves
//   keepsMembers   nobody leaves a room
//   pace, share   the clients are so many times slower; the share of the usual acks that is enough
//   own         options of a system of its own; the others share one
//   needs()     why this machine cannot do it, or null
//   notBuilt    what the product or the laboratory lacks for it
//   quick       it is in the quick set; an object changes the row for it
//   isSlow      it takes more than a minute
import { authRows } from "./auth.js";
import { clientRows } from "./clients.js";
import { clockRows } from "./clocks.js";
import { corruptionRows } from "./corruption.js";
import { failpointRows } from "./failpoints.js";
import { failoverRows } from "./failover.js";
import { gatewayRows } from "./gateways.js";
import { nameRows } from "./names.js";
import { networkRows } from "./network.js";
import { packetRows } from "./packets.js";
import { postgresRows } from "./postgres.js";
import { redisRows } from "./redis.js";
import { restoreRows } from "./restore.js";
import { storeRows } from "./stores.js";
import { unionRows } from "./unions.js";

const control = {
  id: "control",
  fault: "none",
  tests: ["D1", "D2", "D3", "D4", "D5", "D6", "D7", "D8", "D9"],
  isTimely: true,
  hold: 4000,
  inject: async (lab) => {
    lab.fired = 1;
  },
};

export const rows = [
  control,
  ...gatewayRows,
  ...storeRows,
  ...authRows,
  ...redisRows,
  ...postgresRows,
  ...restoreRows,
  ...failoverRows,
  ...networkRows,
  ...packetRows,
  ...nameRows,
  ...clientRows,
  ...clockRows,
  ...unionRows,
  ...corruptionRows,
  ...failpointRows,
];
