// The table of rows in docs/contract.md, from the table in code; --write renews it there.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { rows } from "../rows/table.js";

const path = fileURLToPath(new URL("../../../docs/contract.md", import.meta.url));
const frame = /(<!-- rows: [^\n]* -->\n)[^]*?(<!-- \/rows -->)/;

/** The first in a run of three or more numbers and the last, as D1 to D6. */
function listed(tests) {
  const numbers = tests.map((id) => Number(id.slice(1)));
  const isRun = numbers.length > 2 && numbers.every((number, i) => i === 0 || number === numbers[i - 1] + 1);
  return isRun ? `${tests[0]} to ${tests.at(-1)}` : tests.join(", ");
}

function line({ id, fault, tests, quick, notBuilt }) {
  const remark = notBuilt ? `not built: ${notBuilt}` : quick ? "quick" : "";
  return `| ${id} | ${fault} | ${listed(tests)} | ${remark} |`;
}

export const contractTable = () =>
  ["| row | fault | tests most | |", "|---|---|---|---|", ...rows.map(line)].map((text) => `${text}\n`).join("");

export const contractText = () => readFileSync(path, "utf8");

/** The document with the table as it should be. */
export const renewed = (text) => text.replace(frame, (_, begin, end) => begin + contractTable() + end);

if (process.argv[2] === "--write") writeFileSync(path, renewed(contractText()));
