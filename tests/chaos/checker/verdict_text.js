// A verdict for people.
import { codes } from "./codes.js";

/** Lines: what was found of each code, the first few each. */
export function verdictText({ passed, counts, violations, figures }, perCode = 3) {
  const { sends, acknowledged, deliveries, breaks } = figures;
  const lines = [
    `${passed ? "passed" : "FAILED"}: ${acknowledged} of ${sends} sends acknowledged, ` +
      `${deliveries} deliveries, ${breaks} broken connections`,
  ];
  for (const [code, count] of Object.entries(counts)) {
    lines.push(`  ${code} (${codes[code].clause}: ${codes[code].rule}): ${count}`);
    const some = violations.filter((violation) => violation.code === code).slice(0, perCode);
    for (const { who, where, what } of some) lines.push(`    ${who} at ${where}: ${what}`);
    if (count > some.length) lines.push(`    and ${count - some.length} more`);
  }
  return lines.join("\n");
}
