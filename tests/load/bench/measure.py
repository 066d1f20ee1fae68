"""One measured run, and several of them in turns."""

import dataclasses
import os
import statistics

import clients
import procs
import systems

# A run is noisy when the servers waited for a CPU for more than this share of their CPU time while
# others used more than that share of one CPU. Servers that only wait for each other are no noise.
MOST_WAIT = 0.20
MOST_FOREIGN = 0.10
MOST_CLIENT = 0.9  # Of a CPU; the client has one thread.
MOST_STEAL = 0.05  # Of one CPU.
CARRIED = 0.97  # Of the offered load; a system that carries less is overloaded.
MOST_DRIFT = 0.15  # Between the send costs before and after a run.


@dataclasses.dataclass
class Contender:
    """A system with its connected clients and the load it gets."""

    key: str
    system: object
    load: clients.LoadClients
    rate: float
    bytes: int = 128


@dataclasses.dataclass
class Bench:
    """What every scenario needs: the load program and how long to measure."""

    program: str
    warm: float
    seconds: float
    pairs: int
    tell: object  # Called with a line of progress.
    runs: list  # Every run's figures, for the JSON.

    def run(self, scenario, contender):
        """One run: calibration, warming up, the measured window, calibration."""
        contender.load.connect()
        before = clients.calibrate(self.program)
        contender.load.say(f"run rate={contender.rate} warm={self.warm} seconds={self.seconds} "
                           f"bytes={contender.bytes}")
        contender.load.hear("begin")
        start = Sample(contender)
        contender.load.hear("end")
        end = Sample(contender)
        result = contender.load.hear("result")
        figures = judged(result, start, end, (before, clients.calibrate(self.program)))
        figures |= {"scenario": scenario, "contender": contender.key,
                    "system": contender.system.name, "rate": contender.rate}
        self.runs.append(figures)
        if figures["void"]:  # What may still be under way must not meet the next run.
            contender.load.ask("drop", "dropped")
        self.tell(f"  {contender.key:<22} {summary(figures)}")
        return figures

    def compare(self, scenario, contenders):
        """A/B/A/B; the runs of each contender by key."""
        runs = {contender.key: [] for contender in contenders}
        for _ in range(self.pairs):
            for contender in contenders:
                runs[contender.key].append(self.run(scenario, contender))
        return runs


def p99(run):
    """Of the time from send to receive, in ms."""
    return run["result"]["delivery_ms"]["p99"]


class Sample:
    def __init__(self, contender):
        self.usage = systems.usage_of(contender.system)
        self.client = procs.usage(contender.load.pid)
        self.own = procs.usage(os.getpid())  # Which logs in, in M10.
        self.steal = procs.steal_ns()
        self.busy = procs.busy_ns()


def judged(result, start, end, units):
    """Figures of a run from what the load client and /proc tell."""
    used = {name: end.usage[name] - start.usage.get(name, procs.Usage()) for name in end.usage}
    total = sum(used.values(), procs.Usage())
    window = result.get("window", {"seconds": 1, "delivered": 0, "acked": 0, "sent": 0})
    seconds = window["seconds"]
    unit = statistics.mean(units)
    client = end.client - start.client
    figures = {
        "void": result["void"], "why": result["why"], "result": result,
        "cpu_us": {name: one.cpu / 1000 for name, one in used.items()},
        "total_cpu_us": total.cpu / 1000,
        "send_us": unit, "send_us_before": units[0], "send_us_after": units[1],
        "wait_share": total.wait / max(total.cpu, 1),
        "steal_share": (end.steal - start.steal) / (seconds * 1e9),
        "client_share": client.cpu / (seconds * 1e9),
        "foreign_share": max(end.busy - start.busy - total.cpu - client.cpu
                             - (end.own - start.own).cpu, 0) / (seconds * 1e9),
        "carried": carried(result, window),
        "delivered_per_second": window["delivered"] / seconds,
        "acked_per_second": window["acked"] / seconds,
    }
    gateways = sum(us for name, us in figures["cpu_us"].items()
                   if name.startswith(("gateway", "node")))
    if window["delivered"]:
        figures["us_per_delivery"] = figures["total_cpu_us"] / window["delivered"]
        figures["gateway_us_per_delivery"] = gateways / window["delivered"]
    if window["acked"]:
        figures["acked_per_cpu_second"] = window["acked"] / figures["total_cpu_us"] * 1e6
    figures["noisy"] = noise(figures)
    return figures


def carried(result, window):
    """The share of the offered load that was carried within the window."""
    if not window["sent"] or not result.get("acked"):
        return 0
    receivers = result["expected"] / result["acked"]
    done = window["delivered"] / receivers if receivers else window["acked"]
    return done / window["sent"]


def noise(figures):
    """Why a run is not to be trusted; "" when nothing speaks against it."""
    before, after = figures["send_us_before"], figures["send_us_after"]
    if figures["wait_share"] > MOST_WAIT and figures["foreign_share"] > MOST_FOREIGN:
        return f"others used {figures['foreign_share']:.0%} of a CPU"
    if figures["client_share"] > MOST_CLIENT:
        return "the load client was at its limit"
    if figures["steal_share"] > MOST_STEAL:
        return f"the host stole {figures['steal_share']:.0%} of a CPU"
    if abs(after - before) > MOST_DRIFT * min(before, after):
        return f"a raw send cost {before:.2f} us before and {after:.2f} us after"
    return ""


def summary(figures):
    if figures["void"]:
        return f"VOID: {figures['why']}"
    parts = [f"{figures['delivered_per_second']:>9,.0f} deliveries/s"]
    if "us_per_delivery" in figures:
        parts.append(f"{figures['us_per_delivery']:6.2f} us each"
                     f" ({figures['us_per_delivery'] / figures['send_us']:.2f} sends)")
        delivery = figures["result"]["delivery_ms"]
        parts.append(f"p50 {delivery['p50']:.2f} p99 {delivery['p99']:.2f} ms")
    else:
        parts = [f"{figures['acked_per_second']:>9,.0f} acks/s",
                 f"{figures.get('acked_per_cpu_second', 0):,.0f} acks per CPU second"]
    if figures["carried"] < CARRIED:
        parts.append(f"carried only {figures['carried']:.0%} of the load")
    if figures["noisy"]:
        parts.append("noisy: " + figures["noisy"])
    return ", ".join(parts)


def good(runs):
    """Valid runs: the quiet ones, or all valid ones when none was quiet."""
    valid = [run for run in runs if not run["void"]]
    return [run for run in valid if not run["noisy"]] or valid


def median(values):
    return statistics.median(values) if values else None


def figure(runs, get):
    """Median over the good runs; None when there is none."""
    return median([get(run) for run in good(runs)])


def paired_ratio(ours, theirs, get, get_theirs=None):
    """(median, least, most) of the ratios of runs that followed each other."""
    pairs = [(a, b) for a, b in zip(ours, theirs) if not a["void"] and not b["void"]]
    quiet = [(a, b) for a, b in pairs if not a["noisy"] and not b["noisy"]]
    get_theirs = get_theirs or get
    ratios = [get(a) / get_theirs(b) for a, b in quiet or pairs if get_theirs(b)]
    return (median(ratios), min(ratios), max(ratios)) if ratios else None


def all_noisy(*series):
    return any(runs and all(run["noisy"] or run["void"] for run in runs) for runs in series)
