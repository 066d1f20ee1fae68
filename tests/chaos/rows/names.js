// N5: names. The services of this row are given names instead of addresses, and ask a name server of
// the laboratory's.
import { cannotName } from "../lab/name_space.js";

/** What is broken while names cannot be resolved: one connection of each kind. */
const broken = [
  "gateway-1-redis",
  "gateway-1-auth",
  "gateway-1-message-store-1",
  "message-store-1-redis",
  "message-store-1-postgres",
  "auth-postgres",
];
/** Of these gRPC goes on with the addresses it had; the others need the name. */
const keepsAddress = /^gateway-1-(auth|message-store-1)$/;
const quietMs = 1500; // Of a fault, before anything breaks.
const backMs = 5000; // Within which everything is connected again.
const returnMs = 20_000; // A gateway goes back to a store that it has done without after 10 s.
const elsewhere = "127.0.0.2";
/** Long enough for a client that waits longer after each failure to be far behind. */
const longMs = 17_000;

const refused = (lab, from) =>
  lab.recorder.events.filter(({ kind, final, t }) => kind === "nack" && !final && t >= from).length;
const acked = (lab, from) => lab.recorder.events.filter(({ kind, t }) => kind === "ok" && t >= from).length;

/** Those of the legs without a connection, once there is none or the time is over. */
async function missing(lab, names, patienceMs) {
  const { proxies } = lab.system;
  for (const begun = lab.now(); ; await lab.pause(20)) {
    const away = names.filter((name) => proxies[name].connections === 0);
    if (away.length === 0 || lab.now() - begun > patienceMs) return away;
  }
}

/** Nobody hears of a name any more; what is there goes on, and what breaks does not come back. */
async function withoutNames(lab, mode) {
  const { resolver, proxies } = lab.system;
  resolver.mode = mode;
  const from = lab.now();
  await lab.pause(quietMs);
  if (acked(lab, from) === 0) lab.wrong.push(`${mode}: nothing was acknowledged over what was there`);
  if (refused(lab, from) > 0) lab.wrong.push(`${mode}: ${refused(lab, from)} sends were refused, though nothing broke`);
  resolver.asked = [];
  for (const name of broken) proxies[name].cut();
}

/** Begins one in the dark: a gateway that never knew an address. */
async function beginAnew(gateway) {
  await gateway.child.kill();
  gateway.child.spawn();
}

async function namesAreBack(lab) {
  const { resolver, proxies, gateways } = lab.system;
  const still = broken.filter((name) => !keepsAddress.test(name) && proxies[name].connections > 0);
  if (still.length > 0) lab.wrong.push(`${resolver.mode}: ${still} came back without a name`);
  else if (resolver.asked.length > 0) lab.fired += 1;
  resolver.mode = "answering";
  const begun = lab.now();
  const away = await missing(lab, broken, backMs);
  lab.wrong.push(...away.map((name) => `${lab.round}: ${name} was not connected ${backMs} ms after names were back`));
  await gateways[1].child.ready(backMs).catch((error) => lab.wrong.push(error.message));
  lab.notes.back_ms = [...(lab.notes.back_ms ?? []), Math.round(lab.now() - begun)];
}

/** A message-store is gone, its name too; then all of them but gateways are elsewhere. */
async function storeIsGone(lab) {
  const { system } = lab;
  system.resolver.set("message-store-1");
  for (const leg of system.legs(/-message-store-1$/)) leg.refuse();
  await lab.pause(2000);
}

async function allHaveMoved(lab) {
  const { system } = lab;
  for (const leg of system.legs(/-message-store-1$/)) leg.heal();
  for (const name of ["message-store-1", "redis", "auth", "postgres"]) await system.move(name, elsewhere);
  const begun = lab.now();
  const late = await missing(lab, broken, returnMs);
  if (late.length === 0) lab.fired += 1; // Nothing is at the old one any more.
  lab.wrong.push(...late.map((name) => `${name} did not follow to another address`));
  lab.notes.followed_ms = Math.round(lab.now() - begun);
}

const rounds = [
  { mode: "servfail" },
  { mode: "nxdomain" },
  { mode: "empty" },
  { mode: "silent", ms: longMs, isDark: true },
  { mode: "moved" },
];

export const nameRows = [
  {
    id: "N5",
    fault: "names are not resolved, and come back with other addresses",
    tests: ["D7", "D10"],
    needs: cannotName,
    own: { hasNames: true },
    isSlow: true,
    isCalm: true,
    // Who asked for no rooms, and enters one by another device while Redis is away, is not told.
    keepsMembers: true,
    rounds: rounds.length,
    fires: rounds.length,
    hold: 0,
    share: 0.1,
    prepare: async (lab) => {
      lab.wrong = [];
      await missing(lab, broken, backMs);
    },
    inject: async (lab) => {
      const { mode, ms = 3000, isDark } = rounds[lab.windows.length - 1];
      lab.round = mode;
      if (mode === "moved") return storeIsGone(lab);
      await withoutNames(lab, mode);
      if (isDark) await beginAnew(lab.system.gateways[1]);
      await lab.pause(ms);
    },
    heal: (lab) => (lab.round === "moved" ? allHaveMoved(lab) : namesAreBack(lab)),
    extra: async (lab) => lab.wrong,
  },
];
