// What a run has to say: a line per row while it goes on, and a JSON file.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { verdictText } from "../checker/verdict_text.js";

const columns = [
  ["row", 8],
  ["result", 8],
  ["acked", 6],
  ["seen", 7],
  ["gaps", 5],
  ["late", 8],
  ["fired", 6],
  ["took", 7],
];

const cells = (values) => values.map((value, i) => String(value).padEnd(columns[i][1])).join(" ");

export const heading = () => `${cells(columns.map(([name]) => name))} fault`;

const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;

/** One line for people, and more where something is wrong. */
export function rowText(report) {
  const { id, result, fault, tookMs } = report;
  if (result === "skipped") return `${cells([id, result, "", "", "", "", "", ""])} ${fault}: ${report.reason}`;
  if (!report.verdict)
    return `${cells([id, result, "", "", "", "", "", seconds(tookMs)])} ${fault}\n${report.problems.join("\n")}`;
  const { figures } = report.verdict;
  const line = cells([
    id,
    result,
    figures.acknowledged,
    figures.deliveries,
    report.gateways.gaps_found,
    seconds(figures.longest_after_heal_ms),
    report.fired,
    seconds(tookMs),
  ]);
  const problems = report.problems.map((problem) => `  ${problem}`);
  const verdict = report.verdict.passed ? [] : [verdictText(report.verdict)];
  const replay = result === "FAILED" ? [`  again: ./dev chaos --only ${id} --seed ${report.seed}`] : [];
  return [`${line} ${fault}`, ...problems, ...verdict, ...replay].join("\n");
}

export const legend = "gaps: found and repaired by gateways; late: the longest that anything was seen after the heal";

export function writeReport(folder, run) {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, "report.json");
  writeFileSync(path, `${JSON.stringify(run, null, 2)}\n`);
  return path;
}

/** The rows with this result, by name. */
export function tally(reports) {
  const of = (result) => reports.filter((report) => report.result === result).length;
  return `${of("passed")} passed, ${of("FAILED")} failed, ${of("skipped")} skipped`;
}
