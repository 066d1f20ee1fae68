// ./dev chaos; deploy/dev/chaos.sh tells its options.
import { readArguments } from "./lab/arguments.js";
import { Random } from "./lab/random.js";
import { heading, legend, rowText, tally, writeReport } from "./lab/report.js";
import { Session } from "./lab/session.js";
import { rows as table } from "./rows/table.js";

/** Rows with their seeds: all once, or random ones until the time is over. */
function* schedule({ rows, forMs, seed }) {
  if (!forMs) {
    for (const row of rows) yield { row, seed };
    return;
  }
  const random = new Random(seed);
  const runnable = rows.filter((row) => !row.notBuilt);
  const end = performance.now() + forMs;
  for (let i = 1; performance.now() < end; i += 1) yield { row: random.pick(runnable), seed: `${seed}-${i}` };
}

function list(rows) {
  for (const { id, fault, quick, notBuilt } of rows) {
    const remarks = [quick && "quick", notBuilt && `not built: ${notBuilt}`].filter(Boolean).join("; ");
    console.log(`${id.padEnd(8)} ${fault}${remarks && ` (${remarks})`}`);
  }
}

async function main(settings) {
  if (settings.isList) return list(settings.rows);
  const session = new Session({ bin: settings.bin, out: settings.out, options: settings });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.once(signal, () => session.stop().finally(() => process.exit(130)));
  }
  const reports = [];
  console.log(`seed ${settings.seed}\n${heading()}`);
  for (const { row, seed } of schedule(settings)) {
    const { history, ...report } = await session.run(row, seed);
    reports.push(report);
    console.log(rowText(report));
    if (report.kept) console.log(`  kept in ${report.kept}`);
    writeReport(settings.out, { seed: settings.seed, reports });
  }
  await session.stop();
  console.log(`${tally(reports)}; ${legend}\n${settings.out}/report.json has all of it`);
  process.exitCode = reports.some(({ result }) => result === "FAILED") ? 1 : 0;
}

try {
  const settings = readArguments(process.argv.slice(2), table);
  await main(settings);
} catch (error) {
  console.error(`error: ${error.message}\nfix:   ./dev chaos --help`);
  process.exitCode = 99;
}
process.exit(); // Whatever a broken connection may still wait for.
