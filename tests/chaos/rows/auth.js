// A: auth.
import { PlainLink } from "../clients/plain_link.js";
import { call, signUp } from "../lab/rest.js";
import { isStopped } from "./processes.js";

const keyOverlapMs = 66_000; // A new key is used 60 s after it was made.

/** Whether a new connection with the token is taken at each gateway: the names of those that refuse. */
async function refusing(lab, token) {
  const results = await Promise.all(
    lab.system.gateways.map(async ({ name, url }) => {
      try {
        (await PlainLink.open(url, token, { onEvent: () => {}, onDown: () => {} })).close();
        return null;
      } catch (error) {
        return `${name}: ${error.message}`;
      }
    }),
  );
  return results.filter((result) => result !== null);
}

export const authRows = [
  {
    id: "A1",
    fault: "auth is killed, then stands still",
    tests: ["D10"],
    quick: { rounds: 1, fires: 1 },
    isCalm: true,
    rounds: 2,
    hold: 2500,
    fires: 2,
    inject: async (lab) => {
      const { child } = lab.system.auth;
      if (lab.fired === 0) await child.kill();
      else child.signal("SIGSTOP");
      await lab.pause(20);
      if (!child.isRunning || isStopped(child.pid)) lab.fired += 1;
      lab.refusals = [...(lab.refusals ?? []), ...(await refusing(lab, lab.world.owner.token))];
      const body = { username: lab.world.owner.username, password: "correct horse" };
      const { status } = await call(lab.system.doors[0], "POST", "/v1/login", { body });
      lab.logins = [...(lab.logins ?? []), status];
    },
    heal: async (lab) => {
      lab.downs = [
        ...(lab.downs ?? []),
        ...lab.recorder.events.filter(({ kind, t }) => kind === "down" && t >= lab.windows.at(-1).from),
      ];
      lab.system.auth.child.signal("SIGCONT");
      await lab.system.auth.child.start();
      await lab.system.auth.child.ready();
    },
    extra: async (lab) => {
      lab.notes.logins = lab.logins;
      return [
        ...lab.refusals.map((refusal) => `a valid token was refused by ${refusal}`),
        ...lab.downs.map(({ client, why }) => `the connection of ${client} broke: ${why}`),
        ...lab.logins.filter((status) => status !== 503).map((status) => `a login was answered ${status}, not 503`),
      ];
    },
  },
  {
    id: "A2",
    fault: "auth's keys are rotated under load",
    tests: ["D10"],
    hold: keyOverlapMs,
    pace: 4,
    isSlow: true,
    inject: async (lab) => {
      await lab.system.auth.run("rotate-key");
      lab.fired = 1;
    },
    heal: async (lab) => {
      lab.kids = new Set();
      const late = await signUp(lab.system.doors[0], `${lab.world.owner.username}-late`);
      for (const { token } of [lab.world.owner, late]) {
        lab.kids.add(JSON.parse(Buffer.from(token.split(".")[0], "base64url")).kid);
        lab.refusals = [...(lab.refusals ?? []), ...(await refusing(lab, token))];
      }
    },
    extra: async (lab) => [
      ...(lab.kids.size === 2 ? [] : ["the new key is not used"]),
      ...lab.refusals.map((refusal) => `a token of the old or the new key was refused by ${refusal}`),
      ...lab.recorder.events
        .filter(({ kind, why }) => kind === "down" && why === "4000")
        .map(({ client }) => `${client} was thrown out`),
    ],
  },
];
