"""Tests of what the benchmark computes; what it measures is measured."""

import base64
import hashlib
import hmac
import json
import os
import pathlib
import sys
import tempfile
import unittest
import xml.dom.minidom

sys.path.insert(0, str(pathlib.Path(__file__).parent))

import measure  # noqa: E402
import micro  # noqa: E402
import picture  # noqa: E402
import procs  # noqa: E402
import report  # noqa: E402
import tokens  # noqa: E402
from rows import Row, remarks  # noqa: E402


class Sample:
    def __init__(self, cpu, wait=0, client=0, steal=0, busy=0, own=0):
        self.usage = {"gateway-1": procs.Usage(cpu, wait), "postgres": procs.Usage(cpu, 0)}
        self.client = procs.Usage(client)
        self.own = procs.Usage(own)
        self.steal = steal
        self.busy = busy


RESULT = {"void": False, "why": "", "acked": 20, "expected": 200,
          "window": {"seconds": 2.0, "sent": 10, "acked": 10, "delivered": 100}}


def judged(end, units=(4.0, 4.0), result=None):
    return measure.judged(result or RESULT, Sample(0), end, units)


def run(cost, *, void=False, noisy="", carried=1.0):
    return {"cost": cost, "void": void, "why": "lost", "noisy": noisy, "carried": carried,
            "system": "X", "result": {"reordered": 0}}


class Figures(unittest.TestCase):
    def test_cpu_is_the_sum_over_all_processes(self):
        figures = judged(Sample(500_000))
        self.assertEqual(figures["total_cpu_us"], 1000)
        self.assertEqual(figures["us_per_delivery"], 10)
        self.assertEqual(figures["gateway_us_per_delivery"], 5)
        self.assertEqual(figures["delivered_per_second"], 50)
        self.assertEqual(figures["acked_per_cpu_second"], 10_000)

    def test_a_run_is_noisy_when_others_made_the_servers_wait(self):
        waiting = {"cpu": 500_000, "wait": 500_000}
        self.assertEqual(judged(Sample(**waiting))["noisy"], "")
        self.assertIn("others", judged(Sample(**waiting, busy=1_000_000_000))["noisy"])
        ours = Sample(**waiting, busy=1_000_000_000, own=900_000_000)
        self.assertEqual(judged(ours)["noisy"], "")

    def test_a_run_is_noisy_when_the_host_steals_or_the_send_cost_drifts(self):
        self.assertIn("stole", judged(Sample(1, steal=1_000_000_000))["noisy"])
        self.assertIn("raw send", judged(Sample(1), units=(4.0, 5.0))["noisy"])

    def test_the_share_of_the_load_that_was_carried_counts_receivers(self):
        self.assertEqual(judged(Sample(1))["carried"], 1)
        window = {**RESULT["window"], "delivered": 50}
        self.assertEqual(judged(Sample(1), result={**RESULT, "window": window})["carried"], 0.5)

    def test_void_runs_count_nowhere_and_noisy_ones_only_without_quiet_ones(self):
        runs = [run(1, void=True), run(2, noisy="x"), run(3)]
        self.assertEqual(measure.figure(runs, lambda one: one["cost"]), 3)
        self.assertEqual(measure.figure(runs[:2], lambda one: one["cost"]), 2)
        self.assertIsNone(measure.figure(runs[:1], lambda one: one["cost"]))

    def test_ratios_are_of_runs_that_followed_each_other(self):
        ours, theirs = [run(1), run(9, void=True), run(3)], [run(2), run(1), run(4)]
        ratio = measure.paired_ratio(ours, theirs, lambda one: one["cost"])
        self.assertEqual(ratio, (0.625, 0.5, 0.75))


class Rows(unittest.TestCase):
    def test_a_target_is_met_missed_or_unknown(self):
        self.assertTrue(Row("a", "b", "us", 5, target=5).met)
        self.assertFalse(Row("a", "b", "us", 5, target=6, at_least=True).met)
        self.assertFalse(Row("a", "b", "us", 5, ratio=(0.3, 0, 1), target_ratio=0.2).met)
        self.assertIsNone(Row("a", "b", "us", None, target=5).met)
        self.assertIsNone(Row("a", "b", "us", 5).met)

    def test_an_overloaded_system_meets_no_target(self):
        self.assertFalse(Row("a", "b", "us", 1, target=5, overloaded=True).met)
        self.assertFalse(Row("a", "b", "us", None, target_ratio=0.5, overloaded=True).met)
        self.assertIsNone(Row("a", "b", "us", 1, overloaded=True).met)

    def test_remarks_tell_void_runs_and_loads_not_carried(self):
        self.assertEqual(remarks([run(1), run(2)]), "")
        self.assertIn("1 of 2 runs void", remarks([run(1), run(2, void=True)]))
        self.assertIn("X carried only 50%", remarks([run(1, carried=0.5)]))


class Report(unittest.TestCase):
    def document(self):
        rows = [Row("M4", "memory & more", "KiB", 0.9, 15.0, "socket.io", (0.06, 0.05, 0.07), 1.0,
                    0.07, note="a note"), Row("M8 p50", "no figure", "ms", noisy=True)]
        return {"machine": {"cpu": "c", "cpus": 2, "memory_gib": 24, "kernel": "6"},
                "time": "2026-01-01", "form": "short", "pairs": 3, "seconds": 5,
                "rows": [row.as_json() for row in rows],
                "runs": [{"scenario": "M3", "contender": "confab", "void": False,
                          "cpu_us": {"auth": 100, "postgres": 900},
                          "result": {"window": {"acked": 10}}}]}

    def test_the_table_tells_figures_targets_and_notes(self):
        table = report.table(self.document())
        for part in ("0.90", "15.0", "0.060 (0.050 to 0.070)", "met", "M4: a note",
                     "every run of these was noisy",
                     "M3 confab: 100 us: postgres 90.0, auth 10.0"):
            self.assertIn(part, table)

    def test_the_documentation_keeps_what_stands_around_the_figures(self):
        text = f"before\n{report.MARKS[0]}\nold\n{report.MARKS[1]}\nafter\n"
        new = report.replace_block(text, report.MARKS, report.markdown(self.document()))
        self.assertTrue(new.startswith("before\n"))
        self.assertTrue(new.endswith("after\n"))
        self.assertNotIn("old", new)
        self.assertEqual(report.replace_block(new, report.MARKS,
                                              report.markdown(self.document())), new)

    def test_the_picture_is_xml(self):
        drawn = xml.dom.minidom.parseString(picture.draw(self.document()))
        self.assertEqual(len(drawn.getElementsByTagName("rect")), 2)

    def test_numbers_have_three_digits(self):
        self.assertEqual([report.number(value) for value in (None, 0, 0.0123, 0.5, 12.34, 123.4,
                                                             45678)],
                         ["-", "0.00", "0.012", "0.50", "12.3", "123", "45,678"])


class Tokens(unittest.TestCase):
    def test_the_peers_accounts_are_ours_with_its_tokens(self):
        with tempfile.TemporaryDirectory() as folder:
            ours = pathlib.Path(folder, "ours.csv")
            ours.write_text("t1,ada,r1,r2\nt2,bob,r2\n")
            theirs = tokens.peer_accounts("secret", ours, pathlib.Path(folder, "theirs.csv"))
            lines = [line.split(",") for line in theirs.read_text().splitlines()]
        self.assertEqual([line[1:] for line in lines], [["ada", "r1", "r2"], ["bob", "r2"]])
        body, signature = lines[0][0].rsplit(".", 1)
        wanted = hmac.digest(b"secret", body.encode(), hashlib.sha256)
        self.assertEqual(base64.urlsafe_b64decode(signature + "="), wanted)
        claims = json.loads(base64.urlsafe_b64decode(body.split(".")[1] + "=="))
        self.assertEqual(claims["sub"], "ada")


class Processes(unittest.TestCase):
    def test_cpu_time_of_a_living_process_grows(self):
        before = procs.usage(os.getpid())
        sum(range(300_000))
        self.assertGreater(procs.usage(os.getpid()).cpu, before.cpu)
        self.assertGreater(procs.pss_bytes(os.getpid()), 0)

    def test_a_process_that_is_gone_used_nothing(self):
        self.assertEqual(procs.usage(2**22 - 1), procs.Usage())


class MicroTest(unittest.TestCase):
    PAGE = "| case | ns | instructions |\n|---|---:|---:|\n| `a_b` | 1,493 | 4,000 |\n"

    def test_compares_with_what_is_written(self):
        before = micro.written(self.PAGE)
        self.assertEqual(before, {"a_b": 4000})
        grown = {"case": "a_b", "instructions": 4200.0}
        self.assertEqual(micro.change(grown, before), "+5.0% against 4,000")
        self.assertGreater(micro.growth(grown, before), micro.MOST_GROWTH)
        self.assertEqual(micro.change({"case": "new", "instructions": 1}, before), "new")


if __name__ == "__main__":
    unittest.main()
