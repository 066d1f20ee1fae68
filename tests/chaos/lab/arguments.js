// The command line of ./dev chaos.
import { parseArgs } from "node:util";

const units = { s: 1, m: 60, h: 3600 };

/** "30m" in ms. */
export function duration(text) {
  const found = /^(\d+)([smh])$/.exec(text);
  if (!found) throw new Error(`--for is ${text}, but must be like 90s, 30m or 2h`);
  return Number(found[1]) * units[found[2]] * 1000;
}

/** { rows, forMs, seed, isList, isQuick, bin, out, oldBin }; throws Error with what is wrong. */
export function readArguments(words, table) {
  const { values } = parseArgs({
    args: words,
    options: {
      only: { type: "string" },
      for: { type: "string" },
      seed: { type: "string" },
      list: { type: "boolean" },
      quick: { type: "boolean" },
      bin: { type: "string" },
      out: { type: "string" },
      "old-bin": { type: "string" },
    },
  });
  const forMs = values.for && duration(values.for);
  return {
    rows: choose(values, table),
    forMs,
    isList: Boolean(values.list),
    isQuick: Boolean(values.quick),
    bin: values.bin,
    out: values.out,
    oldBin: values["old-bin"],
    seed: values.seed ?? (values.quick ? "quick" : String(Date.now() % 1_000_000)),
  };
}

function choose({ only, quick }, table) {
  if (only) {
    return only.split(",").map((id) => {
      const row = table.find((known) => known.id.toLowerCase() === id.trim().toLowerCase());
      if (!row) throw new Error(`there is no row ${id}; --list names them`);
      return row;
    });
  }
  if (!quick) return table;
  return table.filter((row) => row.quick).map((row) => ({ ...row, ...(row.quick === true ? {} : row.quick) }));
}
