"""M7: durable messages that nobody hears, and what PostgreSQL takes at least for them."""

import json
import subprocess

import procs
from errors import BenchError
from measure import Contender, all_noisy, figure, median
from rows import Row, is_overloaded, remarks

RATE = 5000
BATCH = 50


def ingest(world, bench, _wanted):
    world.tell(f"M7: {RATE:,} messages/s without receivers, and raw inserts of {BATCH} rows")
    raw = []
    runs = []
    with world.clients(world.confab, "f50", rooms="none") as load:
        contender = Contender("confab", world.confab, load, RATE)
        for _ in range(bench.pairs):
            runs.append(bench.run("M7", contender))
            raw.append(raw_insert(world, min(bench.seconds, 4)))
            world.tell(f"  raw insert             {raw[-1]:.2f} us of PostgreSQL each row")
    bench.runs.append({"scenario": "M7 raw", "us_per_row": raw})
    note = remarks(runs)

    def postgres(run):
        return run["cpu_us"]["postgres"] / run["result"]["window"]["acked"]

    ratios = [postgres(run) / least for run, least in zip(runs, raw) if not run["void"]]
    ratio = (median(ratios), min(ratios), max(ratios)) if ratios else None
    rows = [Row("M7", f"durable messages per server CPU second, {RATE:,}/s offered", "messages",
                figure(runs, lambda run: run["acked_per_cpu_second"]), target=45_000,
                at_least=True, note=note, overloaded=is_overloaded(runs), noisy=all_noisy(runs)),
            Row("M7 pg", "PostgreSQL CPU per message", "us", figure(runs, postgres),
                median(raw), f"raw unnest insert of {BATCH} rows", ratio, target_ratio=1.5,
                noisy=all_noisy(runs))]
    for quantile, target in (("p50", 1.0), ("p99", 5.0)):
        rows.append(Row(f"M7 {quantile}", f"send to ack, {quantile}, {RATE:,}/s", "ms",
                        figure(runs, lambda run, q=quantile: run["result"]["ack_ms"][q]),
                        target=target, overloaded=is_overloaded(runs), noisy=all_noisy(runs)))
    return rows


def raw_insert(world, seconds):
    """Microseconds of PostgreSQL's CPU time a row."""
    postgres = world.confab.processes()["postgres"]
    with subprocess.Popen([world.program, "insert", "--database", world.confab.database,
                           "--seconds", str(seconds), "--batch", str(BATCH)],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        process.stdout.readline()  # begin
        before = procs.usage(postgres)
        process.stdout.readline()  # end
        used = procs.usage(postgres) - before
        told = process.stdout.readline()
        if not told:
            raise BenchError(f"the raw insert failed: {process.stderr.read().strip()}")
    return used.cpu / 1000 / json.loads(told)["rows"]
