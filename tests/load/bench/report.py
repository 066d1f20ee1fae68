"""The report: a table for the terminal, Markdown and a picture for the documentation."""

import re
import statistics

import picture

MARKS = ("<!-- figures: made by ./dev bench --update-docs -->", "<!-- end of figures -->")
VERDICTS = {True: "met", False: "missed", None: ""}


def table(document):
    lines = [["", "what", "unit", "Confab", "peer", "ratio (least to most)", "target", "",
              "the peer is"]]
    lines += [[*cells(row), row["peer_name"]] for row in document["rows"]]
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    text = "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip()
                     for line in lines)
    notes = [f"  {row['id']}: {row['note']}" for row in document["rows"] if row["note"]]
    noisy = noisy_rows(document)
    if noisy:
        notes.append("  every run of these was noisy, see docs/benchmarks.md: " + ", ".join(noisy))
    spent = [f"  {key}: {total} us: {parts}" for key, total, parts in breakdown_lines(document)]
    return "\n".join([text, *(["", "notes:", *notes] if notes else []),
                      *(["", "server CPU for each message:", *spent] if spent else []), ""])


def breakdown(document):
    """Lines of (run, process, microseconds of CPU for each acknowledged message), medians."""
    used = {}
    for run in document["runs"]:
        acked = run.get("result", {}).get("window", {}).get("acked")
        if "cpu_us" not in run or run["void"] or not acked:
            continue
        key = f"{run['scenario']} {run['contender']}"
        for process, spent in run["cpu_us"].items():
            used.setdefault(key, {}).setdefault(process, []).append(spent / acked)
    return {key: {process: statistics.median(spent) for process, spent in processes.items()}
            for key, processes in used.items()}


def breakdown_lines(document):
    lines = []
    for key, processes in breakdown(document).items():
        parts = [f"{process} {number(spent)}" for process, spent in
                 sorted(processes.items(), key=lambda one: -one[1])]
        lines.append((key, number(sum(processes.values())), ", ".join(parts)))
    return lines


def cells(row):
    targets = []
    if row["target"] is not None:
        targets.append(("≥ " if row["at_least"] else "≤ ") + number(row["target"]))
    if row["target_ratio"] is not None:
        targets.append(f"ratio ≤ {row['target_ratio']}")
    ratio = ""
    if row["ratio"]:
        middle, least, most = row["ratio"]
        ratio = number(middle) if least == most else (
            f"{number(middle)} ({number(least)} to {number(most)})")
    return [row["id"], row["what"], row["unit"], number(row["ours"]), number(row["peer"]), ratio,
            ", ".join(targets), VERDICTS[row["met"]]]


def noisy_rows(document):
    return [row["id"] for row in document["rows"] if row["noisy"]]


def number(value):
    """Three significant digits."""
    if value is None:
        return "-"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    if abs(value) >= 100:
        return f"{value:.0f}"
    if abs(value) >= 10:
        return f"{value:.1f}"
    return f"{value:.2f}" if abs(value) >= 0.095 or value == 0 else f"{value:.3f}"


def markdown(document):
    machine = document["machine"]
    lines = [f"Measured {document['time']}, {document['form']} form: {document['pairs']} pairs of "
             f"runs of {document['seconds']} s. Machine: {machine['cpus']} CPUs ({machine['cpu']}), "
             f"{machine['memory_gib']} GiB, Linux {machine['kernel']}, loopback, no TLS, messages "
             "of 128 bytes of text.", "",
             "| | what | unit | Confab | peer | ratio (least to most) | target | |",
             "|---|---|---|---:|---:|---:|---|---|"]
    for row in document["rows"]:
        lines.append("| " + " | ".join(with_peer(cells(row), row)) + " |")
    notes = [f"- {row['id']}: {row['note']}." for row in document["rows"] if row["note"]]
    noisy = noisy_rows(document)
    if noisy:
        notes.append("- Every run of these was noisy: " + ", ".join(noisy) + ".")
    spent = breakdown_lines(document)
    if spent:
        spent = ["", "Where the CPU went, in microseconds for each acknowledged message with its "
                 "whole fan-out:", "", "| run | all | by process |", "|---|---:|---|",
                 *(f"| {key} | {total} | {parts} |" for key, total, parts in spent)]
    return "\n".join(lines + ([""] + notes if notes else []) + spent) + "\n"


def with_peer(line, row):
    if row["peer_name"] and row["peer"] is not None:
        line[4] += f" ({row['peer_name']})"
    return line


def replace_block(text, marks, block):
    """`text` with what stands between the marks replaced; the marks stay."""
    pattern = re.compile(re.escape(marks[0]) + ".*?" + re.escape(marks[1]), re.DOTALL)
    if not pattern.search(text):
        raise ValueError(f"there is no {marks[0]}")
    return pattern.sub(lambda _: f"{marks[0]}\n{block}{marks[1]}", text)


def update_docs(document, repo):
    page = repo / "docs/benchmarks.md"
    page.write_text(replace_block(page.read_text(), MARKS, markdown(document)))
    (repo / "docs/bench.svg").write_text(picture.draw(document))
