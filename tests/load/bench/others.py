"""M9, M10 and M11: pages of history, logins, and members who stop reading."""

import concurrent.futures
import secrets
import time

import procs
import seed
import systems
from measure import Contender, all_noisy, figure, median, p99
from rows import Row, remarks

PAGE = 50
LOGIN_SECONDS = 6
LOGIN_THREADS = 4


def history(world, bench, _wanted):
    """M9: a page of rooms that no gateway has in memory, and one page that 1,000 ask for at once."""
    world.tell("M9: pages of history")
    with world.clients(world.confab, "f5") as load:
        load.connect()
        fill(load, 200 * PAGE, rate=2500)
    with world.clients(world.confab, "hot") as load:
        load.connect()
        fill(load, PAGE, rate=20)
    world.confab.forget()
    postgres = world.confab.processes()["postgres"]
    with world.clients(world.confab, "f5") as load:
        load.connect()
        before = procs.usage(postgres)
        cold = load.ask(f"history clients=200 step=5 inflight=1 limit={PAGE}", "history")
        cold_us = (procs.usage(postgres) - before).cpu / 1000 / cold["asked"]
    with world.clients(world.confab, "hot") as load:
        load.connect()
        before = world.confab.pages_read()
        hot = load.ask(f"history clients=1000 inflight=1000 limit={PAGE}", "history")
        read = world.confab.pages_read() - before
        fill(load, PAGE, rate=20)
        warm = load.ask(f"history clients=200 inflight=1 limit={PAGE}", "history")
    bench.runs.append({"scenario": "M9", "cold": cold, "at_once": hot, "warm": warm,
                       "postgres_us_per_cold_page": cold_us, "pages_read_at_once": read})
    failed = cold["failed"] + hot["failed"] + warm["failed"]
    note = f"{failed} pages were refused" if failed else ""
    return [Row("M9 warm p50", "the newest page of a room with so many messages since, p50", "ms",
                warm["answer_ms"]["p50"], target=0.3, note=note),
            Row("M9 cold p50", "a page of a room that no gateway has in memory, p50", "ms",
                cold["answer_ms"]["p50"], target=1.5,
                note=f"{cold_us:.0f} us of PostgreSQL CPU a page"),
            Row("M9 cold p99", "the same, p99", "ms", cold["answer_ms"]["p99"], target=5),
            Row("M9 1000", "1,000 clients ask for such a page at once, all answered", "ms",
                hot["seconds"] * 1000,
                note=f"the stores read {read} pages for that; the target is one for each gateway")]


def fill(load, messages, rate):
    load.say(f"run rate={rate} warm=0.01 seconds={messages / rate}")
    for event in ("begin", "end", "result"):
        load.hear(event)


def logins(world, bench, _wanted):
    """M10: logins at the real cost of Argon2id, and what they do to delivery."""
    world.tell("M10: auth is started again with real password hashing")
    world.confab.start(fast_hashing=False)
    rest = seed.Rest(world.confab.gateways[0])
    names = [f"login-{secrets.token_hex(4)}-{i}" for i in range(LOGIN_THREADS)]
    for name in names:
        rest.sign_up(name)
    count, used = saturate(world, rest, names, LOGIN_SECONDS)
    rate = count / used * 1e6
    world.tell(f"  {count} logins in {LOGIN_SECONDS} s, {rate:.0f} per server CPU second")
    with world.clients(world.confab, "f50") as load:
        contender = Contender("alone", world.confab, load, 100)
        quiet, busy = [], []
        for _ in range(bench.pairs):
            quiet.append(bench.run("M10", contender))
            with concurrent.futures.ThreadPoolExecutor(1) as pool:
                future = pool.submit(saturate, world, rest, names, bench.warm + bench.seconds + 1.5)
                busy.append(bench.run("M10", Contender("with logins", world.confab, load, 100)))
                future.result()
    world.confab.start()
    bench.runs.append({"scenario": "M10", "logins": count, "server_cpu_us": used})
    ratio = [p99(b) / p99(a) for a, b in zip(quiet, busy) if not a["void"] and not b["void"]]
    return [Row("M10", "logins per server CPU second (Argon2id 19 MiB, t=2)", "logins", rate,
                target=70, at_least=True),
            Row("M10 p99", "delivery p99 while logins saturate auth", "ms", figure(busy, p99),
                figure(quiet, p99), "Confab without logins",
                (median(ratio), min(ratio), max(ratio)) if ratio else None, target_ratio=1.5,
                note=remarks(busy), noisy=all_noisy(quiet, busy))]


def saturate(world, rest, names, seconds):
    """(logins, microseconds of server CPU): everybody logs in again and again."""
    until = time.monotonic() + seconds

    def keep_logging_in(name):
        done = 0
        while time.monotonic() < until:
            rest.log_in(name)
            done += 1
        return done

    before = systems.usage_of(world.confab)
    with concurrent.futures.ThreadPoolExecutor(len(names)) as pool:
        count = sum(pool.map(keep_logging_in, names))
    after = systems.usage_of(world.confab)
    return count, sum((after[name] - before[name]).cpu for name in after) / 1000


def slow_readers(world, bench, _wanted):
    """M11: 1% of a room of 1,000 stop reading while 4 KiB messages go on, and read again. A run is
    shorter than the 20 s after which a server takes a client for dead that answers no heartbeat."""
    world.tell("M11: 1% of a room of 1,000 stop reading")
    gateways = [pid for name, pid in world.confab.processes().items() if "gateway" in name]
    quiet, slow, resumed, grown = [], [], [], []
    with world.clients(world.confab, "hot") as load:
        all_read = Contender("all read", world.confab, load, 30, bytes=4096)
        some_stopped = Contender("1% stopped", world.confab, load, 30, bytes=4096)
        for _ in range(bench.pairs):
            quiet.append(bench.run("M11", all_read))
            load.connect()  # Whom a void run has dropped.
            load.ask("stall percent=1", "stalled")
            memory = sum(procs.pss_bytes(pid) for pid in gateways)
            slow.append(bench.run("M11", some_stopped))
            grown.append((sum(procs.pss_bytes(pid) for pid in gateways) - memory) / 2**20)
            resumed.append(load.ask("resume quiet=1", "resumed"))
    bench.runs.append({"scenario": "M11", "resumed": resumed, "gateway_memory_growth_mib": grown})
    total = {key: sum(one[key] for one in resumed)
             for key in ("clients", "complete", "told", "neither", "cut_off")}
    good = [(a, b) for a, b in zip(quiet, slow) if not a["void"] and not b["void"]]
    ratios = [p99(b) / p99(a) for a, b in good if p99(a)]
    note = (f"gateways grew by at most {max(grown):.1f} MiB while {resumed[0]['clients']} members "
            f"stood; of {total['clients']} times that one read again, it had everything "
            f"{total['complete']} times, was told of the gap {total['told']} times, neither "
            f"{total['neither']} times; {total['cut_off']} were cut off")
    wrong = "VOID: members lost something untold" if total["neither"] else remarks(slow)
    return [Row("M11", "delivery p99 of the others when 1% stop reading", "ms",
                figure(slow, p99), figure(quiet, p99), "Confab, all reading",
                (median(ratios), min(ratios), max(ratios)) if ratios else None, target_ratio=1.2,
                note="; ".join(part for part in (note, wrong) if part),
                noisy=all_noisy(quiet, slow))]
