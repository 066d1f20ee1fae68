"""A line of the report: what was measured, of both systems, and what it is held to."""

import dataclasses


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

    @property
    def met(self):
        """True, False, or None where there is nothing to say."""
        verdicts = []
        if self.target is not None:
            if self.ours is None:
                return None
            verdicts.append(self.ours >= self.target if self.at_least else self.ours <= self.target)
        if self.target_ratio is not None:
            if self.ratio is None:
                return None
            verdicts.append(self.ratio[0] <= self.target_ratio)
        return all(verdicts) if verdicts else None

    def as_json(self):
        return {**dataclasses.asdict(self), "met": self.met}


def why_void(runs):
    """A note for runs of which none is valid."""
    void = [run["why"] for run in runs if run["void"]]
    if runs and len(void) == len(runs):
        return f"void: {void[0]}"
    return f"{len(void)} of {len(runs)} runs void: {void[0]}" if void else ""
