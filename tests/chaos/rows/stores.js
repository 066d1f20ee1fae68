// S: message-stores.
import { killsAny, pausesAny } from "./processes.js";

const stores = (lab) => lab.system.stores;

export const storeRows = [
  {
    id: "S1",
    fault: "a message-store is killed, at any moment",
    tests: ["D1", "D2", "D9"],
    quick: true,
    ...killsAny(stores),
  },
  { id: "S2", fault: "a message-store stands still, and wakes", tests: ["D1", "D2", "D5"], ...pausesAny(stores, 8000) },
  {
    id: "S3",
    fault: "two message-stores append to the same rooms",
    tests: ["D3", "D4", "D5"],
    hold: 6000,
    // Each gateway takes another one for all rooms.
    own: { storeOrder: (gateway, addresses) => (gateway === "gateway-1" ? addresses : [...addresses].reverse()) },
    inject: async () => {},
    heal: async (lab) => {
      const stored = await Promise.all(
        lab.system.stores.map((store) => lab.system.metric([store], "confab_message_store_entries_stored_total")),
      );
      lab.notes.stored = stored;
      if (stored.every((count) => count > 0)) lab.fired = 1;
    },
  },
];
