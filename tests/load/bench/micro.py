#!/usr/bin/env python3
"""The micro-benchmarks: times by Google Benchmark, instructions by callgrind.

Instructions are the difference of two runs of N and 2 N operations, so that starting the program
does not count; they differ by less than 1% between runs, however busy the machine is.
"""

import argparse
import json
import pathlib
import re
import subprocess
import sys

import report

MARKS = ("<!-- micro: made by ./dev bench --micro --update-docs -->", "<!-- end of micro -->")
MOST_GROWTH = 0.03  # Between runs they differ by less than 1%.
TIMES = 200  # Operations; cases of many items take a tenth of it.


def main():
    parser = argparse.ArgumentParser(prog="./dev bench --micro")
    parser.add_argument("--repo", type=pathlib.Path, required=True)
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    parser.add_argument("--folder", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--update-docs", action="store_true")
    arguments = parser.parse_args()
    program = arguments.bin / "confab-micro"
    if not program.exists():
        print(f"error: there is no {program}\nfix:   ./dev bench --micro (which installs "
              "libbenchmark-dev and builds it)", file=sys.stderr)
        return 99
    times = measure_times(program, arguments.quick)
    page = arguments.repo / "docs/benchmarks.md"
    before = written(page.read_text())
    figures = []
    for name, items in cases(program):
        count = instructions(program, arguments.folder, name, TIMES if items == 1 else TIMES // 10)
        figures.append({"case": name, "items": items, "ns": times[name] / items,
                        "instructions": count / items})
        print(f"{name:<24} {figures[-1]['ns']:10.1f} ns {figures[-1]['instructions']:12,.0f} "
              f"instructions an item, {change(figures[-1], before)}", flush=True)
    out = arguments.out or arguments.folder / "micro.json"
    out.write_text(json.dumps(figures, indent=1) + "\n")
    print(f"all figures: {out}")
    grown = [one["case"] for one in figures if growth(one, before) > MOST_GROWTH]
    if grown:
        print(f"more instructions than docs/benchmarks.md tells: {', '.join(grown)}")
    if arguments.update_docs:
        page.write_text(report.replace_block(page.read_text(), MARKS, markdown(figures)))
    return 0


def written(page):
    """Instructions an item that the page tells, by case."""
    rows = re.findall(r"^\| `(\w+)` \| [\d,]+ \| ([\d,]+) \|$", page, re.MULTILINE)
    return {case: int(count.replace(",", "")) for case, count in rows}


def growth(figure, before):
    """As a part of what was written; 0 for a new case."""
    was = before.get(figure["case"])
    return figure["instructions"] / was - 1 if was else 0


def change(figure, before):
    was = before.get(figure["case"])
    return f"{growth(figure, before):+.1%} against {was:,}" if was else "new"


def cases(program):
    lines = run([program, "--list"]).splitlines()
    return [(name, int(items)) for name, items in (line.split() for line in lines)]


def measure_times(program, quick):
    """Nanoseconds an operation, by case."""
    told = json.loads(run([program, "--benchmark_format=json",
                           f"--benchmark_min_time={0.05 if quick else 0.5}"]))
    return {one["name"]: one["real_time"] for one in told["benchmarks"]}


def instructions(program, folder, name, times):
    once, twice = (collected(program, folder, name, count) for count in (times, 2 * times))
    return (twice - once) / times


def collected(program, folder, name, times):
    """All instructions of a run."""
    output = folder / "callgrind.out"
    run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={output}", program, "--count", name,
         str(times)])
    return int(re.search(r"^(?:summary|totals): (\d+)", output.read_text(), re.MULTILINE)[1])


def run(command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"error: {command[0]} failed: {done.stderr.strip()[-500:]}\nfix:   "
              f"{' '.join(map(str, command))}", file=sys.stderr)
        sys.exit(99)
    return done.stdout


def markdown(figures):
    lines = ["| case | ns | instructions |", "|---|---:|---:|"]
    lines += [f"| `{one['case']}` | {one['ns']:,.0f} | {one['instructions']:,.0f} |"
              for one in figures]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
