"""What processes used, read from /proc: CPU time, waiting for a CPU, memory."""

import dataclasses
import os
import pathlib

TICK_NS = 1_000_000_000 // os.sysconf("SC_CLK_TCK")
PROC = pathlib.Path("/proc")


@dataclasses.dataclass(frozen=True)
class Usage:
    """CPU time used, and time spent ready to run but waiting for a CPU, in nanoseconds."""

    cpu: int = 0
    wait: int = 0

    def __add__(self, other):
        return Usage(self.cpu + other.cpu, self.wait + other.wait)

    def __sub__(self, other):
        return Usage(self.cpu - other.cpu, self.wait - other.wait)


def usage(pid):
    """Of a process and all it forked: living ones to the nanosecond, ended ones to the tick."""
    total = Usage()
    for member in family(pid):
        total += _threads(member) + _ended_children(member)
    return total


def family(pid):
    """The process and its descendants."""
    members = [pid]
    for member in members:
        for task in _listed(PROC / str(member) / "task"):
            members += [int(child) for child in _read(task / "children").split()]
    return members


def _threads(pid):
    total = Usage()
    for task in _listed(PROC / str(pid) / "task"):
        fields = _read(task / "schedstat").split()
        if len(fields) >= 2:
            total += Usage(int(fields[0]), int(fields[1]))
    return total


def _ended_children(pid):
    fields = _read(PROC / str(pid) / "stat").rpartition(")")[2].split()
    return Usage((int(fields[13]) + int(fields[14])) * TICK_NS) if len(fields) > 14 else Usage()


def pss_bytes(pid):
    """Proportional share of memory of one process."""
    for line in _read(PROC / str(pid) / "smaps_rollup").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return 0


def descriptors(pid):
    """How many files and sockets the process has open."""
    return len(_listed(PROC / str(pid) / "fd"))


def slab_bytes():
    """The kernel's objects: of sockets, among others."""
    for line in _read(PROC / "meminfo").splitlines():
        if line.startswith("Slab:"):
            return int(line.split()[1]) * 1024
    return 0


def steal_ns():
    """Time that the machine under this virtual one gave to others, over all CPUs."""
    fields = _read(PROC / "stat").split("\n", 1)[0].split()
    return int(fields[8]) * TICK_NS if len(fields) > 8 else 0


def busy_ns():
    """CPU time that anything on this machine used, over all CPUs."""
    fields = [int(field) for field in _read(PROC / "stat").split("\n", 1)[0].split()[1:8]]
    user, nice, system, _idle, _iowait, irq, softirq = fields
    return (user + nice + system + irq + softirq) * TICK_NS


def machine():
    model, memory = "unknown", 0
    for line in _read(PROC / "cpuinfo").splitlines():
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
    for line in _read(PROC / "meminfo").splitlines():
        if line.startswith("MemTotal:"):
            memory = int(line.split()[1]) * 1024
    return {"cpu": model, "cpus": os.cpu_count(), "memory_gib": round(memory / 2**30, 1),
            "kernel": os.uname().release}


def _read(path):
    try:
        return path.read_text()
    except OSError:  # It ended meanwhile.
        return ""


def _listed(path):
    try:
        return list(path.iterdir())
    except OSError:
        return []
