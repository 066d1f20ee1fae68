// confabctl verify judges live installations by the same rules: it must find in each history with a
// seeded defect what this checker finds, as often.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, it } from "node:test";
import { fileURLToPath } from "node:url";

import { check } from "./check.js";
import { goodHistory } from "./good_history.js";
import { defects } from "./seeded_defects.js";

const bin = process.env.CONFAB_BIN_DIR ?? fileURLToPath(new URL("../../../build/release/bin", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "confab-checker-"));
after(() => rmSync(folder, { recursive: true }));

/** { code, report } of the program for a history. */
async function judged(history, name) {
  const [path, report] = [join(folder, `${name}.json`), join(folder, `${name}-report.json`)];
  writeFileSync(path, JSON.stringify(history));
  const code = await new Promise((resolve, reject) =>
    execFile(join(bin, "confabctl"), ["verify", "--judge", path, "--json", report], (error) =>
      typeof (error?.code ?? 0) === "number" ? resolve(error?.code ?? 0) : reject(error),
    ),
  );
  return { code, report: JSON.parse(readFileSync(report, "utf8")) };
}

const sorted = (counts) => Object.fromEntries(Object.entries(counts).sort());

it("the installed checker passes a good history and counts it alike", async () => {
  const { code, report } = await judged(goodHistory(), "good");
  assert.equal(code, 0);
  assert.equal(report.verdict, "passed");
  const { figures } = check(goodHistory());
  for (const name of ["sends", "acknowledged", "refusals", "deliveries", "resets", "breaks"]) {
    assert.equal(report.figures[name], figures[name], name);
  }
  assert.deepEqual(report.figures.delay_ms, figures.delay_ms);
});

defects.forEach(({ code, what, seed }, i) =>
  it(`the installed checker finds ${code} as often when ${what}`, async () => {
    const history = goodHistory();
    seed(history);
    history.events.sort((a, b) => a.t - b.t);
    const judgement = await judged(history, `defect-${i}`);
    const { counts } = check(history);
    assert.deepEqual(sorted(judgement.report.counts), sorted(counts));
    assert.equal(judgement.code, Object.keys(counts).every((found) => found === "VACUOUS") ? 2 : 1);
  }),
);

it("the installed checker refuses what is no history", async () => {
  const path = join(folder, "none.json");
  writeFileSync(path, "{}");
  const code = await new Promise((resolve) =>
    execFile(join(bin, "confabctl"), ["verify", "--judge", path], (error) => resolve(error?.code ?? 0)),
  );
  assert.equal(code, 2);
});
