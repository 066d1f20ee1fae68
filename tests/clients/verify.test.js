// confabctl verify, as an operator runs it against an installation that people use.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";

import { call, signUp } from "./lib/rest.js";
import { gateways } from "./lib/system.js";

/** { code, stdout, stderr } */
const verify = (...words) =>
  new Promise((resolve) => {
    execFile("confabctl", ["verify", ...words], (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, stdout, stderr }));
  });

describe("confabctl verify", () => {
  let folder, report, history, run;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "confab-verify-"));
    const [reportFile, historyFile] = [join(folder, "report.json"), join(folder, "history.json")];
    run = await verify("--gateway", gateways.join(","), "--for=6s", "--users=4", "--rooms=2", "--rate=20",
      `--json=${reportFile}`, `--history=${historyFile}`);
    assert.ok(run.code === 0, `${run.code} ${run.stdout} ${run.stderr}`);
    report = JSON.parse(await readFile(reportFile, "utf8"));
    history = JSON.parse(await readFile(historyFile, "utf8"));
  });
  after(() => rm(folder, { recursive: true }));

  it("says that the promises were kept, and on what grounds", () => {
    assert.match(run.stdout, /^passed: \d+ of \d+ messages acknowledged/);
    assert.equal(report.verdict, "passed");
    assert.deepEqual(report.violations, []);
    assert.ok(report.figures.acknowledged >= 20 && report.figures.deliveries >= 60, JSON.stringify(report.figures));
    assert.ok(report.figures.breaks >= 1, "nobody moved to another gateway");
  });

  it("has compared the logs of all gateways", () => {
    assert.deepEqual(Object.keys(history.logs).sort(), [...gateways].sort());
    for (const { room } of history.rooms) assert.ok(history.logs[gateways[0]][room].length > 5);
  });

  it("judges the history it kept as it did before, and one with a fault otherwise", async () => {
    const file = join(folder, "history.json");
    assert.equal((await verify("--judge", file)).code, 0);
    const [{ room }] = history.rooms;
    history.logs[gateways[1]][room].pop();
    await writeFile(file, JSON.stringify(history));
    const judged = await verify("--judge", file);
    assert.equal(judged.code, 1);
    assert.match(judged.stdout, /DIVERGENT \(D3/);
  });

  it("leaves no accounts behind", async () => {
    const names = history.events.filter(({ kind }) => kind === "client").map(({ client }) => client.split("/")[0]);
    assert.equal(names.length, 4);
    const { token } = await signUp(gateways[0]);
    for (const name of names) {
      const { status } = await call(gateways[0], "GET", `/v1/users/${name}`, { token });
      assert.equal(status, 404, name);
    }
  });

  it("names the rooms that stay", () => {
    const [, gids] = /what stays are the rooms, archived.*: (.*)/.exec(run.stderr);
    assert.deepEqual(gids.split(" ").sort(), history.rooms.map(({ room }) => room).sort());
  });

  it("ends with 2 when nobody is there, and says who was not", async () => {
    const away = await verify("--gateway", "http://127.0.0.1:1", "--for=5s");
    assert.equal(away.code, 2);
    assert.match(away.stderr, /127\.0\.0\.1:1/);
    assert.equal((await verify("--for=5s")).code, 2);
  });
});
