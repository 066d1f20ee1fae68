// What differs between two views of the same thing.

const most = 20; // Reasons told.

const isObject = (value) => typeof value === "object" && value !== null;

/** As order does not count there: reactions by their text. What is undefined counts as not there. */
function settled(value, key) {
  if (key === "reactions") return Object.fromEntries(value.map((one) => [one.reaction, one]));
  return value;
}

/** A line for each difference, with the path to it; none: they are equal. Long values are cut. */
export function differences(wanted, found, path = "") {
  const lines = [];
  compare(wanted, found, path, lines);
  return lines.length > most ? [...lines.slice(0, most), `and ${lines.length - most} more`] : lines;
}

function compare(wanted, found, path, lines) {
  if (!isObject(wanted) || !isObject(found)) {
    if (!Object.is(wanted, found)) lines.push(`${path}: wanted ${shown(wanted)}, found ${shown(found)}`);
    return;
  }
  if (Array.isArray(wanted) !== Array.isArray(found)) {
    lines.push(`${path}: wanted ${shown(wanted)}, found ${shown(found)}`);
    return;
  }
  for (const key of new Set([...Object.keys(wanted), ...Object.keys(found)])) {
    const [one, other] = [wanted[key], found[key]];
    const both = isObject(one) && isObject(other);
    compare(both ? settled(one, key) : one, both ? settled(other, key) : other, `${path}/${key}`, lines);
  }
}

function shown(value) {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 200 ? `${text.slice(0, 200)}… (${text.length})` : text;
}
