// Prometheus pages, as far as the laboratory reads them.

export class Metrics {
  #lines;

  constructor(text) {
    this.#lines = text.split("\n").filter((line) => line && !line.startsWith("#"));
  }

  /** Of a service's admin port; empty when it is away, or takes longer than 3 s. */
  static async of(url) {
    const text = await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(3000) }).then(
      (answer) => answer.text(),
      () => "",
    );
    return new Metrics(text);
  }

  /** The sum of the series of that name with these labels. */
  sum(name, labels = {}) {
    const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
    return this.#lines
      .filter(
        (line) =>
          (line.startsWith(`${name}{`) || line.startsWith(`${name} `)) && wanted.every((label) => line.includes(label)),
      )
      .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" "))), 0);
  }
}
