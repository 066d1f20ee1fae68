"""A line of the report: what was measured, of both systems, and what it is held to."""

import dataclasses
import statistics

from measure import CARRIED


@dataclasses.dataclass
class Row:
    id: str
    what: str
    unit: str
    ours: object = None  # Numbers, or None where there is no valid figure.
    peer: object = None
    peer_name: str = ""
    ratio: object = None  # (median, least, most)
    target: object = None  # Of ours, in `unit`.
    target_ratio: object = None
    at_least: bool = False  # Whether more is better.
    note: str = ""
    noisy: bool = False
    failed: bool = False  # The scenario ended early.
    overloaded: bool = False  # Ours did not carry the offered load: no target is met.

    @property
    def met(self):
        """True, False, or None where there is nothing to say."""
        wanted = []  # (there is a figure, it is good enough)
        if self.target is not None:
            wanted.append((self.ours, lambda: (self.ours >= self.target) if self.at_least
                           else self.ours <= self.target))
        if self.target_ratio is not None:
            wanted.append((self.ratio, lambda: self.ratio[0] <= self.target_ratio))
        if not wanted:
            return None
        if self.overloaded:
            return False
        if any(figure is None for figure, _ in wanted):
            return None
        return all(good() for _, good in wanted)

    def as_json(self):
        return {**dataclasses.asdict(self), "met": self.met}


def remarks(*series):
    """What is to be said about runs, ours first: void ones, and loads that were not carried."""
    found = []
    for runs in series:
        found += [_why_void(runs), _not_carried(runs), _reordered(runs)]
    return "; ".join(filter(None, found))


def is_overloaded(runs):
    return bool(runs) and statistics.median(run["carried"] for run in runs) < CARRIED


def _why_void(runs):
    void = [run["why"] for run in runs if run["void"]]
    if runs and len(void) == len(runs):
        return f"{runs[0]['system']}: void: {void[0]}"
    return f"{runs[0]['system']}: {len(void)} of {len(runs)} runs void: {void[0]}" if void else ""


def _reordered(runs):
    count = sum(1 for run in runs if not run["void"] and run["result"]["reordered"])
    if not count:
        return ""
    return f"{runs[0]['system']} delivered out of order in {count} of {len(runs)} runs"


def _not_carried(runs):
    if not is_overloaded(runs):
        return ""
    share = statistics.median(run["carried"] for run in runs)
    return f"{runs[0]['system']} carried only {share:.0%} of the offered load"
