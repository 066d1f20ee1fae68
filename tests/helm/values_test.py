"""What the chart accepts, and what it says of what it refuses."""

import unittest

import yaml

from chart import CHART, FULL, MINIMAL, environment, helm, refusal, render


class Values(unittest.TestCase):
    def test_the_example_files_pass_lint(self):
        for file in (MINIMAL, FULL):
            done = helm("lint", CHART, "--strict", "--values", file)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_the_full_example_uses_only_keys_that_values_yaml_shows(self):
        defaults = yaml.safe_load((CHART / "values.yaml").read_text())
        full = yaml.safe_load(FULL.read_text())
        self.assertEqual(unknown_keys(full, defaults), [])

    def test_what_has_no_good_default_must_be_given_and_the_message_says_how(self):
        message = refusal(file=None)
        self.assertIn("--set image.registry=", message)
        message = refusal({"database": {"existingSecret": ""}})
        self.assertIn("kubectl -n talk create secret generic", message)
        message = refusal({"redis": {"urls": []}})
        self.assertIn("--set 'redis.urls={redis://", message)
        self.assertIn("use one", refusal({"redis": {"existingSecret": "cache"}}))
        self.assertIn("ingress.hosts", refusal({"ingress": {"enabled": True}}))

    def test_an_unknown_key_is_refused_at_every_level(self):
        for values in ({"replicas": 3}, {"gateway": {"replica": 3}},
                       {"gateway": {"podDisruptionBudget": {"minAvailable": 1}}},
                       {"redis": {"url": "redis://a"}}, {"auth": {"drainWindowSeconds": 1}}):
            self.assertRegex(refusal(values), "additional propert|not allowed")

    def test_a_bad_value_is_refused(self):
        for values in ({"gateway": {"replicas": "many"}}, {"migration": {"mode": "job"}},
                       {"topologySpread": "maybe"}, {"redis": {"urls": ["http://a"]}},
                       {"redis": {"urls": ["redis://:password@a"]}},
                       {"auth": {"options": {"HASH_THREADS": 1}}}):
            self.assertIn("values don't meet the specifications", refusal(values))

    def test_an_option_that_the_chart_decides_cannot_be_set_beside_it(self):
        for service, option in (("auth", "listen"), ("auth", "database-url"),
                                ("messageStore", "redis-urls"), ("gateway", "drain-window")):
            message = refusal({service: {"options": {option: "x"}}})
            self.assertIn(f"{service}.options.{option} is set by the chart", message)

    def test_large_numbers_stay_whole(self):
        objects = render({"gateway": {"options": {"max-outbox-bytes": 16777216}}})
        gateway = objects.get("Deployment", "chat-confab-gateway")
        container = gateway["spec"]["template"]["spec"]["containers"][0]
        self.assertEqual(environment(container)["CONFAB_GATEWAY_MAX_OUTBOX_BYTES"], "16777216")

    def test_names_fit_however_long_the_release_name_is(self):
        done = helm("template", "r" * 53, CHART, "--values", MINIMAL)
        self.assertEqual(done.returncode, 0, done.stderr)
        for item in yaml.safe_load_all(done.stdout):
            self.assertLessEqual(len(item["metadata"]["name"]), 63)


def unknown_keys(given, known, path=""):
    """The keys that the defaults do not have; what is {} there may have any."""
    if not isinstance(given, dict) or known == {}:
        return []
    found = [f"{path}{key}" for key in given if key not in known]
    for key in given.keys() & known.keys():
        found += unknown_keys(given[key], known[key], f"{path}{key}.")
    return found


if __name__ == "__main__":
    unittest.main()
