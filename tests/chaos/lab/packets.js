// Packets that do not arrive, by nftables. Only in a network namespace of the laboratory's own, which
// deploy/dev/chaos.sh makes where it can: rules there touch nothing else of the machine.
import { spawnSync } from "node:child_process";

const table = "inet confab_lab";

/** Runs nft with `rules` as its input; what it printed. */
function nft(words, rules = "") {
  const { status, stdout, stderr, error } = spawnSync("nft", words, { input: rules, encoding: "utf8" });
  if (status !== 0) throw new Error(`nft failed: ${error?.message ?? stderr.trim()}`);
  return stdout;
}

/** Why no packets can be dropped here, or null. Started in another way than ./dev chaos it cannot. */
export function cannotDrop() {
  const told = process.env.CONFAB_CHAOS_NAMESPACE ?? "the laboratory was not started by ./dev chaos";
  return told === "own" ? null : told;
}

/**
 * Drops what goes to the TCP ports (`to`), what comes from them (`from`), or both; all of it, or
 * `percent` of it at random. Adds to what is dropped already.
 */
export function drop(ports, { to = true, from = true, percent = 100 } = {}) {
  const chance = percent < 100 ? `numgen random mod 100 < ${percent} ` : "";
  const list = `{ ${ports.join(", ")} }`;
  const ways = [to && "dport", from && "sport"].filter(Boolean);
  // At the input: at the output the sender would be told.
  const rules = ways.map((way) => `add rule ${table} input tcp ${way} ${list} ${chance}counter drop`);
  const chain = `add chain ${table} input { type filter hook input priority 0; }`;
  nft(["-f", "-"], [`add table ${table}`, chain, ...rules, ""].join("\n"));
}

/** Lets everything through again; how many packets were dropped. */
export function dropNoMore() {
  const chain = JSON.parse(nft(["-j", "list", "ruleset"]));
  const counters = chain.nftables.flatMap(({ rule }) => rule?.expr.flatMap(({ counter }) => counter ?? []) ?? []);
  nft(["flush", "ruleset"]);
  return counters.reduce((sum, { packets }) => sum + packets, 0);
}
