// Runs the *.test.js files of the current folder, or those named, one after the other:
//   node ../run.mjs [file...]
// `node --test` could do it, but for its options, which Node.js 18 does not have.
import { readdirSync } from "node:fs";
import { resolve } from "node:path";
import { run } from "node:test";
import { tap } from "node:test/reporters";

/** For a whole file; each waits for what it tests with a limit of its own, far below. */
const patience = 300_000;

const named = process.argv.slice(2);
const files = named.length > 0 ? named : readdirSync(".").filter((name) => name.endsWith(".test.js")).sort();
const tests = run({ files: files.map((name) => resolve(name)), concurrency: 1, timeout: patience });
tests.on("test:fail", () => {
  process.exitCode = 1;
});
tests.compose(tap).pipe(process.stdout);
