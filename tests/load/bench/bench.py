#!/usr/bin/env python3
"""Measures Confab beside what a user would pick instead; ./dev bench calls it."""

import argparse
import http.client
import json
import pathlib
import signal
import sys
import time

import fan_out
import idle
import ingest
import others
import procs
import report
import systems
from errors import BenchError
from measure import Bench
from rows import Row
from world import World

# In this order: memory first, while the gateways are fresh.
SCENARIOS = (
    (("M4", "M5", "M6"), idle.idle),
    (("M3", "M8"), fan_out.cluster),
    (("M7",), ingest.ingest),
    (("M1", "M2"), fan_out.hot_room),
    (("M1", "M8"), fan_out.small_rooms),
    (("M3",), fan_out.tiny_rooms),
    (("M9",), others.history),
    (("M11",), others.slow_readers),
    (("M10",), others.logins),
)
ALL = tuple(f"M{number}" for number in range(1, 12))


def main():
    arguments = parse(sys.argv[1:])
    systems.die_with_parent()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    signal.signal(signal.SIGHUP, lambda *_: sys.exit(129))
    try:
        return run(arguments)
    except BenchError as error:
        print(f"error: {error}\nfix:   {error.fix}", file=sys.stderr)
        return 99
    except KeyboardInterrupt:
        print("interrupted; everything is stopped", file=sys.stderr)
        return 130


def parse(words):
    parser = argparse.ArgumentParser(prog="./dev bench")
    parser.add_argument("scenarios", nargs="*", default=list(ALL))
    parser.add_argument("--repo", type=pathlib.Path, required=True)
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    parser.add_argument("--state", type=pathlib.Path, required=True)
    parser.add_argument("--folder", type=pathlib.Path, required=True)
    parser.add_argument("--port-base", type=int, required=True)
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--dialect", choices=("socketio", "plain"), default="socketio")
    parser.add_argument("--out", type=pathlib.Path)
    parser.add_argument("--update-docs", action="store_true")
    return parser.parse_args(words)


def run(arguments):
    wanted = [name for name in ALL if name in arguments.scenarios]
    unknown = set(arguments.scenarios) - set(ALL)
    if unknown:
        raise BenchError(f"there is no scenario {', '.join(sorted(unknown))}")
    if arguments.update_docs and (arguments.quick or len(wanted) < len(ALL)):
        raise BenchError("the documentation shows all scenarios, measured properly",
                         "./dev bench --update-docs, or with --long, and no scenario named")
    arguments.folder.mkdir(parents=True, exist_ok=True)
    start = time.monotonic()

    def tell(line):
        print(f"[{time.monotonic() - start:5.0f} s] {line}", flush=True)

    confab = systems.Confab(arguments.repo, arguments.state, arguments.bin, arguments.port_base)
    confab.dialect = arguments.dialect
    bench = Bench(str(arguments.bin / "confab-load"), *lengths(arguments), tell, [])
    rows = []
    with World(confab, arguments.repo / "tests/load/peer", bench.program, arguments.folder,
               tell) as world:
        for names, scenario in SCENARIOS:
            if set(names) & set(wanted):
                rows += guarded(scenario, world, bench, wanted, names)
    document = {"machine": procs.machine(),
                "time": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
                "form": form(arguments), "dialect": arguments.dialect, "pairs": bench.pairs,
                "warm_seconds": bench.warm, "seconds": bench.seconds,
                "took_seconds": round(time.monotonic() - start), "scenarios": wanted,
                "rows": [row.as_json() for row in rows], "runs": bench.runs}
    out = arguments.out or arguments.folder / "results.json"
    out.write_text(json.dumps(document, indent=1) + "\n")
    print("\n" + report.table(document))
    print(f"all figures: {out}")
    if arguments.update_docs:
        report.update_docs(document, arguments.repo)
        print("docs/benchmarks.md and docs/bench.svg tell these figures now")
    return 1 if any(row.failed for row in rows) else 0


def guarded(scenario, world, bench, wanted, names):
    """A scenario that cannot be measured is a line of the report, not the end of the others."""
    try:
        return scenario(world, bench, wanted)
    except (BenchError, OSError, http.client.HTTPException) as error:
        mine = ", ".join(name for name in names if name in wanted)
        world.tell(f"  {mine} failed: {error}")
        if not systems.is_alive(world.confab):
            world.confab.start()
        return [Row(mine, "could not be measured", "", note=str(error), failed=True)]


def lengths(arguments):
    """(warm seconds, measured seconds, pairs)"""
    return {"long": (2, 10, 7), "short": (2, 5, 3), "quick": (0.5, 1, 1)}[form(arguments)]


def form(arguments):
    if arguments.long:
        return "long"
    return "quick" if arguments.quick else "short"


if __name__ == "__main__":
    sys.exit(main())
