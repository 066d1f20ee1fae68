// What several rows do to processes.
import { readFileSync } from "node:fs";

/** Whether it stands still, by the kernel. */
export function isStopped(pid) {
  return /^State:\s+T/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
}

/** Kills any of `services(lab)` as often as the row has rounds, and starts it again. */
export const killsAny = (services, { rounds = 3, hold = 800 } = {}) => ({
  rounds,
  hold,
  inject: async (lab) => {
    lab.victim = lab.pick(services(lab)).child;
    const { signal } = await lab.victim.kill();
    if (signal === "SIGKILL") lab.fired += 1;
  },
  heal: (lab) => lab.victim.start(),
  fires: rounds,
});

/** Stops any of `services(lab)` for `hold` ms, and lets it go on. */
export const pausesAny = (services, hold) => ({
  hold,
  inject: async (lab) => {
    lab.victim = lab.pick(services(lab)).child;
    lab.victim.signal("SIGSTOP");
    await lab.pause(20);
    if (isStopped(lab.victim.pid)) lab.fired += 1;
  },
  heal: async (lab) => lab.victim.signal("SIGCONT"),
});

/** Refusals that a client does not bring on itself. */
export const faultRefusals = (lab) => lab.during("nack").filter(({ final }) => !final);
