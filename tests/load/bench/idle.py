"""M4, M5 and M6: connections that do nothing, and that all come back at once."""

import contextlib
import time

import procs
import systems
from errors import BenchError
from measure import median
from rows import Row

LEAVE_SECONDS = 30  # In which a server has noticed that all its clients have gone.
ALONE_SECONDS = 8  # Without clients: what a system uses by itself is none of its connections' doing.
PING_SECONDS = 26  # In which each connection is pinged once.


class Side:
    """One system with all its clients on one gateway or node, the first if not told otherwise."""

    def __init__(self, world, system, name, **clients):
        self.system = system
        self._pid = system.processes()[name]
        self.load = world.clients(system, "idle", **({"nodes": 1} | clients))
        self.base = procs.pss_bytes(self._pid)
        self._open = procs.descriptors(self._pid)
        self.storms = []

    def pss(self):
        return procs.pss_bytes(self._pid)

    def cpu_us(self):
        return sum(used.cpu for used in systems.usage_of(self.system).values()) / 1000

    def drop(self):
        """All clients drop; until the server has noticed."""
        self.load.ask("drop", "dropped")
        until = time.monotonic() + LEAVE_SECONDS
        # A few more are its own: connections to other services that it has opened meanwhile.
        while procs.descriptors(self._pid) > self._open + 50:
            if time.monotonic() > until:
                raise BenchError(f"{self.system.name} kept connections of clients that have gone")
            time.sleep(0.05)

    def connect(self):
        """Server CPU for each of the connections, and how long all of them took."""
        before = systems.usage_of(self.system)
        told = self.load.connect(inflight=200)
        after = systems.usage_of(self.system)
        count = told["ready"]
        by_process = {name: (after[name] - before[name]).cpu / 1000 / count for name in after}
        return {"us_each": sum(by_process.values()), "us_by_process": by_process, "ready": count,
                "seconds": told["seconds"], "tickets": told["tickets"]}


def idle(world, bench, wanted):
    world.accounts("idle")
    with contextlib.ExitStack() as stack:
        ours, theirs = (
            stack.enter_context(contextlib.closing(_Closing(side)))
            for side in (Side(world, world.confab, "gateway-1"),
                         Side(world, world.peer("redis"), "node-1")))
        ours, theirs = ours.side, theirs.side
        rows = []
        if {"M4", "M5"} & set(wanted):
            rows += resting(world, bench, ours, theirs, wanted)
        if "M4" in wanted:
            rows.append(other_door(world, bench))
        if "M6" in wanted:
            rows += storm(world, bench, ours, theirs)
        return rows


class _Closing:
    def __init__(self, side):
        self.side = side

    def close(self):
        self.side.load.close()


def idle_cpu(sides, seconds):
    """Server CPU of each in microseconds a second."""
    before = [side.cpu_us() for side in sides]
    time.sleep(seconds)
    return [(side.cpu_us() - us) / seconds for side, us in zip(sides, before)]


def resting(world, bench, ours, theirs, wanted):
    """Both rest at the same time: they do next to nothing."""
    figures = {}
    alone = idle_cpu((ours, theirs), ALONE_SECONDS)
    for key, side in (("confab", ours), ("peer", theirs)):
        slab = procs.slab_bytes()
        told = side.connect()
        figures[key] = {"count": told["ready"], "first_connect": told,
                        "slab_bytes_each": (procs.slab_bytes() - slab) / told["ready"] / 2}
        world.tell(f"  {side.system.name}: {told['ready']:,} clients connected in "
                   f"{told['seconds']:.1f} s, {told['us_each']:.0f} us of server CPU each")
    world.tell(f"M4, M5: everybody rests for {PING_SECONDS} s")
    full = idle_cpu((ours, theirs), PING_SECONDS)
    for key, side, empty_us, full_us in zip(("confab", "peer"), (ours, theirs), alone, full):
        count = figures[key]["count"]
        figures[key] |= {"base_bytes": side.base,
                         "bytes_each": (side.pss() - side.base) / count,
                         "idle_us": max(full_us - empty_us, 0) / count,
                         "alone_us": empty_us}
    bench.runs.append({"scenario": "M4 M5", "confab": figures["confab"], "peer": figures["peer"]})
    return [row for row in resting_rows(figures, theirs.system.name) if row.id[:2] in wanted]


def other_door(world, bench):
    """What a connection of the other door takes, on the other gateway."""
    rested = next(run for run in bench.runs if run["scenario"] == "M4 M5")
    bytes_each = {world.confab.dialect: rested["confab"]["bytes_each"]}
    other = "plain" if world.confab.dialect == "socketio" else "socketio"
    with contextlib.closing(_Closing(Side(world, world.confab, "gateway-2", node=1,
                                          dialect=other))) as closing:
        side = closing.side
        count = side.connect()["ready"]
        world.tell(f"M4: {count:,} {other} clients rest on the other gateway for "
                   f"{PING_SECONDS} s")
        time.sleep(PING_SECONDS)
        bytes_each[other] = (side.pss() - side.base) / count
        side.drop()
    bench.runs.append({"scenario": "M4 doors", "bytes_each": bytes_each})
    ratio = bytes_each["socketio"] / bytes_each["plain"]
    return Row("M4 doors", "memory per idle Socket.IO connection, beside a plain one", "KiB",
               bytes_each["socketio"] / 1024, bytes_each["plain"] / 1024, "Confab's /v1/ws",
               (ratio, ratio, ratio), target_ratio=1.3)


def resting_rows(figures, peer_name):
    def row(id_, what, unit, key, scale, **targets):
        ours, peer = figures["confab"][key] / scale, figures["peer"][key] / scale
        ratio = ours / peer if peer > 0 else None
        return Row(id_, what, unit, ours, peer, peer_name, ratio and (ratio, ratio, ratio),
                   **targets)

    slab = figures["confab"]["slab_bytes_each"] / 1024
    count = figures["confab"]["count"]
    return [row("M4", f"memory per idle connection in 5 rooms ({count:,} of them)", "KiB",
                "bytes_each", 1024, target=1.0, target_ratio=0.07,
                note=f"the kernel holds about {slab:.1f} KiB more for each socket"),
            row("M4 base", "memory of a gateway without connections", "MiB", "base_bytes", 2**20,
                target=8),
            row("M5", "CPU per idle connection, pings every 25 s", "us/s", "idle_us", 1,
                target=0.5, target_ratio=0.1)]


def storm(world, bench, ours, theirs):
    world.tell("M6: all clients drop and come back")
    for side in (ours, theirs):
        side.load.connect(inflight=200)  # So that there are tickets to come back with.
    before = world.confab.transactions()
    for _ in range(max(bench.pairs, 3)):
        for side in (ours, theirs):
            side.drop()
            side.storms.append(side.connect())
            world.tell(f"  {side.system.name}: {side.storms[-1]['us_each']:.0f} us each, all back "
                       f"after {side.storms[-1]['seconds']:.2f} s")
    queries = world.confab.transactions() - before
    bench.runs.append({"scenario": "M6", "confab": ours.storms, "peer": theirs.storms,
                       "postgres_transactions": queries})
    ratios = [a["us_each"] / b["us_each"] for a, b in zip(ours.storms, theirs.storms)]
    last = ours.storms[-1]
    ticket = "with resume tickets" if last["tickets"] else "the server gave no resume tickets"
    parts = sorted(last["us_by_process"].items(), key=lambda one: -one[1])
    each = queries / sum(one["ready"] for one in ours.storms)
    note = (f"{ticket}; {each:.2f} PostgreSQL transactions each, those of every second included; "
            + ", ".join(f"{name} {us:.0f} us" for name, us in parts if us >= 1))
    rows = [Row("M6", "reconnect with 5 rooms, server CPU", "us", cost(ours), cost(theirs),
                theirs.system.name, (median(ratios), min(ratios), max(ratios)), target=50,
                target_ratio=0.15, note=note)]
    seconds = [median([one["seconds"] for one in side.storms]) for side in (ours, theirs)]
    rows.append(Row("M6 time", f"until all {last['ready']:,} are back", "s", *seconds,
                    theirs.system.name))
    return rows


def cost(side):
    return median([one["us_each"] for one in side.storms])
