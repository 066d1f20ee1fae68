"""M1, M2, M3 and M8: messages to rooms, what they cost and how long they take."""

import contextlib

from measure import Contender, all_noisy, figure, p99, paired_ratio
from rows import Row, is_overloaded, remarks

MARK = {"peer": "", "peer durable": "'"}  # Of rows that say the same beside another peer.
PER_DELIVERY = "us per delivery"


def cost(run):
    return run["us_per_delivery"]


def gateway_cost(run):
    return run["gateway_us_per_delivery"]


def sends(run):
    """In send-equivalents: how often a raw send fits into what a delivery cost."""
    return run["gateway_us_per_delivery"] / run["send_us"]


def cost_row(id_, what, ours, theirs, peer_name, get=cost, **targets):
    return Row(id_, what, PER_DELIVERY, figure(ours, get), figure(theirs, cost), peer_name,
               paired_ratio(ours, theirs, get, cost),
               note=remarks(ours, theirs), noisy=all_noisy(ours, theirs),
               overloaded=is_overloaded(ours), **targets)


def hot_room(world, bench, wanted):
    """M1 and M2: one room of 1000 on one gateway."""
    world.tell("M1, M2: a room of 1,000 on one gateway")
    peer = world.peer("alone")
    with contextlib.ExitStack() as stack:
        ours = stack.enter_context(world.clients(world.confab, "hot", nodes=1))
        theirs = stack.enter_context(world.clients(peer, "hot", nodes=1))
        contenders = []
        if "M1" in wanted:
            contenders.append(Contender("confab 100/s", world.confab, ours, 100))
        contenders.append(Contender("peer 100/s", peer, theirs, 100))
        if "M2" in wanted:
            contenders.append(Contender("confab 400/s", world.confab, ours, 400))
            contenders.append(Contender("confab 1000/s", world.confab, ours, 1000))
        runs = bench.compare("hot", contenders)
    base = runs["peer 100/s"]
    rows = []
    if "M1" in wanted:
        rows += m1_rows("M1 1000", "room of 1,000, 100 messages/s, 1 gateway",
                        runs["confab 100/s"], base, peer.name)
    if "M2" in wanted:
        for rate, target in ((400, 0.14), (1000, 0.06)):
            row = cost_row(f"M2 {rate}", f"room of 1,000, {rate} messages/s, 1 gateway",
                           runs[f"confab {rate}/s"], base, peer.name, target_ratio=target)
            row.note = "; ".join(filter(None, [row.note, "peer at 100 messages/s"]))
            rows.append(row)
            fast = runs[f"confab {rate}/s"]
            rows.append(Row(f"M2 {rate} p99", f"send to receive, p99, at {rate} messages/s", "ms",
                            figure(fast, p99), figure(base, p99), f"{peer.name}, 100 messages/s",
                            noisy=row.noisy))
    return rows


def m1_rows(id_, what, ours, theirs, peer_name):
    rows = [cost_row(id_, what + ", durable", ours, theirs, peer_name),
            cost_row(f"{id_} gw", what + ", the gateway alone", ours, theirs, peer_name,
                     get=gateway_cost, target_ratio=0.50)]
    rows.append(Row(f"{id_} SE", "the same in raw sends", "sends", figure(ours, sends),
                    figure(theirs, sends), peer_name, target=1.20, noisy=rows[0].noisy,
                    overloaded=rows[0].overloaded))
    return rows


def small_rooms(world, bench, wanted):
    """M1 and M8: 20 rooms of 50 on one gateway."""
    world.tell("M1, M8: 20 rooms of 50 on one gateway, 200 messages/s")
    peer = world.peer("alone")
    with contextlib.ExitStack() as stack:
        ours = stack.enter_context(world.clients(world.confab, "f50", nodes=1))
        theirs = stack.enter_context(world.clients(peer, "f50", nodes=1))
        runs = bench.compare("small", [Contender("confab", world.confab, ours, 200),
                                       Contender("peer", peer, theirs, 200)])
    rows = []
    if "M1" in wanted:
        rows += m1_rows("M1 50", "20 rooms of 50, 200 messages/s, 1 gateway", runs["confab"],
                        runs["peer"], peer.name)
    if "M8" in wanted:
        rows += latency_rows("M8 1gw", "1 gateway, durable", runs, {"peer": peer})
    return rows


def cluster(world, bench, wanted):
    """M3 and M8: two gateways, 20 rooms of 50."""
    world.tell("M3, M8: 20 rooms of 50 over two gateways, 200 messages/s")
    runs, peer, durable = against_both_peers(world, bench, "f50", 200, "M3 50")
    ours = runs["confab"]
    rows = []
    if "M3" in wanted:
        what = "20 rooms of 50, 200 messages/s, 2 gateways, durable"
        rows.append(cost_row("M3d 50", what, ours, runs["peer"], peer.name, target_ratio=0.27))
        rows.append(cost_row("M3d 50'", what, ours, runs["peer durable"], durable.name))
    if "M8" in wanted:
        rows += latency_rows("M8", "2 gateways, durable", runs,
                             {"peer": peer, "peer durable": durable}, p50=1.2, p99=4.0)
    return rows


def latency_rows(id_, where, runs, peers, **targets):
    """Rows for each peer; the targets, by quantile, stand in those of the first."""
    rows = []
    for quantile in ("p50", "p99"):
        def get(run, quantile=quantile):
            return run["result"]["delivery_ms"][quantile]
        for key, system in peers.items():
            rows.append(Row(f"{id_} {quantile}{MARK[key]}",
                            f"send to receive, {quantile}, {where}", "ms",
                            figure(runs["confab"], get), figure(runs[key], get), system.name,
                            paired_ratio(runs["confab"], runs[key], get),
                            target=targets.get(quantile) if key == "peer" else None,
                            note=remarks(runs["confab"], runs[key]),
                            noisy=all_noisy(runs["confab"], runs[key]),
                            overloaded=is_overloaded(runs["confab"])))
    return rows


def tiny_rooms(world, bench, _wanted):
    """M3 with rooms of 5: what a message costs beside its fan-out."""
    world.tell("M3: 200 rooms of 5 over two gateways, 2,000 messages/s")
    runs, peer, durable = against_both_peers(world, bench, "f5", 2000, "M3 5")
    what = "200 rooms of 5, 2,000 messages/s, 2 gateways, durable"
    return [cost_row("M3d 5", what, runs["confab"], runs["peer"], peer.name, target_ratio=0.35),
            cost_row("M3d 5'", what, runs["confab"], runs["peer durable"], durable.name)]


def against_both_peers(world, bench, layout, rate, scenario):
    peer, durable = world.peer("redis"), world.peer("durable")
    with contextlib.ExitStack() as stack:
        contenders = [
            Contender(key, system, stack.enter_context(world.clients(system, layout)), rate)
            for key, system in (("confab", world.confab), ("peer", peer),
                                ("peer durable", durable))]
        return bench.compare(scenario, contenders), peer, durable
